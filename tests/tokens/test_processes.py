"""Documents that go to other processes and come back: multiprocessing, concurrent.futures, by fork and by spawn."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import lexarray
import pytest
from lexarray.tokens import Doc
from reference.documents import contents

METHODS = [name for name in ("fork", "spawn") if name in multiprocessing.get_all_start_methods()]


def annotate(doc):
    """Sent to the other process, and back: a document, a view, and whether both share a vocabulary."""
    for token in doc:
        token.lemma_ = f"lemma of {token.text}"
    doc.user_data["by"] = "other"
    return doc, doc[-1], doc.vocab.lang


def share(docs):
    return len({id(doc.vocab) for doc in docs}), [doc.text for doc in docs], docs


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_documents_and_processes(method, tmp_path):
    nlp = lexarray.blank("en")
    table = lexarray.KeyedVectors(2)
    table["don"] = [1, 2]
    table.save(str(tmp_path / "v"))
    nlp.vocab.vectors = str(tmp_path / "v")
    docs = list(nlp.pipe(["I don't know.", "", "Why\ud800 not?", "  spaces  "]))
    docs[0].spans["s"] = [docs[0][1:3]]
    with nlp.memory_zone():
        docs.append(nlp("frabjous day"))
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for doc, (found, view, lang) in zip([docs[0], docs[2]], pool.map(annotate, [docs[0], docs[2]])):
            assert lang == "en" and view.doc is found and view.i == len(doc) - 1
            assert [token.lemma_ for token in found] == [f"lemma of {token.text}" for token in doc]
            assert found.user_data == {"by": "other"} and found.text == doc.text and found.vocab is not doc.vocab
            assert found.vocab.vectors["don"].tolist() == [1, 2] and found.vocab.vectors.keys.mapping is not None
    with context.Pool(1) as pool:
        n_vocabs, texts, back = pool.apply(share, (docs,))
        assert n_vocabs == 1 and texts == [doc.text for doc in docs]
        assert len({id(doc.vocab) for doc in back}) == 1
        assert [contents(doc) for doc in back] == [contents(doc) for doc in docs]
        first, _, lang = pool.map(annotate, [Doc(lexarray.Vocab(), words=["x"])])[0]
        assert (first.text, first[0].lemma_, lang) == ("x ", "lemma of x", "")
