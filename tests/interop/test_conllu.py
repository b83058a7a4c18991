"""CoNLL-U: what is read, what is kept beside it, what is refused, and that all comes back."""

import gzip
import io
import os
import pickle
import re
from pathlib import Path

import lexarray
import pytest
from hypothesis import given, strategies as st
from lexarray import symbols
from lexarray.errors import ConlluError
from lexarray.interop.conllu import read_conllu, reading, to_conllu, write_conllu
from lexarray.interop.conllu.fields import word_ids
from lexarray.tokens import Doc
from lexarray.vocab import Vocab

NLP = lexarray.blank("en")
VOCAB = NLP.vocab


def lines(text):
    """Spaces become tabs, but in comments; a "·" becomes a space."""
    rows = [line if line[:1] in ("#", "") else re.sub(" +", "\t", line).replace("·", " ")
            for line in text.strip("\n").split("\n")]
    return "\n".join(rows) + "\n\n"


def read(text, **options):
    return list(read_conllu(io.StringIO(text, newline=""), VOCAB, **options))


def written(docs):
    file = io.BytesIO()
    write_conllu(docs, file)
    return file.getvalue().decode()


def check_round_trip(text):
    docs = read(text)
    assert written(docs) == text
    assert "".join(map(to_conllu, docs)) == text
    documents = read(text, by="document")
    assert written(documents) == text
    assert "".join(doc.text for doc in docs) == "".join(doc.text for doc in documents)
    return docs


PLAIN = lines("""
# sent_id = 1
# text = She sings!
1 She she PRON PRP Case=Nom|Number=Sing 2 nsubj _ _
2 sings sing VERB VBZ _ 0 root _ SpaceAfter=No
3 ! ! PUNCT . _ 2 punct _ _
""")
MULTIWORD = lines("""
# newdoc id = a
# newpar id = a-1
# sent_id = a-1
# text = Vámonos al mar.
# a comment   with spaces
#
1-2 Vámonos _ _ _ _ _ _ _ _
1 Vamos ir VERB _ Mood=Imp 0 root 0:root _
2 nos nosotros PRON _ Case=Acc 1 obj 1:obj _
3-4 al _ _ _ Typo=Yes _ _ _ Gloss=x
3 a a ADP _ _ 5 case 5:case _
4 el el DET _ Definite=Def 5 det 5:det Note=inner|SpaceAfter=No
5 mar mar NOUN _ Number=Sing 1 obl 1:obl:a|4.1:x SpaceAfter=No
6 . . PUNCT _ _ 1 punct 1:punct _

# sent_id = a-2
# text = así
1 así así ADV _ _ 0 root 0:root _

# newdoc
# text = fin
1 fin fin NOUN _ _ 0 root _ _
""")
EMPTY = lines("""
# text = Sue likes coffee and Bill tea
0.1 _ _ PRON _ _ _ _ 2:nsubj _
0.2 _ _ PRON _ _ _ _ 2:nsubj _
1 Sue Sue PROPN _ _ 2 nsubj 2:nsubj|5.1:x _
2 likes like VERB _ _ 0 root 0:root _
3 coffee coffee NOUN _ _ 2 obj 2:obj _
4 and and CCONJ _ _ 5 cc 5.1:cc _
5 Bill Bill PROPN _ _ 2 conj 5.1:nsubj _
5.1 likes like VERB _ _ _ _ 2:conj CopyOf=2
6 tea tea NOUN _ _ 5 orphan 5.1:obj _
6.1 _ _ _ _ _ _ _ _ _

# text = Yes
1 Yes yes INTJ _ _ 0 root 0:root _
""")


# ---- what a Doc has ----

def test_columns_become_layers():
    (doc,) = read(PLAIN)
    assert [t.text for t in doc] == ["She", "sings", "!"] and doc.text == "She sings! "
    assert [t.lemma_ for t in doc] == ["she", "sing", "!"]
    assert [t.pos_ for t in doc] == ["PRON", "VERB", "PUNCT"] and [t.tag_ for t in doc] == ["PRP", "VBZ", "."]
    assert [str(t.morph) for t in doc] == ["Case=Nom|Number=Sing", "", ""]
    assert doc.has_annotation("MORPH", require_complete=True)
    assert [t.head.i for t in doc] == [1, 1, 1] and [t.dep_ for t in doc] == ["nsubj", "root", "punct"]
    assert [t.whitespace_ for t in doc] == [" ", "", " "]
    assert [sent.text for sent in doc.sents] == ["She sings!"]
    assert doc.user_data == {"conllu": {"length": 3, "comments": {0: ["# sent_id = 1", None]}}}


@pytest.mark.parametrize("text", [PLAIN, MULTIWORD, EMPTY, PLAIN + MULTIWORD + EMPTY])
def test_files_come_back(text):
    check_round_trip(text)


