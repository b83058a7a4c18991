"""Slow, readable twin of Doc.to_json: spaCy's layout by the public API, without keys of our own."""


def to_json(doc):
    """What spaCy writes of a document; but "_" where the features are known to be none."""
    found = {"text": doc.text}
    if doc.has_annotation("ENT_IOB"):
        found["ents"] = [{"start": ent.start_char, "end": ent.end_char, "label": ent.label_} for ent in doc.ents]
    if doc.has_annotation("SENT_START"):
        found["sents"] = [{"start": sent.start_char, "end": sent.end_char} for sent in doc.sents]
    if doc.cats:
        found["cats"] = dict(doc.cats)
    has_dep = any(token.dep or token.head.i != token.i for token in doc)
    found["tokens"] = []
    for token in doc:
        item = {"id": token.i, "start": token.idx, "end": token.idx + len(token.text)}
        if len(doc) and doc.has_annotation("TAG"):
            item["tag"] = token.tag_
        if doc.has_annotation("POS"):
            item["pos"] = token.pos_
        if doc.has_annotation("MORPH"):
            item["morph"] = str(token.morph) or ("_" if token.has_morph() else "")
        if doc.has_annotation("LEMMA"):
            item["lemma"] = token.lemma_
        if has_dep:
            item["dep"], item["head"] = token.dep_, token.head.i
        found["tokens"].append(item)
    if doc.spans:
        found["spans"] = {name: [{"start": span.start_char, "end": span.end_char, "label": span.label_, "kb_id": span.kb_id_}
                                 for span in group] for name, group in doc.spans.items()}
    return found
