"""Pipelines as bytes, folders and pickles, and in other processes."""

import copy
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import lexarray
import pytest
from lexarray.errors import KeyCollisionError, SavedObjectError
from lexarray.lang.en import English
from lexarray.language import Language
from lexarray.tokens import Doc
from lexarray.vocab import Vocab
from reference import murmur, saved

TEXT = "Gimme coffee, don't argue (please)…"


def example():
    nlp = lexarray.blank("en")
    nlp.tokenizer.add_special_case("Gimme", [{"ORTH": "Gim", "NORM": "give"}, {"ORTH": "me"}])
    nlp(TEXT)
    nlp.vocab["coffee"].norm_ = "drink"
    nlp.vocab.set_vector("coffee", [1, 2])
    return nlp


def seen(nlp):
    return [(token.text, token.norm_, token.is_stop, token.vector.tolist()) for token in nlp(TEXT)]


def test_a_pipeline_comes_back(tmp_path):
    nlp = example()
    nlp.to_disk(tmp_path / "model")
    loads = [lexarray.load(tmp_path / "model"), lexarray.load(str(tmp_path / "model"), vocab=Vocab()),
             English().from_disk(tmp_path / "model"), English().from_bytes(nlp.to_bytes()), copy.deepcopy(nlp),
             *(pickle.loads(pickle.dumps(nlp, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1))]
    for loaded in loads:
        assert type(loaded) is English and seen(loaded) == seen(nlp)
        assert loaded.vocab is loaded.tokenizer.vocab is loaded("x").vocab is not nlp.vocab
    assert copy.copy(nlp).vocab is nlp.vocab
    assert lexarray.load(tmp_path / "model").vocab.vectors.keys.mapping is not None
    assert lexarray.load(tmp_path / "model").vocab.get_noun_chunks is nlp.vocab.get_noun_chunks
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "model/meta.json", "model/tokenizer.bin", "model/vocab/vectors.safetensors", "model/vocab/vocab.bin"]
    assert json.loads((tmp_path / "model" / "meta.json").read_text()) == {
        "format": "lexarray.pipeline", "version": 1, "lexarray": lexarray.__version__, "lang": "en"}


def test_documents_that_exist_stay_right():
    nlp = lexarray.blank("en")
    doc = nlp(TEXT)
    nlp.from_bytes(example().to_bytes())
    assert doc.text == TEXT and [token.norm_ for token in doc][:3] == ["gimme", "drink", ","] and doc[1].has_vector
    assert [token.text for token in nlp(TEXT)][:2] == ["Gim", "me"]


def test_parts_can_be_left_out(tmp_path):
    nlp = example()
    for exclude, first, norm, has_vector in [(["tokenizer"], "Gimme", "drink", True), (["vocab"], "Gim", "coffee", False),
                                             (["vectors"], "Gim", "drink", False), (["strings", "rules"], "Gim", "coffee", True)]:
        nlp.to_disk(tmp_path / "model", exclude=exclude)
        for loaded in (lexarray.load(tmp_path / "model"), English().from_bytes(nlp.to_bytes(exclude=exclude)),
                       English().from_bytes(nlp.to_bytes(), exclude=exclude)):
            doc = loaded(TEXT)
            assert (doc[0].text, loaded.vocab["coffee"].norm_, loaded.vocab.has_vector("coffee")) == (first, norm, has_vector)
        nlp.to_disk(tmp_path / "whole")
        doc = lexarray.load(tmp_path / "whole", exclude=exclude)(TEXT)
        assert (doc[0].text, doc.vocab["coffee"].norm_, doc.vocab.has_vector("coffee")) == (first, norm, has_vector)
    for call in (nlp.to_bytes, lambda exclude: nlp.to_disk(tmp_path / "x", exclude=exclude)):
        with pytest.raises(ValueError, match="no part 'ner'; the parts are lookups, rules, strings, tokenizer, vectors, vocab"):
            call(exclude=["ner"])


