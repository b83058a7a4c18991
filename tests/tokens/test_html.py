"""How a document shows itself in a notebook."""

from html.parser import HTMLParser

import lexarray
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lexarray.tokens import Doc
from lexarray.tokens.html import CELL, CHARACTERS, ROWS
from lexarray.vocab import Vocab


class Page(HTMLParser):
    """The text of a page, of its marks and of the cells of its table; and whether all that is opened is closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.marks, self.rows = [], "", [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "mark":
            self.marks.append(["", ""])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] == "span":
            self.marks[-1][1] += data
        elif self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        elif self.open[-1] == "mark" or self.open == ["div"]:
            self.text += data
            if self.open[-1] == "mark":
                self.marks[-1][0] += data


def page(doc):
    return Page(doc._repr_html_())


def test_text_entities_and_tokens():
    doc = Doc(Vocab(), words=["Ada", "Lovelace", "<b>", "&amp;", "met", "Bob"], spaces=[1, 1, 0, 0, 1, 0],
              ents=["B-PER<i>", "I-PER<i>", "O", "O", "O", "B-PER<i>"], pos=["PROPN"] * 2 + ["X"] * 2 + ["VERB", "PROPN"],
              heads=[1, 4, 1, 1, 4, 4], deps=["compound", "nsubj", "x", "x", "ROOT", "obj"])
    shown = page(doc)
    assert shown.text == doc.text + "6 tokens"
    assert shown.marks == [["Ada Lovelace", "PER<i>"], ["Bob", "PER<i>"]]
    assert shown.rows[0] == ["", "token", "pos", "dep", "head"]
    assert shown.rows[1] == ["0", "Ada", "PROPN", "compound", "Lovelace"]
    assert shown.rows[3] == ["2", "<b>", "X", "x", "Lovelace"] and shown.rows[5] == ["4", "met", "VERB", "ROOT", ""]
    assert len(shown.rows) == 7


def test_documents_without_annotation_have_no_table():
    nlp = lexarray.blank("en")
    for text in ("One token", "", " ", "a\n\n b"):
        shown = page(nlp(text))
        n = len(nlp(text))
        assert shown.text == f"{text}{n} token{'' if n == 1 else 's'}" and shown.rows == [] and shown.marks == []


def test_what_cannot_be_seen_is_written_out():
    shown = page(Doc(Vocab(), words=["a\nb", "\ud800", "\t"], spaces=[0, 0, 0], lemmas=["x" * 200, "\x00", " "]))
    assert [row[1:] for row in shown.rows] == [["token", "lemma"], ["a\\nb", "x" * CELL + "…"], ["\\ud800", "\\x00"],
                                               ["\\t", " "]]
    assert shown.text == "a\nb?\t3 tokens"                  # a lone surrogate is in no encoding


@pytest.mark.parametrize("words", [["word"] * 100_000, ["x" * 1_000_000], ["a", "y" * 1_000_000],
                                   ["z" * (CHARACTERS - 1), "end"]], ids=["many", "one", "second", "fits"])
def test_what_is_shown_does_not_grow_with_the_document(words):
    doc = Doc(Vocab(), words=words, lemmas=words, ents=["B-NAME"] * len(words))
    html = doc._repr_html_()
    shown = Page(html)
    assert len(html) < 800_000 and f"{len(words):,} token" in shown.text
    assert len(shown.rows) == 1 + min(len(words), ROWS) + (len(words) > ROWS)
    assert len(shown.text) < CHARACTERS + 100
    if len("".join(words)) > CHARACTERS:
        assert "…" in shown.text
    if len(words) > ROWS:
        assert shown.rows[-1] == [f"… and {len(words) - ROWS:,} more"]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=6), st.booleans(), st.sampled_from(["O", "B-A", "I", "B-<", ""])), max_size=20))
def test_any_document(tokens):
    iob = []
    for _, _, mark in tokens:           # an I continues what is before it, if that is an entity
        before = iob[-1] if iob else "O"
        iob.append(mark if mark != "I" else f"I{before[1:]}" if before[1:] else "O")
    doc = Doc(Vocab(), words=[text for text, _, _ in tokens], spaces=[space for _, space, _ in tokens], ents=iob)
    html = doc._repr_html_()
    shown = Page(html)
    html.encode("utf-8")
    text = doc.text.encode("utf-8", "replace").decode()
    if "\r" not in text and "\0" not in text:               # which HTML has no way to write
        assert shown.text == f"{text}{len(doc)} token{'' if len(doc) == 1 else 's'}"
    assert [mark for mark, _ in shown.marks] == [ent.text.encode("utf-8", "replace").decode() for ent in doc.ents]


def test_directions_of_writing():
    doc = Doc(Vocab(), words=["قال", "القاهرة", "."], ents=["O", "B-GPE", "O"])
    html = doc._repr_html_()
    assert html.index("unicode-bidi:plaintext") < html.index("قال") < html.index("unicode-bidi:isolate") < html.index("القاهرة")
    assert page(doc).marks == [["القاهرة", "GPE"]]


def test_the_document_is_left_as_it_was():
    doc = lexarray.blank("en")("Hello, world!")
    before = doc.to_bytes()
    assert doc._repr_html_() == doc._repr_html_()
    assert doc.to_bytes() == before and repr(doc) == str(doc) == "Hello, world!"
    with pytest.raises(ValueError):
        Doc.__new__(Doc)._repr_html_()
