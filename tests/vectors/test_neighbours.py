"""Lists of nearest keys, and how they show themselves."""

import pickle
from html.parser import HTMLParser

import numpy as np
import pytest
from lexarray.vectors import KeyedVectors
from lexarray.vectors.neighbours import CHARACTERS, SHOWN, Neighbours


def cells(html):
    """The rows of a table, each a list of texts."""
    rows = []

    class Table(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "tr":
                rows.append([])
            elif tag in ("td", "th"):
                rows[-1].append("")

        def handle_data(self, data):
            rows[-1][-1] += data

    Table().feed(html)
    return rows


def test_it_is_a_list():
    found = Neighbours([("tea", 0.75), ("coffee", -0.5)])
    assert found == [("tea", 0.75), ("coffee", -0.5)] and isinstance(found, list)
    assert repr(found) == "[('tea', 0.75), ('coffee', -0.5)]" and dict(found)["tea"] == 0.75
    for copy in (pickle.loads(pickle.dumps(found)), found.copy(), found[:]):
        assert copy == found
    assert pickle.loads(pickle.dumps(found)).__class__ is Neighbours


def test_it_prints_as_a_table():
    assert str(Neighbours([("tea", 0.75), ("coffee", -0.5)])) == "0.7500  tea\n-0.5000  coffee"
    assert str(Neighbours()) == "" and cells(Neighbours()._repr_html_()) == [["key", "score", ""]]


def test_a_notebook_shows_a_table():
    found = Neighbours([("<b>&", 1.0000000000000002), ("a\nb", 0.25), ("", 0.125), (" x", -0.5), ("日本", float("nan"))])
    assert cells(found._repr_html_()) == [["key", "score", ""], ["<b>&", "1.0000", ""], ["'a\\nb'", "0.2500", ""],
                                         ["''", "0.1250", ""], ["' x'", "-0.5000", ""], ["日本", "nan", ""]]
    assert str(found).splitlines()[1:4] == ["0.2500  'a\\nb'", "0.1250  ''", "-0.5000  ' x'"]
    assert "<b>" not in found._repr_html_() and "width:100px" in found._repr_html_() and "width:-" not in found._repr_html_()


def test_surrogates_do_not_end_a_page():
    found = Neighbours([("\ud800", 0.5)])
    assert cells(found._repr_html_().encode().decode())[1:] == [["'\\ud800'", "0.5000", ""]]
    assert str(found).encode() == b"0.5000  '\\ud800'"


def test_long_lists_are_cut():
    found = Neighbours([(f"word{i}", i / 1000) for i in range(1000)])
    lines = str(found).splitlines()
    assert len(lines) == SHOWN + 1 and lines[-1] == "… and 950 more" and len(found) == 1000
    assert cells(found._repr_html_())[-1] == ["… and 950 more"]


def test_what_ipython_calls():
    class Printer:
        def text(self, text):
            self.got = text

    printer = Printer()
    Neighbours([("tea", 0.75)])._repr_pretty_(printer, False)
    assert printer.got == "0.7500  tea"
    printer.stack = [1]                                     # as IPython has it: of what is being shown
    Neighbours([("tea", 0.75)])._repr_pretty_(printer, False)
    assert printer.got == "0.7500  tea"
    printer.stack = [1, 2]                                  # in another list
    Neighbours([("tea", 0.75)])._repr_pretty_(printer, False)
    assert printer.got == "[('tea', 0.75)]"


def test_questions_give_neighbours():
    kv = KeyedVectors(2)
    kv.add_vectors(["tea", "coffee", "stone"], [[1, 0], [1, 1], [-1, 0]])
    answers = [kv.most_similar("tea"), kv.most_similar("tea", among=["stone"]), kv.most_similar("tea", topn=0),
               kv.similar_by_key("tea"), kv.similar_by_word("tea"), kv.similar_by_vector(np.array([1, 0])),
               kv.most_similar_cosmul("tea")]
    assert all(type(answer) is Neighbours for answer in answers)
    assert str(answers[0]) == "0.7071  coffee\n-1.0000  stone"
    assert str(answers[2]) == ""
    assert type(kv.most_similar("tea", topn=None)) is np.ndarray
    assert pytest.approx(answers[0][0][1]) == 0.5 ** 0.5


def test_long_keys_are_cut():
    found = Neighbours([("x" * 3000, 1.0), ("y" * CHARACTERS, 0.5), ("\t" * 3000, 0.25)])
    assert str(found).splitlines() == ["1.0000  " + "x" * CHARACTERS + "…", "0.5000  " + "y" * CHARACTERS,
                                       f"0.2500  {chr(9) * CHARACTERS + '…'!r}"]
    assert [row[0] for row in cells(found._repr_html_())[1:]] == [line[8:] for line in str(found).splitlines()]
