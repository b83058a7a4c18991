"""What spaCy and gensim do, and what lexarray does, where docs/from-spacy.md and docs/from-gensim.md say that they differ.

    python benchmarks/versus/differences.py            # needs the extra `bench`; some seconds

Each line is a row of those tables: the same expression, asked of both. Owned here: the expressions. What crashes a process
is not asked. Exit code 1: both gave the same, so that the row is no longer true.
"""
import sys
import tempfile
import types
import warnings

import gensim.models
import lexarray.lang.en
import lexarray.tokenizer
import numpy as np
import spacy.lang.en
import spacy.tokenizer
import spacy.util

warnings.simplefilter("ignore")


def _documents(library):
    # The names that the expressions on documents use.
    names = types.SimpleNamespace(library=library)
    for module in ("tokens", "vocab", "strings"):
        __import__(f"{library.__name__}.{module}")
    names.Doc, names.Span, names.Token = library.tokens.Doc, library.tokens.Span, library.tokens.Token
    names.Vocab, names.StringStore = library.vocab.Vocab, library.strings.StringStore
    names.nlp = library.blank("en")
    names.doc = lambda *words, **layers: names.Doc(names.nlp.vocab, words=list(words), **layers)
    names.np = np
    return vars(names)


def _with_vectors(names):
    nlp = names["library"].blank("en")
    nlp.vocab.reset_vectors(shape=(2, 2)) if names["library"] is spacy else nlp.vocab.reset_vectors(width=2)
    nlp.vocab.set_vector("tea", np.array([1, 0], "f"))
    nlp.vocab.set_vector("cup", np.array([0, 1], "f"))
    return nlp


DOCUMENTS = {
    # data model
    "a vocabulary without a language": 'Vocab()["Tea"].is_title, Vocab()["Tea"].lower_',
    "StringStore.add(bytes)": 'StringStore().add(b"x")',
    "StringStore.items()": 'len(list(StringStore(["x"]).items()))',
    "StringStore.values()": 'len(list(StringStore(["x"]).values()))',
    "a lone surrogate": 'StringStore().add("\\ud800") > 0',
    "lexeme.vector without vectors": 'nlp.vocab["tea"].vector.shape',
    "doc.vector after set_vector":
        '[d.vector.tolist(), nlp2.vocab.set_vector("tea", np.array([5, 5], "f")), d.vector.tolist()][2]',
    "doc.vector = x; has_vector": '[setattr(d0, "vector", np.ones(3, "f")), d0.has_vector][1]',
    "doc.vector = [nan]": '[setattr(d0, "vector", np.array([np.nan], "f")), "stored"][1]',
    "doc.vector_norm = 3": '[setattr(d0, "vector_norm", 3), "set"][1]',
    "doc.tensor": 'd0.tensor.shape',
    "vocab.vectors without vectors": 'type(nlp.vocab.vectors).__name__',
    "similarity('x')": 'd0.similarity("x")',
    "Doc(vocab, words='abc')": 'len(Doc(nlp.vocab, words="abc"))',
    "explain and whitespace": '[name for name, text in nlp.tokenizer.explain("a  b")]',
    "stop words": 'len(nlp.Defaults.stop_words), nlp.vocab["make"].is_stop',
    "stop_words.add": '[nlp.Defaults.stop_words.add("x"), nlp.Defaults.stop_words.discard("x"), "added"][2]',
    "words of a new vocabulary": 'len(library.blank("en").vocab)',
    "get_extension of nothing": 'Doc.get_extension("nothing")',
    "nlp(text, disable=)": 'len(nlp("a b", disable=["ner"]))',
    "noun chunks of a UD tree": '[c.text for c in ud.noun_chunks]',
    "pipe(n_process=1)": 'len(list(nlp.pipe(["a", "b"], n_process=1)))',
    "get_vector of a key without text": 'nlp2.vocab.get_vector(12345).tolist()',
    "has_vector of a key without text": 'nlp2.vocab.has_vector(12345)',
    "writing into token.vector": '[nlp2("cup")[0].vector.__setitem__(0, 9), nlp2.vocab.get_vector("cup").tolist()][1]',
    "reset_vectors": '[nlp3.vocab.reset_vectors(width=2), len(nlp3.vocab.vectors)][1]',
    "a token and a span of it without a vector": 'nlp("a b")[0].similarity(nlp("a b")[0:1])',
    "the same words, vectors by hooks": 'round(hooked(0).similarity(hooked(1)), 3)',
    "similarity of the same words after doc.vector = x": 'owned([1, 0]).similarity(owned([0, 1]))',
    # layers
    "IOB tag that continues nothing": '[e.text for e in doc("a", "b", ents=["O", "I-X"]).ents]',
    "an entity without a label": '[setattr(d0, "ents", [Span(d0, 0, 1)]), len(d0.ents)][1]',
    "heads in a cycle": 'len(doc("a", "b", "c", heads=[1, 0, 2], deps=["x", "x", "ROOT"]))',
    "subtree with crossing arcs": '[t.i for t in crossing[2].subtree]',
    "Doc(deps=) without heads": 'len(list(doc("a", "b", deps=["x", "y"]).sents))',
    "an entity cut by as_doc": '[e.text for e in cut[1:3].as_doc().ents]',
    "from_array of ENT_TYPE alone": '[t.ent_iob_ for t in bare.from_array(["ENT_TYPE"], typed)]',
    "a span in a group, after a merge": 'merged()',
    "children of a split token": 'split()',
    "heads outside, in as_doc": '[t.head.i for t in outside[0:2].as_doc()]',
    "conjuncts to the left": '[t.text for t in left[2].conjuncts]',
    "span.start = 1": '[setattr(span, "start", 1), "set"][1]',
    "duplicate FEATS": 'str(doc("a", morphs=["A=x|A=y"])[0].morph)',
    "setting an extension that has only a getter": '[setattr(d0._, "only_got", 1), "ignored"][1]',
}