def test_multiword_tokens():
    first, second, third = check_round_trip(MULTIWORD)
    assert [t.text for t in first] == ["Vamos", "nos", "a", "el", "mar", "."]
    assert first.text == "Vamosnos ael mar. "
    beside = first.user_data["conllu"]
    assert beside["multiword"] == {0: (2, "Vámonos", "_", "_"), 2: (4, "al", "Typo=Yes", "Gloss=x")}
    assert beside["misc"] == {3: "Note=inner|SpaceAfter=No"}
    assert beside["deps"] == {4: "1:obl:a|4.1:x"} and beside["enhanced"] is True
    assert beside["comments"][0][3:] == [None, "# a comment   with spaces", "#"]
    assert pickle.loads(pickle.dumps(beside)) == beside


def test_documents():
    both, last = read(MULTIWORD, by="document")
    assert both.text == "Vamosnos ael mar. así " and last.text == "fin "
    assert [sent.text for sent in both.sents] == ["Vamosnos ael mar.", "así"]
    assert sorted(both.user_data["conllu"]["comments"]) == [0, 6]
    assert [t.head.i for t in both] == [0, 0, 4, 4, 0, 0, 6]
    assert "enhanced" not in last.user_data["conllu"]


def test_a_document_whose_sentences_differ_in_enhanced_dependencies():
    text = PLAIN + lines("1 a a X _ _ 0 root 0:root _") + PLAIN
    check_round_trip(text)
    (doc,) = read(text, by="document")
    assert doc.user_data["conllu"]["deps"] == dict.fromkeys([0, 1, 2, 4, 5, 6], "_")


def test_empty_nodes():
    first, _ = check_round_trip(EMPTY)
    empty = first.user_data["conllu"]["empty"]
    assert [node.split("\t")[0] for node in empty[0]] == ["0.1", "0.2"]
    assert {i: len(nodes) for i, nodes in empty.items()} == {0: 2, 4: 1, 5: 1}
    (document,) = read(EMPTY, by="document")
    assert sorted(document.user_data["conllu"]["empty"]) == [0, 4, 5]


def test_odd_forms_and_lemmas():
    text = lines("""
# text = 10 000 _ # x
1 10·000 10·000 NUM _ _ 0 root _ _
2 _ _ PUNCT _ _ 1 punct _ _
3 # _ SYM _ _ 1 dep _ _
4 x a|b·c X A|B _ 1 dep _ _
""")
    (doc,) = check_round_trip(text)
    assert [t.text for t in doc] == ["10 000", "_", "#", "x"]
    assert [t.lemma_ for t in doc] == ["10 000", "_", "", "a|b c"] and doc[3].tag_ == "A|B"


def test_features_are_written_in_order_of_ud():
    text = lines("""
1 a a X _ Abbr=Yes|Number=Sing|Number[psor]=Plur|NumForm=Word 0 root _ _
2 b b X _ NumForm=Word|Abbr=Yes 1 dep _ _
3 c c X _ Case=Nom,Acc 1 dep _ _
4 d d X _ Case=Acc,Nom 1 dep _ _
5 e e X _ A=b,C 1 dep _ _
""")
    (doc,) = check_round_trip(text)
    assert doc.user_data["conllu"]["feats"] == {1: "NumForm=Word|Abbr=Yes", 2: "Case=Nom,Acc"}
    assert doc[4].morph.to_dict() == {"A": "C,b"}
    doc[1].set_morph("NumForm=Word|Number=Sing")
    assert to_conllu(doc).split("\n")[1].split("\t")[5] == "Number=Sing|NumForm=Word"


def test_columns_that_are_not_there():
    text = lines("1 a _ _ _ _ _ _ _ _\n2 b _ _ _ _ _ _ _ _")
    (doc,) = check_round_trip(text)
    for layer in ("LEMMA", "POS", "TAG", "MORPH", "DEP", "HEAD"):
        assert not doc.has_annotation(layer)
    assert [sent.text for sent in doc.sents] == ["a b"]
    (both,) = read(text + text + PLAIN, by="document")
    assert len(list(both.sents)) == 3 and written([both]) == text + text + PLAIN


def test_trees_that_are_not_whole():
    text = lines("""
1 a a X _ _ 3 _ _ _
2 b b X _ _ _ _ _ _
3 c c X _ _ 0 _ _ _
4 d d X _ _ 0 root _ _
""")
    (doc,) = check_round_trip(text)
    assert [t.has_head() for t in doc] == [True, False, True, True]
    assert [t.dep_ for t in doc] == ["", "", "_", "root"]
    assert [sent.text for sent in doc.sents] == ["a b c d"]


