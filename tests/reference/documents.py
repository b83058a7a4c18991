"""Documents with all layers, by chance, and what two of them must have in common to be equal."""

import hypothesis.strategies as st
from lexarray.tokens import Doc, Span
from lexarray.tokens.span_group import SpanGroup

TEXT = st.text(min_size=1, max_size=5)
LABEL = st.sampled_from(["", "A", "B", "nsubj", "ü", "x" * 40])


@st.composite
def documents(draw, vocab):
    words = draw(st.lists(TEXT, max_size=12))
    n = len(words)

    def layer(values):
        return draw(st.none() | st.lists(values, min_size=n, max_size=n))

    heads = None
    if draw(st.booleans()):                     # every token hangs on one before it in some order: no cycles
        order = draw(st.permutations(range(n)))
        heads = [0] * n
        for place, token in enumerate(order):
            heads[token] = order[draw(st.integers(0, max(0, place - 1)))] if place else token
    deps = layer(LABEL)
    if heads is not None and deps is None:
        deps = ["dep"] * n
    ents, last = None, ""
    if draw(st.booleans()):
        ents = []
        for _ in range(n):
            tag = draw(st.sampled_from(["", "O", "B-GPE", "B-X", "B-"] + ([f"I-{last}"] if last else [])))
            last = tag[2:]
            ents.append(tag)
    doc = Doc(vocab, words=words, spaces=layer(st.booleans()), tags=layer(LABEL), lemmas=layer(LABEL), deps=deps, heads=heads,
              pos=layer(st.sampled_from(["", "NOUN", "X", "SPACE"])), ents=ents,
              morphs=layer(st.sampled_from(["", "_", None, "Case=Nom", "Case=Acc|Number=Plur"])),
              sent_starts=None if heads is not None else layer(st.sampled_from([True, False, None])))
    for token in doc:
        if draw(st.booleans()):
            token.norm_ = draw(TEXT)
        if draw(st.booleans()):
            token.ent_kb_id_, token.ent_id_ = draw(LABEL), draw(LABEL)
    doc.cats = draw(st.dictionaries(TEXT, st.floats(allow_nan=False)))
    doc.user_data = draw(st.dictionaries(
        TEXT | st.tuples(st.just("._."), TEXT, st.none() | st.integers(0, 9), st.none()),
        st.recursive(st.none() | st.booleans() | st.integers(-1 << 63, (1 << 64) - 1) | st.floats(allow_nan=False) | st.text()
                     | st.binary(max_size=4), lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each,
                                                                                                       max_size=3))))
    for name in draw(st.lists(TEXT, max_size=3)):
        spans = draw(st.lists(st.tuples(st.integers(0, n), st.integers(0, n), LABEL, LABEL, LABEL), max_size=4))
        doc.spans[name] = [Span(doc, min(a, b), max(a, b), label=label, kb_id=kb_id, span_id=span_id)
                           for a, b, label, kb_id, span_id in spans]
    return doc


def contents(doc):
    """All layers of a document, without keys of a vocabulary."""
    strings = doc.strings
    return {
        "text": doc.text,
        "tokens": [(t.text, t.whitespace_, t.idx, t.norm_, t.tag_, t.dep_, t.lemma_, t.pos_, t.ent_iob_, t.ent_type_, t.ent_kb_id_,
                    t.ent_id_, str(t.morph), t.has_morph(), t.head.i, t.left_edge.i, t.right_edge.i, t.n_lefts, t.n_rights)
                   for t in doc],
        "starts": [t.is_sent_start for t in doc],
        "ents": [(e.start, e.end, e.label_, e.kb_id_, e.id_) for e in doc.ents],
        "cats": doc.cats, "unknown": doc.has_unknown_spaces, "user_data": doc.user_data,
        "spans": {name: (group.name, group.attrs, [(s.start, s.end, s.start_char, s.end_char, strings[s.label], strings[s.kb_id],
                                                    strings[s.id]) for s in group]) for name, group in doc.spans.items()},
    }


def sample(vocab, words=("She", "sings", "New", "York", "!")):
    """A document of five tokens with all layers that DocBin keeps."""
    doc = Doc(vocab, words=words, spaces=[1, 1, 1, 0, 0], heads=[1, 1, 3, 1, 1],
              deps=["nsubj", "ROOT", "compound", "dobj", "punct"], pos=["PRON", "VERB", "PROPN", "PROPN", "PUNCT"],
              tags=["PRP", "VBZ", "NNP", "NNP", "."], lemmas=["she", "sing", "New", "York", "!"],
              morphs=["Case=Nom|Number=Sing", "", "_", "", ""], ents=["O", "O", "B-GPE", "I-GPE", ""])
    doc[2].ent_id_, doc[2].ent_kb_id_, doc[0].norm_ = "id2", "Q60", "they"
    doc.cats = {"A": 1.0, "B": 0.5}
    doc.spans["g"] = [Span(doc, 0, 2, label="X", kb_id="Q1", span_id="id1"), Span(doc, 1, 3, label="Y")]
    doc.spans["same"] = doc.spans["g"].copy()
    doc.spans["h"] = SpanGroup(doc, name="other", attrs={"a": 1}, spans=[])
    doc.user_data = {"k": [1, 2.5, None], ("._.", "x", 4, None): "v"}
    return doc