def test_tokenizers_that_cannot_be_saved(tmp_path):
    nlp = example()
    nlp.tokenizer.token_match = str.isdigit
    with pytest.raises(ValueError, match=r"tokenizer: token_match is .*exclude=\['tokenizer'\]"):
        nlp.to_disk(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    nlp.tokenizer = lambda text: Doc(nlp.vocab, [text])
    with pytest.raises(ValueError, match=r"only one of lexarray's can be saved or loaded: exclude=\['tokenizer'\]"):
        nlp.to_bytes()
    data = nlp.to_bytes(exclude=["tokenizer"])
    assert English().from_bytes(data).vocab["coffee"].norm_ == "drink"
    with pytest.raises(ValueError, match="only one of lexarray's"):
        nlp.from_bytes(example().to_bytes())
    nlp.from_bytes(example().to_bytes(), exclude=["tokenizer"])


def test_languages_that_are_not_there(tmp_path):
    class Nameless(Language):
        """Of no code."""

    Nameless().to_disk(tmp_path / "model")
    assert Nameless().from_disk(tmp_path / "model").lang == ""
    with pytest.raises(SavedObjectError, match="language '', .*its class has no code"):
        lexarray.load(tmp_path / "model")
    meta = json.loads((tmp_path / "model" / "meta.json").read_text())
    (tmp_path / "model" / "meta.json").write_text(json.dumps(meta | {"lang": "zz"}))
    with pytest.raises(SavedObjectError, match="language 'zz', and the languages are .*en, .*import the module"):
        lexarray.load(tmp_path / "model")
    with pytest.raises(SavedObjectError, match="language 'zz', and this one of 'en'"):
        English().from_disk(tmp_path / "model")
    with pytest.raises(SavedObjectError, match="language 'xx', and this one of 'en'"):
        English().from_bytes(lexarray.blank("xx").to_bytes())


@pytest.mark.parametrize("meta, message", [
    ("", "no JSON"), ("[]", "no pipeline of lexarray"), ("{}", "no pipeline of lexarray"), ("[" * 100_000, "no JSON"),
    ('{"format": "lexarray.pipeline", "version": 2, "lexarray": "9.9", "lang": "en"}', "version 2, written by lexarray '9.9'"),
    ('{"format": "lexarray.pipeline", "version": true, "lang": "en"}', "version True is none"),
    ('{"format": "lexarray.pipeline", "version": 1}', "code of the language is None"), ("[" + " " * (1 << 20), "no pipeline"),
])
def test_meta_that_is_damaged(tmp_path, meta, message):
    example().to_disk(tmp_path / "model")
    (tmp_path / "model" / "meta.json").write_text(meta)
    for load in (lexarray.load, lexarray.blank("en").from_disk):
        with pytest.raises(SavedObjectError, match=f"meta.json: .*{message}"):
            load(tmp_path / "model")


def test_files_that_are_damaged_change_nothing(tmp_path):
    example().to_disk(tmp_path / "model")
    nlp = lexarray.blank("en")
    for name in ("tokenizer.bin", "vocab/vocab.bin"):
        path = tmp_path / "model" / name
        data = path.read_bytes()
        for bad in (data[:-1], data[:100], b"", data[:200] + bytes([data[200] ^ 1]) + data[201:]):
            path.write_bytes(bad)
            with pytest.raises(SavedObjectError, match=path.name):
                nlp.from_disk(tmp_path / "model")
            with pytest.raises(SavedObjectError, match=path.name):
                lexarray.load(tmp_path / "model")
        path.write_bytes(data)
    with pytest.raises(FileNotFoundError):
        nlp.from_disk(tmp_path)
    assert not len(nlp.vocab) and "Gimme" not in nlp.tokenizer.rules and nlp.vocab.vectors is None
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    other = example()
    other.vocab.strings.add(first)
    nlp.vocab.strings.add(second)
    with pytest.raises(KeyCollisionError):
        nlp.from_bytes(other.to_bytes())
    assert not len(nlp.vocab) and "Gimme" not in nlp.tokenizer.rules
    for bad in saved.damaged(example().to_bytes(), 100, every=500):
        with pytest.raises(SavedObjectError):
            nlp.from_bytes(bad)


# ---- other processes ----

_nlp = None


def keep(nlp):
    """The initializer of a process of a pool."""
    global _nlp
    _nlp = nlp


def work(text):
    """What a process of a pool does: with the pipeline that it was given."""
    return seen_by(_nlp, text)


def seen_by(nlp, text):
    """The tokens of a text, with what is the vocabulary's."""
    return [(token.text, token.norm_, token.is_stop, token.vector.tolist()) for token in nlp(text)]


def look(things):
    """What is left of objects that travelled together."""
    nlp, vocab, words = things
    return (nlp.vocab is vocab and all(word.vocab is vocab for word in words), [word.norm_ for word in words], vocab["new"].text,
            [word for word in words])


@pytest.mark.parametrize("method", [name for name in ("fork", "spawn") if name in multiprocessing.get_all_start_methods()])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes(method, tmp_path):
    nlp = example()
    nlp.to_disk(tmp_path / "model")
    context = multiprocessing.get_context(method)
    words = [nlp.vocab["coffee"], nlp.vocab["don't"]]
    for pipeline in (nlp, lexarray.load(tmp_path / "model")):
        with ProcessPoolExecutor(1, mp_context=context, initializer=keep, initargs=(pipeline,)) as pool:
            assert list(pool.map(work, [TEXT, "more coffee"])) == [seen_by(nlp, TEXT), seen_by(nlp, "more coffee")]
            shared, norms, new, back = pool.submit(look, (nlp, nlp.vocab, words)).result()
            assert shared and norms == ["drink", "don't"] and new == "new" and back == words and back[0].vocab is back[1].vocab
    with context.Pool(1) as pool:
        assert pool.apply(seen_by, (nlp, TEXT)) == seen_by(nlp, TEXT)