@pytest.mark.parametrize("heads", [(0, 0), (3, 0, 0), (0, 4, 1, 0), (0, 0, 0, 0)])
def test_more_roots_than_one(heads):
    text = lines("\n".join(f"{i} w{i} _ X _ _ {head} {'dep' if head else 'root'} _ _" for i, head in enumerate(heads, 1)))
    (doc,) = check_round_trip(text)
    assert doc.user_data["conllu"]["starts"] == [0]
    check_round_trip(PLAIN + text + PLAIN)


def test_a_long_sentence():
    n = 3000
    text = "".join(f"{i}\tw\t_\tX\t_\t_\t{i - 1}\troot\t_\t_\n" for i in range(1, n + 1)) + "\n"
    (doc,) = check_round_trip(text)
    assert doc[n - 1].head.i == n - 2


def test_comments_are_kept_as_they_are():
    text = "#\n#x\n# text = wrong\n# text = a\n# text  = a\n" + lines("1 a a X _ _ 0 root _ _") + lines("1 b b X _ _ 0 root _ _")
    (first, second) = check_round_trip(text)
    assert first.user_data["conllu"]["comments"] == {0: ["#", "#x", "# text = wrong", None, "# text  = a"]}
    assert second.user_data["conllu"]["comments"] == {0: []}


# ---- spaces ----

def test_whitespace_in_misc():
    text = lines(r"""
# text = a b c d
1 a a X _ _ 2 x _ SpacesAfter=\s\n|SpacesBefore=\t
2 b b X _ _ 0 root _ Gloss=y|SpacesAfter=\n\s
3 c c X _ _ 2 x _ SpacesAfter=\s
4 d d X _ _ 2 x _ SpaceAfter=No|SpacesAfter=\s\s
""")
    (doc,) = check_round_trip(text)
    assert doc.text == "\ta \nb\n c d  "
    assert [t.text for t in doc] == ["\t", "a", "\n", "b", "\n ", "c", "d", " "]
    assert [t.pos_ for t in doc] == ["SPACE", "X", "SPACE", "X", "SPACE", "X", "X", "SPACE"]
    assert [t.head.i for t in doc] == [1, 3, 1, 3, 3, 3, 3, 6]
    assert [t.dep_ for t in doc] == ["dep", "x", "dep", "root", "dep", "x", "x", "dep"]
    assert len(list(doc.sents)) == 1
    assert doc.user_data["conllu"]["misc"] == {3: r"Gloss=y|SpacesAfter=\n\s", 5: r"SpacesAfter=\s",
                                               6: r"SpaceAfter=No|SpacesAfter=\s\s"}
    (both,) = read(text + text, by="document")
    assert len(list(both.sents)) == 2 and both.text == 2 * doc.text


def test_whitespace_around_multiword_tokens():
    text = lines(r"""
# text = del c
1-2 del _ _ _ _ _ _ _ SpacesAfter=\n|SpacesBefore=\s|X=y
1 de de ADP _ _ 3 case _ SpacesAfter=\t
2 el el DET _ _ 3 det _ _
3 c c X _ _ 0 root _ _
""")
    (doc,) = check_round_trip(text)
    assert doc.text == " deel\nc " and doc.user_data["conllu"]["multiword"] == {
        1: (3, "del", "_", r"SpacesAfter=\n|SpacesBefore=\s|X=y")}


@pytest.mark.parametrize("misc", ["SpacesAfter=abc", r"SpacesAfter=\sx", "SpacesAfter", "SpacesBefore=", "SpacesAfter=",
                                  "SpacesInToken=other", "SpacesInToken=a", "XSpaceAfter=No", "SpaceAfter=Yes",
                                  "|", "||SpaceAfter=No|", r"SpacesAfter=\q", r"SpacesInToken=\s\\"])
def test_misc_that_says_nothing_of_spaces_is_kept(misc):
    (doc,) = check_round_trip(f"# text = a\n1\ta\ta\tX\t_\t_\t0\troot\t_\t{misc}\n\n")
    assert doc.text in ("a", "a ") and len(doc) == 1


def test_spaces_before_count_at_the_start_of_a_sentence_only():
    text = lines(r"""
# text = a bcd
1 a a X _ _ 0 root _ SpacesBefore=\s
2 b b X _ _ 1 x _ SpaceAfter=No|SpacesBefore=\t
3-4 cd _ _ _ _ _ _ _ SpacesBefore=\n
3 c c X _ _ 1 x _ SpacesBefore=\n
4 d d X _ _ 1 x _ _
""")
    (doc,) = check_round_trip(text)
    assert doc.text == " a bcd "
    check_round_trip(text + text)


