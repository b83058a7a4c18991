"""The formats of `lexarray annotate`, token by token: the slow twin of lexarray.cli.formats and lexarray.cli.lines."""

import json

from lexarray.cli.formats import FLAGS, columns, escape, visible


def tsv(doc, number):
    return "".join("\t".join((
        str(number), str(token.i), str(token.idx), escape(token.text), "1" if token.whitespace_ else "0",
        escape(token.norm_), escape(token.shape_), *("1" if getattr(token, flag) else "0" for flag in FLAGS))) + "\n"
        for token in doc)


def table(doc, number):
    rows = [("i", "idx", "text", "ws", "norm", "shape", "flags")]
    for token in doc:
        flags = " ".join(name for name in FLAGS if getattr(token, name))
        rows.append((str(token.i), str(token.idx), visible(token.text), "_" if token.whitespace_ else "",
                     visible(token.norm_), visible(token.shape_), flags))
    return f"# document {number}\n" + "\n".join(columns(rows)) + "\n\n"


def jsonl(doc, number):
    tokens = [{"id": token.i, "start": token.idx, "end": token.idx + len(token)} for token in doc]
    return json.dumps({"text": doc.text, "tokens": tokens}) + "\n"