VECTORS = {
    "a vector of zeros": '[score for key, score in kv.most_similar("zero")]',
    "type of a score": 'type(kv.similarity("tea", "cup")).__name__',
    "norms after kv[key] = v, after a query":
        '[kv.most_similar("tea"), kv.__setitem__("cup", np.array([9, 0], "f")), kv.norms[1].item()][2]',
    "add_vectors after a query":
        '[kv.most_similar("tea"), kv.add_vectors(["new"], [[1, 1]]), kv.most_similar("new", topn=1)[0][0]][2]',
    "a key twice in one add_vectors": '[kv.add_vectors(["x", "x"], [[1, 1], [2, 2]]), len(kv)][1]',
    "kv.vectors[0] = 0": '[kv.vectors.__setitem__(0, 0), "set"][1]',
    "most_similar(topn=True)": 'len(kv.most_similar("tea", topn=True))',
    "what most_similar gives": 'type(kv.most_similar("tea")).__name__',
    "list(kv)": 'list(kv)[:2]',
    "index_to_key is a list": 'kv.index_to_key + ["x"]',
    "most_similar(topn=False)": 'kv.most_similar("tea", topn=False)',
    "rows of one frequency":
        '[[kv.set_vecattr(key, "count", n) for key, n in zip(kv.key_to_index, (1, 5, 5))], kv.sort_by_descending_frequency(), '
        'kv.index_to_key[0], kv.index_to_key[1]][2:]',
    "most_similar(restrict_vocab=0)": 'len(kv.most_similar("tea", restrict_vocab=0))',
    "kv[[]]": 'kv[[]].shape',
    "similar_by_vector(list)": 'kv.similar_by_vector([1.0, 0.5], topn=1)[0][0]',
    "distances of a str": 'kv.distances("tea", "cup").shape',
    "what save writes":
        '[kv.save(path), open(path, "rb").read(2) == b"\\x80\\x04"][1]',
    "load of a file of word2vec's": '[kv.save_word2vec_format(path), len(Table.load(path))][1]',
    "load_word2vec_format of a binary file, not told so":
        '[kv.save_word2vec_format(path, binary=True), len(Table.load_word2vec_format(path))][1]',
    "a key with a space in a binary file": '[kv.add_vectors(["green tea"], [[1, 1]]), kv.save_word2vec_format(path, binary=True), '
                                           'Table.load_word2vec_format(path, binary=True).index_to_key][2]',
}