def test_misc_follows_the_spaces_of_the_doc():
    (doc,) = read(lines("1 a a X _ _ 0 root _ A=b|SpaceAfter=No|C\n2 b b X _ _ 1 x _ SpacesAfter=\\s"))
    doc.from_array("SPACY", [1, 0])
    assert [line.split("\t")[9] for line in to_conllu(doc).split("\n")[:2]] == ["A=b|C", "SpaceAfter=No"]
    doc.from_array("SPACY", [0, 1])
    assert [line.split("\t")[9] for line in to_conllu(doc).split("\n")[:2]] == ["A=b|SpaceAfter=No|C", r"SpacesAfter=\s"]


def test_words_that_form_cannot_hold():
    doc = Doc(VOCAB, ["a\tb", "c\r\n|", "\ud800x\udfff", "d\\", "e  f", "\\n"], [True, False] * 3)
    text = to_conllu(doc)
    rows = [line.split("\t") for line in text.split("\n")[1:-2]]
    assert [row[1] for row in rows] == ["a b", "c  |", "\ufffdx\ufffd", "d\\", "e  f", "\\n"]
    assert [row[9] for row in rows] == [r"SpacesInToken=a\tb", r"SpaceAfter=No|SpacesInToken=c\r\n\p",
                                        r"SpacesInToken=\ud800x\udfff", "SpaceAfter=No", "_", "SpaceAfter=No"]
    assert text.startswith("# text = a b c  |\ufffdx\ufffd d\\e  f \\n\n")
    (back,) = read(text)
    assert [t.text_with_ws for t in back] == [t.text_with_ws for t in doc] and to_conllu(back) == text
    assert written([doc]) == text


# ---- documents from elsewhere ----

def test_what_the_tokenizer_made():
    doc = NLP("  Dear  Sir,\n\twe\u00a0regret: it's | \\n.\n")
    text = to_conllu(doc, doc_id="x")
    assert text.startswith("# newdoc id = x\n# sent_id = x-1\n# text = Dear Sir, we regret: it's | \\n.\n1\tDear\t_\t")
    assert r"SpacesAfter=\s\s|SpacesBefore=\s\s" in text and "SpacesAfter=\\n\\t\n" in text
    assert "SpacesAfter=\u00a0\n" in text
    (back,) = read(text)
    assert back.text == doc.text and [t.text_with_ws for t in back] == [t.text_with_ws for t in doc]
    assert to_conllu(back) == text


@given(st.text(st.sampled_from("ab'.,|\\_#1 \n\t\r\u00a0\u2028\x85\ud800é😀\x00")))
def test_text_comes_back(text):
    doc = NLP(text)
    conllu_text = to_conllu(doc)
    if not text.strip():
        assert conllu_text == ""
        return
    (back,) = read(conllu_text)
    assert back.text == text and [t.text for t in back] == [t.text for t in doc]
    assert to_conllu(back) == conllu_text == written([back])


def test_documents_without_words():
    assert to_conllu(NLP("")) == to_conllu(NLP(" \n")) == written([]) == "" and read("") == []
    assert read("\n\n\n") == []


def test_sentences_of_whitespace():
    words = [" ", "\n", "a", "\n", "b", "\t", "\n"]
    doc = Doc(VOCAB, words, [False] * 7, sent_starts=[1, 1, 1, 1, 1, -1, 1])
    text = to_conllu(doc)
    assert [line.split("\t")[9] for line in text.split("\n") if "\t" in line] == [
        r"SpacesAfter=\n|SpacesBefore=\s\n", r"SpacesAfter=\t\n"]
    (back,) = read(text, by="document")
    assert back.text == doc.text and len(list(back.sents)) == 2


def test_heads_that_are_whitespace():
    doc = Doc(VOCAB, ["a", "\n", "b", "\t", "c"], [False] * 5, heads=[1, 2, 3, 3, 0], deps=["x", "dep", "y", "root", "z"])
    rows = [line.split("\t") for line in to_conllu(doc).split("\n")[1:-2]]
    assert [(row[1], row[6], row[7]) for row in rows] == [("a", "2", "x"), ("b", "0", "y"), ("c", "1", "z")]


def test_sentences_that_an_arc_joins():
    doc = Doc(VOCAB, list("abcdef"), heads=[0, 1, 0, 1, 4, 4], deps=["root", "root", "x", "x", "root", "x"])
    assert [sent.text.split()[0] for sent in doc.sents] == ["a", "b", "e"]
    text = to_conllu(doc)
    assert [line for line in text.split("\n") if line.startswith("#")] == ["# text = a b c d", "# text = e f"]
    assert written(read(text)) == text


def test_labels_without_heads_and_heads_without_labels():
    doc = Doc(VOCAB, ["a", "b", "c"], deps=["x", "", "y"])
    rows = [line.split("\t") for line in to_conllu(doc).split("\n") if "\t" in line]
    assert [row[6:8] for row in rows] == [["0", "x"], ["_", "_"], ["0", "y"]]
    doc = Doc(VOCAB, ["a", "b"], heads=[1, 1], deps=["", "r"])
    assert to_conllu(doc).split("\n")[1].split("\t")[6:8] == ["2", "_"]


LABELS = st.sampled_from(["", "nsubj", "obl:в", "root"])
WORDS = st.text(st.characters(exclude_characters=" "), min_size=1, max_size=4)
FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), max_size=3).filter(lambda x: x != "_")
FEATS = st.dictionaries(st.sampled_from(["Case", "NumForm", "Number", "Aspect", "B[a]"]),
                        st.sets(st.sampled_from(["Nom", "acc", "Éa"]), min_size=1), max_size=3)


@st.composite
def annotated(draw):
    words = draw(st.lists(WORDS.filter(lambda word: not word.isspace()), min_size=1, max_size=8))
    n = len(words)
    column = lambda strategy: draw(st.lists(strategy, min_size=n, max_size=n))
    # A random forest, projective or not: a permutation of the words, each below one that comes before it.
    order = draw(st.permutations(range(n)))
    heads = [0] * n
    for at, i in enumerate(order):
        heads[i] = order[draw(st.integers(0, at))] if at else i
    deps = [draw(LABELS) or ("dep" if head == i else "") for i, head in enumerate(heads)]
    lemmas = [lemma or ("_" if word == "_" else "") for lemma, word in zip(column(FIELDS), words)]
    return Doc(VOCAB, words, column(st.booleans()), tags=column(FIELDS), lemmas=lemmas, morphs=column(FEATS), heads=heads,
               pos=column(st.sampled_from(symbols.NAMES[symbols.ADJ:symbols.SPACE + 1])), deps=deps)


def layers(doc):
    return [(t.text_with_ws, t.lemma_, t.pos_, t.tag_, str(t.morph), t.head.i, t.dep_, t.has_head()) for t in doc]


@given(annotated())
def test_layers_come_back(doc):
    text = to_conllu(doc, doc_id="d")
    (back,) = read(text, by="document")
    assert layers(back) == layers(doc)
    assert [(s.start, s.end) for s in back.sents] == [(s.start, s.end) for s in doc.sents]
    assert to_conllu(back) == text
    assert "".join(map(to_conllu, read(text))) == text


# ---- what cannot be written ----

@pytest.mark.parametrize("layer, value, where", [
    ("lemmas", "a\tb", "sentence 1, word 2"), ("tags", "a\nb", "sentence 1, word 2"),
    ("deps", "a\rb", "sentence 1, word 2"), ("lemmas", "\ud800", "sentence 1, word 2")])
def test_fields_that_cannot_hold_it(layer, value, where):
    doc = Doc(VOCAB, ["a", "b"], **{layer: ["x", value]})
    with pytest.raises(ConlluError, match=f"^{where}: a field has .* which CoNLL-U cannot hold"):
        to_conllu(doc)
    with pytest.raises(ConlluError, match="^document 1: sentence"):
        write_conllu([NLP("a"), doc], io.StringIO())


def test_a_doc_that_was_edited():
    (doc,) = read(PLAIN)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    with pytest.raises(ConlluError, match=r"3 tokens when it was read.* has 2 now.*del doc.user_data\['conllu'\]"):
        to_conllu(doc)
    del doc.user_data["conllu"]
    assert to_conllu(doc).startswith("# text = She sings!\n1\tShe sings\t")


def test_wrong_arguments(tmp_path):
    with pytest.raises(TypeError, match="expected a Doc, got str"):
        to_conllu("x")
    with pytest.raises(ValueError, match="doc_id must be one line"):
        to_conllu(NLP("a"), doc_id="a\nb")
    with pytest.raises(TypeError, match=r"write_conllu\(\[doc\]"):
        write_conllu(NLP("a b"), io.StringIO())
    with pytest.raises(TypeError, match="document 1: expected a Doc, got str"):
        write_conllu([NLP("a"), "x"], io.StringIO())
    with pytest.raises(ValueError, match="by must be"):
        read_conllu(io.StringIO(), VOCAB, by="token")
    with pytest.raises(TypeError, match="expected a Vocab, got English"):
        read_conllu(io.StringIO(), NLP)
    with pytest.raises(TypeError, match="path or an open file, got int"):
        read_conllu(3, VOCAB)
    with pytest.raises(FileNotFoundError):
        list(read_conllu(tmp_path / "none", VOCAB))


def test_what_was_put_beside_by_hand():
    doc = NLP("du pain")
    doc.user_data["conllu"] = {"multiword": {0: (1, "du", "_", "_")}, "comments": {0: ["# sent_id = 7", None]}}
    assert to_conllu(doc).startswith("# sent_id = 7\n# text = du pain\n1-1\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tdu\t")
    for comment in ("x", "# a\nb", ""):
        doc.user_data["conllu"]["comments"] = {0: [comment]}
        with pytest.raises(ConlluError, match="sentence 1: a comment is one line that starts with #"):
            to_conllu(doc)
    doc.user_data["conllu"] = {"comments": {0: ["# \udc80"]}}
    with pytest.raises(ConlluError, match=r"document 0: '\\udc80' cannot be written as utf-8"):
        written([doc])