def vectors():
    """Ask gensim and lexarray."""
    both = []
    for table in (gensim.models.KeyedVectors, lexarray.KeyedVectors):
        rows = {}
        for row, expression in VECTORS.items():
            with tempfile.TemporaryDirectory() as folder:
                kv = table(2)
                kv.add_vectors(["tea", "cup", "stone", "zero"], np.array([[4, 1], [4, 2], [-1, 3], [0, 0]], "f"))
                rows[row] = _show(expression, {"kv": kv, "Table": table, "path": f"{folder}/table", "np": np})
        both.append(rows)
    return both


def _actions(names):
    # What takes more than an expression.
    doc, nlp = names["doc"], names["nlp"]

    def _hooked(place):
        made = doc("a", "b")
        made.user_hooks["vector"] = lambda doc: np.eye(2, dtype="f")[place]
        return made

    def _owned(vector):
        made = nlp("a b")
        made.vector = np.array(vector, "f")
        return made

    def _merged():
        made = doc("a", "b", "c", "d")
        made.spans["x"] = [made[3:4]]
        with made.retokenize() as retokenizer:
            retokenizer.merge(made[0:2])
        return [(span.start, span.text) for span in made.spans["x"]]

    def _split():
        made = doc("ab", "c", heads=[0, 0], deps=["ROOT", "x"])
        with made.retokenize() as retokenizer:
            retokenizer.split(made[0], ["a", "b"], heads=[(made[0], 1), (made[0], 1)])
        return [token.head.text for token in made]

    return {"hooked": _hooked, "owned": _owned, "merged": _merged, "split": _split}


def _show(expression, names):
    try:
        return repr(eval(expression, dict(names)))
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def documents():
    """Ask spaCy and lexarray."""
    both = []
    for library in (spacy, lexarray):
        names = _documents(library)
        doc, Doc, nlp = names["doc"], names["Doc"], names["nlp"]
        names["nlp2"] = _with_vectors(names)
        names["d"] = names["nlp2"]("tea cup")
        names["span"] = doc("a", "b")[0:2]
        names["ud"] = doc(*"Ann is the guide of my old friends".split(), heads=[3, 3, 3, 3, 7, 7, 7, 3],
                          pos="PROPN AUX DET NOUN ADP PRON ADJ NOUN".split(),
                          deps=["nsubj", "cop", "det", "root", "case", "nmod:poss", "amod", "nmod"])
        names["crossing"] = doc("a", "b", "c", "d", heads=[2, 3, 2, 0], deps=["x", "x", "ROOT", "x"])
        names["cut"] = doc("a", "b", "c", "d", ents=["B-X", "I-X", "O", "O"])
        names["typed"] = doc("a", "b", "c", ents=["B-X", "I-X", "O"]).to_array(["ENT_TYPE"])
        names["bare"] = doc("a", "b", "c")
        names["left"] = doc("a", "b", "c", heads=[2, 0, 2], deps=["conj", "cc", "ROOT"])
        Doc.set_extension("only_got", getter=lambda doc: 0, force=True)
        names["nlp3"] = _with_vectors(names)
        names["outside"] = doc("a", "b", "c", "d", heads=[2, 3, 3, 3], deps=["x", "x", "x", "ROOT"])
        names.update(_actions(names))
        rows = {}
        for row, expression in DOCUMENTS.items():
            names["d0"] = Doc(nlp.vocab, words=["tea", "cup"])
            rows[row] = _show(expression, names)
        both.append(rows)
    return both


def main():
    """Print the rows; 1 if one is no difference."""
    same = 0
    for peer, ask in (("spaCy", documents), ("gensim", vectors)):
        theirs, ours = ask()
        for row in theirs:
            is_same = theirs[row] == ours[row]
            same += is_same
            print(f"{'SAME ' if is_same else ''}{row}\n    {peer:9} {theirs[row][:110]}\n    lexarray  {ours[row][:110]}")
    return int(same > 0)


if __name__ == "__main__":
    sys.exit(main())