# ---- what is refused ----

def malformed(*rows):
    good = lines("1 ok ok X _ _ 0 root _ _")
    return good + "".join(row + "\n" for row in lines("\n".join(rows)).rstrip("\n").split("\n")) + "\n" + good


W1, W2 = "1 a a X _ _ 0 root _ _", "2 b b X _ _ 1 x _ _"


@pytest.mark.parametrize("rows, line, column, message", [
    (["1 a a X _ _ 0 root _"], 3, None, "9 columns separated by tabs, expected 10"),
    ([W1, "2 b b X _ _ 1 x _ _ _"], 4, None, "11 columns"),
    (["word"], 3, None, "1 columns"),
    (["2 a a X _ _ 0 root _ _"], 3, "ID", "'2' is out of order: expected 1"),
    ([W1, W1], 4, "ID", "'1' is out of order: expected 2"),
    ([W1, "02 b b X _ _ 1 x _ _"], 4, "ID", "'02'"),
    (["x a a X _ _ 0 root _ _"], 3, "ID", "'x'"),
    ([W1, "1-2 ab _ _ _ _ _ _ _ _", W2], 4, "ID", "1-2 does not start at the next word, 2"),
    (["2-1 ab _ _ _ _ _ _ _ _", W1], 3, "ID", "2-1 does not start"),
    (["1-2 ab _ _ _ _ _ _ _ _", "1-2 ab _ _ _ _ _ _ _ _", W1, W2], 4, "ID", "1-2 overlaps"),
    (["1-2 ab _ _ _ _ _ _ _ _", W1, "2-3 ab _ _ _ _ _ _ _ _", W2], 5, "ID", "2-3 overlaps the one before, which ends at 2"),
    (["1-3 ab _ _ _ _ _ _ _ _", W1, W2], 3, "ID", "ends at 3, but the sentence has 2 words"),
    (["1-2 ab _ _ _ _ _ _ _ _"], 3, None, "no words"),
    (["1-2 ab ab _ _ _ _ _ _ _", W1, W2], 3, "LEMMA", "'ab' in a multiword token"),
    (["1-2 ab _ _ _ _ 0 _ _ _", W1, W2], 3, "HEAD", "'0' in a multiword token"),
    ([W1, "2.1 e _ _ _ _ _ _ _ _", W2], 4, "ID", "2.1 is out of order: 1.1 or 2 can be here"),
    ([W1, "1.2 e _ _ _ _ _ _ _ _", W2], 4, "ID", "1.2 is out of order"),
    (["1-2 ab _ _ _ _ _ _ _ _", "0.1 e _ _ _ _ _ _ _ _", W1, W2], 4, "ID", "0.1 is out of order"),
    ([W1, "1.1 e _", W2], 4, None, "3 columns"),
    ([W1, "# late", W2], 4, None, "a comment after the words of a sentence: '# late'"),
    (["# only"], 3, None, "no words before the end of the sentence"),
    (["1\ta\t\tX\t_\t_\t0\troot\t_\t_"], 3, "LEMMA", "it is empty"),
    (["1\ta\ta\tX\t_\t_\t0\troot\t_\t"], 3, "MISC", "it is empty"),
    (["1\t\ta\tX\t_\t_\t0\troot\t_\t_"], 3, "FORM", "it is empty"),
    (["1\ta\rb\ta\tX\t_\t_\t0\troot\t_\t_"], 3, "FORM", r"'a\\rb' has a carriage return"),
    (["1 ·\u00a0 a X _ _ 0 root _ _"], 3, "FORM", "is whitespace"),
    (["1 a a NN _ _ 0 root _ _"], 3, "UPOS", "'NN' is no universal part of speech: it is one of _, ADJ, ADP"),
    (["1 a a NOUN _ Case 0 root _ _"], 3, "FEATS", "'Case' is not of the form Name=Value"),
    (["1 a a NOUN _ A=b|A=c 0 root _ _"], 3, "FEATS", "'A' is given twice"),
    (["1 a a NOUN _ A= 0 root _ _"], 3, "FEATS", "empty"),
    (["1 a a NOUN _ A=b| 0 root _ _"], 3, "FEATS", "not of the form"),
    ([W1, "2 b b X _ _ 3 x _ _"], 4, "HEAD", "3 is outside the sentence of 2 words"),
    ([W1, "2 b b X _ _ 99999 x _ _"], 4, "HEAD", "99999 is outside"),
    ([W1, "2 b b X _ _ 2 x _ _"], 4, "HEAD", "2 is the word itself"),
    ([W1, "2 b b X _ _ +1 x _ _"], 4, "HEAD", "'\\+1' is no number of a word"),
    ([W1, "2 b b X _ _ 01 x _ _"], 4, "HEAD", "'01' is no number"),
    ([W1, "2 b b X _ _ -1 x _ _"], 4, "HEAD", "'-1' is no number"),
    ([W1, "2 b b X _ _ ١ x _ _"], 4, "HEAD", "is no number"),
    ([W1, "2 b b X _ _ _ x _ _"], 4, "HEAD", "it is _, but DEPREL is 'x'"),
    (["1 a a X _ _ 2 x _ _", W2], 3, "HEAD", "from the word 1 up to its head 2 and on comes back: a cycle"),
    ([W1, "2 b b X _ _ 3 x _ _", "3 c c X _ _ 2 x _ _"], 4, "HEAD", "a cycle"),
    ([W1, "2 b b X _ _ _ _ _ _", "3 c c X _ _ 4 x _ _", "4 d d X _ _ 3 x _ _"], 5, "HEAD", "a cycle"),
    ([W1, "2 b b X _ _ 1 x obj _"], 4, "DEPS", "'obj' is not of the form HEAD:DEPREL"),
    ([W1, "2 b b X _ _ 1 x 1:x| _"], 4, "DEPS", "'1:x|' is not".replace("|", r"\|")),
])
@pytest.mark.parametrize("by", ["sentence", "document"])
def test_malformed_lines(rows, line, column, message, by):
    found = []
    where = f"line {line}, column {column}: " if column else f"line {line}: "
    with pytest.raises(ConlluError, match=f"^<file>: {where}.*{message}"):
        for doc in read_conllu(io.StringIO(malformed(*rows), newline=""), VOCAB, by=by):
            found.append(doc)
    assert [doc.text for doc in found] == ["ok "]           # what comes before is not lost
    assert issubclass(ConlluError, ValueError)


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "bad.conllu"
    path.write_text(PLAIN + "\n\n" + PLAIN.replace("PRON", "PRONOUN"))
    with pytest.raises(ConlluError, match=rf"^{re.escape(str(path))}: line 11, column UPOS: 'PRONOUN'"):
        list(read_conllu(path, VOCAB))
    with path.open("rb") as file, pytest.raises(ConlluError, match=rf"^{re.escape(str(path))}: line 11"):
        list(read_conllu(file, VOCAB))


@pytest.mark.parametrize("n", [0, 1, 3000])
def test_bytes_that_are_not_utf8(n):
    good = PLAIN.encode() * n
    found = []
    with pytest.raises(ConlluError, match=f"^<file>: byte {len(good) + 30}: not UTF-8"):
        for doc in read_conllu(io.BytesIO(good + PLAIN.encode()[:30] + b"\xff" + PLAIN.encode()), VOCAB):
            found.append(doc)
    assert len(found) == n


# ---- files ----

def test_what_is_accepted():
    for text in (PLAIN.rstrip("\n"), PLAIN[:-1], "\n\n\n" + PLAIN, PLAIN + "\n\n\n", "\ufeff" + PLAIN,
                 PLAIN.replace("\n", "\r\n"), PLAIN[:-1].replace("\n", "\r\n"), "\r\n" + PLAIN.replace("\n", "\r\n")):
        assert written(read(text)) == PLAIN
        assert written(read_conllu(io.BytesIO(text.encode()), VOCAB)) == PLAIN
    mixed = PLAIN + "\n\n" + PLAIN.replace("\n", "\r\n") + "\r\n\n" + PLAIN[:-1]
    assert written(read(mixed)) == 3 * PLAIN


def test_longer_sentences_leave_the_ids_of_others_alone():
    # Another thread may be in the middle of a sentence.
    ids = word_ids(3)
    before = list(ids)
    more = word_ids(len(ids) + 1)
    assert ids == before and more[:len(ids)] == ids and more[len(ids)] == str(len(ids) + 1)
    n = len(more) + 7
    text = "".join(f"{i}\tw\t_\t_\t_\t_\t{i - 1}\tdep\t_\t_\n" for i in range(1, n + 1)) + "\n"
    (doc,) = read(text)
    assert len(doc) == n and doc[n - 1].head.i == n - 2 and to_conllu(doc) == text


@pytest.mark.parametrize("block", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_size_of_block(monkeypatch, block, newline):
    monkeypatch.setattr(reading, "BLOCK", block)
    text = PLAIN + MULTIWORD + "\n\n" + EMPTY + "\n"
    data = text.replace("\n", newline)
    assert written(read(data)) == PLAIN + MULTIWORD + EMPTY
    assert written(read_conllu(io.BytesIO(data.encode()), VOCAB)) == PLAIN + MULTIWORD + EMPTY
    bad = data + PLAIN.replace("PRON", "?").replace("\n", newline)
    with pytest.raises(ConlluError, match=f"line {len(text.split(chr(10))) - 1 + 3}, column UPOS"):
        read(bad)
    with pytest.raises(ConlluError, match=f"byte {len(data.encode()) + 5}: not UTF-8"):
        list(read_conllu(io.BytesIO(data.encode() + PLAIN[:5].encode() + b"\x80"), VOCAB))


@pytest.mark.parametrize("cut, damage", [(-20, b""), (-6, b"xxxxxx"), (4000, b"\xff" * 100)])
def test_a_damaged_gzip_file(tmp_path, cut, damage):
    path = tmp_path / "a.conllu.gz"
    data = gzip.compress("".join(PLAIN.replace("= 1", f"= {i * 7919 % 10007}") for i in range(20_000)).encode())
    path.write_bytes(data[:cut] + damage)
    n = 0
    with pytest.raises(ConlluError, match=r"a\.conllu\.gz: after byte \d+: the gzip file is damaged"):
        for _ in read_conllu(path, VOCAB):
            n += 1
    assert n > 100


class Endless(io.RawIOBase):
    """A file that never ends, and counts."""

    n_bytes = 0

    def read(self, n=-1):
        data = (PLAIN.encode() * (n // len(PLAIN) + 1))
        self.n_bytes += len(data)
        return data


def test_reading_is_lazy():
    file = Endless()
    docs = read_conllu(file, VOCAB)
    assert file.n_bytes == 0
    for _ in range(1000):
        next(docs)
    assert 0 < file.n_bytes < 4 * reading.BLOCK


def test_writing_is_lazy():
    file = io.StringIO()
    seen = []

    def docs():
        for _ in range(3):
            seen.append(file.tell())
            yield NLP("a")
    write_conllu(docs(), file)
    assert seen == [0, len(to_conllu(NLP("a"))), 2 * len(to_conllu(NLP("a")))]


def test_paths_and_gzip(tmp_path):
    text = PLAIN + MULTIWORD + EMPTY
    for name in ("a.conllu", "a.conllu.gz"):
        path = tmp_path / name
        write_conllu(read(text), path)
        assert (gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()).decode() == text
        assert written(read_conllu(path, VOCAB)) == written(read_conllu(str(path), VOCAB, by="document")) == text
        first = path.read_bytes()
        write_conllu(read(text), str(path))
        assert path.read_bytes() == first
    with gzip.open(tmp_path / "b.gz", "wb") as file:
        write_conllu(read(text), file)
    assert written(read_conllu(tmp_path / "b.gz", VOCAB)) == text
    with open(tmp_path / "raw", "wb", buffering=0) as file:
        write_conllu(read(text), file)
        assert not file.closed
    with open(tmp_path / "raw", encoding="utf-8") as file:
        assert written(read_conllu(file, VOCAB)) == text
    assert sorted(os.listdir(tmp_path)) == ["a.conllu", "a.conllu.gz", "b.gz", "raw"]


def test_a_path_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.conllu"
    path.write_text("before")
    path.chmod(0o640)

    def docs():
        yield NLP("a")
        raise RuntimeError("no more")
    with pytest.raises(RuntimeError):
        write_conllu(docs(), path)
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["out.conllu"]
    write_conllu([NLP("a")], path)
    assert path.read_text() == to_conllu(NLP("a")) and path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(FileNotFoundError):
        write_conllu([NLP("a")], tmp_path / "none" / "x")


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links and devices")
def test_links_are_followed_and_devices_not_replaced(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_conllu([NLP("a")], tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_text() == to_conllu(NLP("a"))
    write_conllu([NLP("a")], "/dev/null")
    assert not Path("/dev/null").is_file()


def test_another_vocabulary():
    vocab = Vocab()
    (doc,) = read_conllu(io.StringIO(PLAIN), vocab)
    assert doc.vocab is vocab and doc[1].lemma_ == "sing"


@pytest.mark.skipif("LEXARRAY_EWT" not in os.environ, reason="LEXARRAY_EWT: a folder of .conllu files")
@pytest.mark.parametrize("by", ["sentence", "document"])
def test_a_treebank(tmp_path, by):
    paths = sorted(Path(os.environ["LEXARRAY_EWT"]).glob("*.conllu"))
    assert paths
    for path in paths:
        write_conllu(read_conllu(path, VOCAB, by=by), tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == path.read_bytes()
        for doc in read_conllu(path, VOCAB, by=by):
            del doc.user_data["conllu"]
            (back,) = read(to_conllu(doc, doc_id="x"), by="document")
            assert layers(back) == layers(doc)
