"""Questions to a table of vectors, against a slow twin; and while others change it."""

import inspect
import threading

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.vectors import KeyedVectors
from reference import vectors as twin

DTYPES = (np.float16, np.float32, np.float64)


def make(rows, dtype=np.float32):
    kv = KeyedVectors(len(rows[0]), dtype=dtype)
    kv.add_vectors([f"k{i}" for i in range(len(rows))], rows)
    return kv


@st.composite
def tables(draw, least=1):
    """Rows of small whole numbers, whose sums are exact: with ties, zeros, equals and multiples."""
    d = draw(st.integers(1, 5))
    row = st.lists(st.integers(-3, 3).map(float), min_size=d, max_size=d)
    rows = draw(st.lists(row, min_size=least, max_size=14))
    for _ in range(draw(st.integers(0, 4))):
        rows.append([value * draw(st.sampled_from([1.0, 2.0, -1.0, 0.0])) for value in draw(st.sampled_from(rows))])
    return make(rows, draw(st.sampled_from(DTYPES))), rows


def keys_of(kv):
    return st.sampled_from(list(kv.index_to_key))


def named(found, kv):
    return [(kv.index_to_key[row], score) for row, score in found]


@given(tables(), st.data())
@settings(max_examples=150)
def test_most_similar_to_one_key(made, data):
    kv, rows = made
    key = data.draw(keys_of(kv))
    own = kv.get_index(key)
    scores = [twin.cosine(row, rows[own]) for row in rows]
    topn = data.draw(st.integers(-1, len(rows) + 2))
    expected = named(twin.best(scores, max(0, topn), {own}), kv)
    assert kv.most_similar(key, topn=topn) == expected
    assert kv.most_similar(own, topn=topn) == expected
    assert kv.most_similar([key], topn=topn, threads=2) == expected
    assert kv.most_similar(positive=[(key, 2.5)], topn=topn) == expected
    assert kv.similar_by_key(key, topn) == kv.similar_by_word(key, topn) == expected
    assert all(type(name) is str and type(score) is float for name, score in expected)
    assert kv.most_similar(key, topn=None).tolist() == scores
    assert kv.most_similar(negative=key, topn=None).tolist() == [-score for score in scores]
    assert kv.similar_by_vector(rows[own], topn) == kv.most_similar(np.array(rows[own]), topn=topn)
    assert kv.similar_by_vector(rows[own], len(rows)) == named(twin.best(scores, len(rows)), kv)
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(rows)), st.integers(0, len(rows)))))
    out = {own, *range(first), *range(last, len(rows))}
    assert kv.most_similar(key, topn=3, clip_start=first, clip_end=last) == named(twin.best(scores, 3, out), kv)
    assert kv.most_similar(key, topn=None, clip_start=first, clip_end=last).tolist() == scores[first:last]
    out = {own, *range(last, len(rows))}
    assert kv.most_similar(key, topn=3, clip_start=1, clip_end=2, restrict_vocab=last) == named(twin.best(scores, 3, out), kv)
    among = data.draw(st.lists(keys_of(kv), max_size=6))
    chosen = [kv.get_index(name) for name in among]
    out = {own, *(row for row in range(len(rows)) if row not in chosen)}
    assert kv.most_similar(key, topn=4, among=among) == named(twin.best(scores, 4, out), kv)
    assert kv.most_similar(key, topn=None, among=iter(among)).tolist() == [scores[row] for row in chosen]


@given(tables(), st.data())
@settings(max_examples=100)
def test_most_similar_to_several(made, data):
    kv, rows = made
    item = st.one_of(keys_of(kv), st.integers(0, len(rows) - 1), st.tuples(keys_of(kv), st.sampled_from([0.5, -2.0, 0.0, 3])),
                     st.sampled_from(rows).map(np.array))
    sides = data.draw(st.lists(item, min_size=1, max_size=4)), data.draw(st.lists(item, max_size=3))
    items, given_rows = [], set()
    for side, default in zip(sides, (1.0, -1.0)):
        for one in side:
            one, weight = one if isinstance(one, tuple) else (one, default)
            if isinstance(one, np.ndarray):
                items.append((one.tolist(), weight, False))
            else:
                given_rows.add(kv.get_index(one))
                items.append((rows[kv.get_index(one)], weight, True))
    query = twin.direction(items)
    scores = kv.most_similar(*sides, topn=None)
    if twin.length(query) > 1e-6:               # else all of it is rounding
        assert np.allclose(scores, [twin.cosine(row, query) for row in rows], rtol=0, atol=1e-7)
    assert kv.most_similar(*sides, topn=5) == named(twin.best(scores.tolist(), 5, given_rows), kv)
    assert kv.most_similar(*sides, topn=5, among=kv.index_to_key) == kv.most_similar(*sides, topn=5)


@given(tables(), st.data())
@settings(max_examples=80)
def test_cosmul(made, data):
    kv, rows = made
    sides = data.draw(st.lists(keys_of(kv), min_size=1, max_size=3)), data.draw(st.lists(keys_of(kv), max_size=3))
    queries = [[rows[kv.get_index(key)] for key in side] for side in sides]
    scores = kv.most_similar_cosmul(*sides, topn=None)
    assert np.allclose(scores, [twin.cosmul(row, *queries) for row in rows], rtol=1e-9)
    given_rows = {kv.get_index(key) for side in sides for key in side}
    for topn in (0, 1, 4, 50):
        assert kv.most_similar_cosmul(*sides, topn=topn) == named(twin.best(scores.tolist(), topn, given_rows), kv)
    few = data.draw(st.integers(0, len(rows)))
    assert kv.most_similar_cosmul(*sides, topn=3, restrict_vocab=few) == named(
        twin.best(scores.tolist(), 3, {*given_rows, *range(few, len(rows))}), kv)
    assert kv.most_similar_cosmul(*sides, topn=None, restrict_vocab=few).tolist() == scores[:few].tolist()
    assert kv.most_similar_cosmul(sides[0][0]) == kv.most_similar_cosmul([kv.get_index(sides[0][0])])


@given(tables(), st.data())
@settings(max_examples=80)
def test_search(made, data):
    kv, rows = made
    keys = data.draw(st.lists(keys_of(kv), max_size=6))
    k = data.draw(st.integers(0, len(rows) + 2))
    found, scores = kv.search(keys, k, threads=data.draw(st.sampled_from([None, 1, 3])))
    assert found.shape == scores.shape == (len(keys), min(k, len(rows)))
    for i, key in enumerate(keys):
        expected = kv.most_similar(key, topn=k)
        assert named([pair for pair in zip(found[i].tolist(), scores[i].tolist()) if pair[0] >= 0], kv) == expected
        assert (found[i, len(expected):] == -1).all() and (scores[i, len(expected):] == 0).all()
    matrix = kv[keys] if keys else np.empty((0, kv.vector_size))
    found, scores = kv.search(matrix, k)
    for i in range(len(keys)):
        assert named(zip(found[i].tolist(), scores[i].tolist()), kv) == kv.similar_by_vector(matrix[i], k)
    mixed = [*keys, *map(np.array, rows[:2]), 0]
    found, _ = kv.search(mixed, k)
    for i, query in enumerate(mixed):
        assert [kv.index_to_key[row] for row in found[i] if row >= 0] == [key for key, _ in kv.most_similar([query], topn=k)]


@given(tables(), st.data())
@settings(max_examples=120)
def test_two_at_a_time(made, data):
    kv, rows = made
    a, b = data.draw(keys_of(kv)), data.draw(keys_of(kv))
    first, second = kv.get_index(a), kv.get_index(b)
    scores = [twin.cosine(row, rows[first]) for row in rows]
    assert kv.similarity(a, b) == kv.similarity(b, a) == kv.similarity(first, b) == scores[second]
    assert kv.similarity(a, a) == (1.0 if any(rows[first]) else 0.0)
    assert kv.distance(a, b) == 1 - scores[second] and type(kv.distance(a, b)) is type(kv.similarity(a, b)) is float
    assert kv.distances(a).tolist() == kv.distances(a, None).tolist() == [1 - score for score in scores]
    assert kv.distances(np.array(rows[first]), [b, first]).tolist() == [1 - scores[second], 1 - scores[first]]
    assert kv.cosine_similarities(kv[a], kv.vectors).tolist() == scores
    assert kv.cosine_similarities(np.array(rows[first]).astype(int), np.array(rows).astype(int)).tolist() == scores
    closer = [row for row in twin.closer(rows, rows[first], rows[second]) if row != first]
    assert kv.closer_than(a, b) == kv.words_closer_than(a, b) == [kv.index_to_key[row] for row in closer]
    assert kv.rank(a, b) == len(closer) + 1
    keys = data.draw(st.lists(keys_of(kv), min_size=1, max_size=5))
    assert kv.most_similar_to_given(a, keys) == max(keys, key=lambda key: scores[kv.get_index(key)])
    total = sum(score for _, score in kv.most_similar(a, topn=3))
    assert kv.relative_cosine_similarity(a, b, 3) == (scores[second] / total if total else 0.0)


@given(tables(), st.data())
@settings(max_examples=80)
def test_means(made, data):
    kv, rows = made
    keys = data.draw(st.lists(st.one_of(keys_of(kv), st.integers(0, len(rows) - 1)), min_size=1, max_size=5))
    chosen = [rows[kv.get_index(key)] for key in keys]
    weights = data.draw(st.lists(st.sampled_from([1.0, -1.0, 0.0, 2.5]), min_size=len(keys), max_size=len(keys)))
    close = {"rtol": 0, "atol": 2e-3 if kv.dtype == np.float16 else 1e-6}
    for normalize in (True, False):
        mean = twin.mean(chosen, weights, normalize)
        found = kv.get_mean_vector(keys, weights=weights, pre_normalize=normalize)
        assert found.dtype == kv.dtype and np.allclose(found, mean, **close)
        if twin.length(mean) > 1e-6:
            assert np.allclose(kv.get_mean_vector(keys, weights, normalize, True), twin.unit(mean), **close)
    assert np.array_equal(kv.get_mean_vector([*keys, "nowhere"]), kv.get_mean_vector(keys))
    others = data.draw(st.lists(keys_of(kv), min_size=1, max_size=4))
    means = [twin.mean([rows[kv.get_index(key)] for key in side], [1.0] * len(side), False) for side in (keys, others)]
    if all(twin.length(mean) > 1e-6 for mean in means):
        assert abs(kv.n_similarity(keys, others) - twin.cosine(*means)) < 1e-9
    for use_norm in (True, False):
        mean = twin.mean(chosen, [1.0] * len(keys), use_norm)
        ranked = kv.rank_by_centrality([*keys, "nowhere"], use_norm)
        assert sorted(map(str, keys)) == sorted(str(key) for _, key in ranked)
        assert [score for score, _ in ranked] == sorted([score for score, _ in ranked], reverse=True)
        if twin.length(mean) > 1e-6:
            assert all(abs(score - twin.cosine(rows[kv.get_index(key)], mean)) < 1e-9 for score, key in ranked)
    by_place = dict((key, score) for score, key in reversed(kv.rank_by_centrality(keys)))
    assert by_place[kv.doesnt_match(["nowhere", *keys])] == min(by_place.values())


def test_other_tables():
    kv = make([[1, 0], [0, 1], [1, 1], [0, 0]])
    kv.set_vecattr("k2", "count", 7)
    some = kv.subset(["k2", 0, "k2"])
    assert list(some.index_to_key) == ["k2", "k0"] and some.vectors.tolist() == [[1, 1], [1, 0]]
    assert some.get_vecattr("k2", "count") == 7 and type(some) is KeyedVectors
    assert list(kv.subset(iter([3, 1, 3, "k1", "k0"])).index_to_key) == ["k3", "k1", "k0"]
    some["k2"] = [5, 5]
    assert kv["k2"].tolist() == [1, 1]
    with pytest.raises(KeyError, match="nowhere"):
        kv.subset(["k1", "nowhere"])
    for copied in (False, True):
        some = kv.vectors_for_all(iter(["nowhere", "k3", 2, "k3"]), copy_vecattrs=copied)
        assert list(some.index_to_key) == ["k3", "k2"] and some.vectors.tolist() == [[0, 0], [1, 1]]
        assert {name: array.tolist() for name, array in some.expandos.items()} == ({"count": [0, 7]} if copied else {})
    assert len(kv.vectors_for_all([])) == len(kv.subset([])) == 0 and kv.subset([]).vector_size == 2


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_empty_table(dtype):
    kv = KeyedVectors(3, dtype=dtype)
    vector = np.ones(3)
    assert kv.most_similar(vector) == kv.similar_by_vector([1, 2, 3]) == kv.most_similar_cosmul(vector) == []
    assert kv.most_similar(vector, among=[]) == [] and kv.most_similar(vector, topn=None).tolist() == []
    assert kv.most_similar_cosmul(vector, topn=None).tolist() == kv.distances(vector).tolist() == []
    assert [array.shape for array in kv.search(vector[None])] == [(1, 0)] * 2
    assert [array.shape for array in kv.search([])] == [(0, 0)] * 2
    assert kv.get_mean_vector(["a"]).tolist() == [0, 0, 0] and kv.n_similarity(["a"], ["b"]) == 0
    with pytest.raises(KeyError, match="'a'"):
        kv.most_similar("a")


def test_zeros_are_far_from_all():
    kv = make([[0, 0], [1, 2], [-1, -2]])
    assert kv.most_similar("k0") == [("k1", 0.0), ("k2", 0.0)]
    assert kv.most_similar("k1") == [("k0", 0.0), ("k2", -1.0)]
    assert kv.most_similar(["k1", "k2"]) == [("k0", 0.0)]
    assert kv.most_similar([("k1", 0.0)]) == [("k0", 0.0), ("k2", 0.0)]
    assert (kv.similarity("k0", "k0"), kv.distance("k0", "k1"), kv.rank("k1", "k0")) == (0.0, 1.0, 1)
    assert kv.relative_cosine_similarity("k0", "k1") == 0.0
    assert kv.doesnt_match(["k1", "k0"]) == "k0"
    assert kv.get_mean_vector(["k0"], post_normalize=True).tolist() == [0, 0]


def test_any_whole_number_is_a_topn():
    kv = make([[1, 0], [0, 1], [1, 1]])
    for topn in (2, np.int64(2), np.uint8(2), 10**12, 10**30):
        assert kv.most_similar("k0", topn=topn) == [("k2", 0.7071067811865475), ("k1", 0.0)]
        assert kv.most_similar("k0", topn=topn, among=["k1"]) == [("k1", 0.0)]
        assert [key for key, _ in kv.most_similar_cosmul("k0", topn=topn)] == ["k2", "k1"]
        assert kv.search(["k0"], topn)[0].tolist()[0][:2] == [2, 1]
    assert kv.most_similar("k0", topn=-10**12) == kv.most_similar_cosmul("k0", topn=-10**30) == []
    for threads in (np.int64(2), 10**12):
        assert kv.most_similar("k0", topn=1, threads=threads) == [("k2", 0.7071067811865475)]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float32])
def test_an_array_of_numbers_is_a_vector_and_a_list_of_ints_are_rows(dtype):
    kv = make([[1, 1], [0, 1], [1, 0], [2, 1]])
    vector, same = np.array([1, 0], dtype), [1.0, 0.0]
    expected = kv.similar_by_vector(same)
    assert kv.most_similar(vector) == kv.most_similar([vector]) == expected and len(expected) == 4
    assert kv.most_similar("k1", vector) == kv.most_similar("k1", [np.array(same)])
    assert kv.most_similar_cosmul(vector) == kv.most_similar_cosmul([np.array(same)])
    assert kv.most_similar_cosmul("k1", vector) == kv.most_similar_cosmul("k1", [np.array(same)])
    assert kv.most_similar(vector[None]) == expected                       # a matrix is a list of vectors
    assert kv.most_similar([1, 0]) == kv.most_similar(["k1", "k0"])
    assert kv.most_similar_cosmul([1, 0]) == kv.most_similar_cosmul(["k1", "k0"])


def test_arguments_have_the_names_that_are_documented():
    kv = make([[1, 0], [0, 1], [1, 1]])
    assert kv.similar_by_word(word="k0", topn=1, restrict_vocab=3) == kv.similar_by_key(key="k0", topn=1)
    assert kv.words_closer_than(word1="k0", word2="k1") == kv.closer_than(key1="k0", key2="k1") == ["k2"]
    parameters = inspect.signature(KeyedVectors).parameters
    assert {name: one.default for name, one in parameters.items()} == {
        "vector_size": inspect.Parameter.empty, "count": 0, "dtype": np.float32, "mapfile_path": None}
    assert KeyedVectors(vector_size=2, count=3, dtype=np.float16, mapfile_path=None).dtype == np.float16
    with pytest.raises(ValueError, match="mapfile_path"):
        KeyedVectors(2, mapfile_path="here")


def test_sums_beyond_float64():
    kv = make([[1e308, 1e308], [1e308, -1e307], [1e308, 1e307], [0, -1]], np.float64)
    small = make([[1, 1], [1, -0.1], [1, 0.1], [0, -1e-308]], np.float64)
    keys = ["k0", "k1", "k2"]
    for normalize in (True, False):
        mean = kv.get_mean_vector(keys, pre_normalize=normalize)
        assert np.allclose(mean, small.get_mean_vector(keys, pre_normalize=normalize) * (1 if normalize else 1e308), rtol=1e-12)
        assert np.allclose(kv.get_mean_vector(keys, [1e308, 1e308, -1e308], normalize),
                           kv.get_mean_vector(keys, [1, 1, -1], normalize), rtol=1e-12)
        ours, theirs = (dict((key, score) for score, key in one.rank_by_centrality(keys, normalize)) for one in (kv, small))
        assert all(abs(ours[key] - theirs[key]) < 1e-12 for key in keys)
    assert abs(kv.n_similarity(keys, ["k0", "k0"]) - small.n_similarity(keys, ["k0", "k0"])) < 1e-12
    assert kv.doesnt_match(keys) == small.doesnt_match(keys)
    one, other = (table.most_similar([("k0", 1e300), np.array(row), np.array(row)], [np.array([0, row[1]])], topn=None)
                  for table, row in ((kv, [1.7e308, 1.7e308]), (small, [1.7e8, 1.7e8])))
    assert np.allclose(one, small.similar_by_vector([2.0, 1.0], None)) and np.isfinite(other).all()
    pytest.importorskip("scipy.optimize")
    assert np.isclose(kv.wmdistance(keys, ["k2"], norm=False), small.wmdistance(keys, ["k2"], norm=False) * 1e308)
    tiny = make(np.array(small.vectors[:3]) * 1e-300, np.float64)
    assert np.isclose(tiny.wmdistance(keys, ["k2"], norm=False), small.wmdistance(keys, ["k2"], norm=False) * 1e-300)
    with pytest.raises(OverflowError, match="too large"):
        make([[1.5e308, 1.5e308], [-1.5e308, -1.5e308]], np.float64).wmdistance(["k0"], ["k1"], norm=False)


def test_an_index_is_asked_instead():
    class Index:
        def most_similar(self, vector, topn):
            return [(vector.tolist(), vector.dtype, topn)]

    kv = make([[2, 0], [0, 1]])
    assert kv.most_similar("k0", topn=3, indexer=Index()) == [([1, 0], np.float32, 3)]
    assert kv.most_similar("k0", topn=None, indexer=Index()).tolist() == [1, 0]


def test_a_str_is_one_key_and_not_its_letters():
    kv = KeyedVectors(2)
    kv.add_vectors(["a", "b", "ab"], [[1, 0], [0, 1], [-1, 0]])
    assert kv.get_mean_vector("ab").tolist() == [-1, 0]
    assert kv.n_similarity("ab", "a") == -1 and kv.distances("a", "ab").tolist() == [2]
    assert kv.most_similar("a", among="ab") == [("ab", -1.0)]
    with pytest.raises(TypeError, match="list of keys"):
        kv.search("ab")
    with pytest.raises(TypeError, match="list of words"):
        kv.wmdistance("ab", ["a"])


@pytest.mark.parametrize("ask, error, words", [
    (lambda kv: kv.most_similar(), ValueError, "no input"),
    (lambda kv: kv.most_similar([]), ValueError, "no input"),
    (lambda kv: kv.most_similar("q"), KeyError, "'q'"),
    (lambda kv: kv.most_similar(["k0", "q"]), KeyError, "'q'"),
    (lambda kv: kv.most_similar("k0", among=["k1", "q"]), KeyError, "'q'"),
    (lambda kv: kv.most_similar("k0", among=["k1"], restrict_vocab=2), ValueError, "among"),
    (lambda kv: kv.most_similar("k0", among=["k1"], clip_start=1), ValueError, "among"),
    (lambda kv: kv.most_similar(99), KeyError, "99"),
    (lambda kv: kv.most_similar(-1), KeyError, "-1"),
    (lambda kv: kv.most_similar(1.5), TypeError, "float"),
    (lambda kv: kv.most_similar([1.5]), TypeError, "float"),
    (lambda kv: kv.most_similar([None]), TypeError, "NoneType"),
    (lambda kv: kv.most_similar("k0", topn=2.0), TypeError, "2.0"),
    (lambda kv: kv.most_similar("k0", topn=True), TypeError, "topn .* bool: True"),
    (lambda kv: kv.most_similar("k0", topn=np.bool_(True)), TypeError, "topn"),
    (lambda kv: kv.most_similar_cosmul("k0", topn=1.5), TypeError, "topn .* 1.5"),
    (lambda kv: kv.similar_by_key("k0", False), TypeError, "topn .* False"),
    (lambda kv: kv.relative_cosine_similarity("k0", "k1", None), TypeError, "topn .* None"),
    (lambda kv: kv.search(["k0"], True), ValueError, "k: .* True"),
    (lambda kv: kv.most_similar("k0", threads=True), ValueError, "threads: .* True"),
    (lambda kv: kv.search(["k0"], threads=-2), ValueError, "threads: .* -2"),
    (lambda kv: kv.most_similar(np.array([1, 0, 1])), ValueError, r"\(3,\)"),
    (lambda kv: kv.get_mean_vector([np.array([1e300, 0])]), ValueError, "too large for float32: 1e\\+300"),
    (lambda kv: kv.most_similar("k0", topn="x"), TypeError, "'x'"),
    (lambda kv: kv.most_similar("k0", threads=0), ValueError, "threads"),
    (lambda kv: kv.most_similar("k0", threads=1.5), ValueError, "1.5"),
    (lambda kv: kv.most_similar([("k0", "x")]), ValueError, "weight"),
    (lambda kv: kv.most_similar([("k0", 1, 2)]), ValueError, "weight"),
    (lambda kv: kv.most_similar([("k0", float("nan"))]), ValueError, "nan"),
    (lambda kv: kv.most_similar(np.ones(3)), ValueError, r"\(3,\)"),
    (lambda kv: kv.most_similar(np.array([1, np.inf])), ValueError, "not finite"),
    (lambda kv: kv.most_similar_cosmul(), ValueError, "no input"),
    (lambda kv: kv.most_similar_cosmul(negative=["k0"]), ValueError, "no input"),
    (lambda kv: kv.most_similar_cosmul(["q"]), KeyError, "'q'"),
    (lambda kv: kv.most_similar_cosmul([("k0", 1.0)]), TypeError, "tuple"),
    (lambda kv: kv.search(["q"]), KeyError, "'q'"),
    (lambda kv: kv.search(np.ones((2, 3))), ValueError, r"\(2, 3\)"),
    (lambda kv: kv.search(np.ones((2, 2, 2))), ValueError, r"\(2, 2, 2\)"),
    (lambda kv: kv.search(np.ones(2)), TypeError, "float"),
    (lambda kv: kv.search(np.array([[1, np.nan]])), ValueError, "not finite"),
    (lambda kv: kv.search(["k0"], -1), ValueError, "k:"),
    (lambda kv: kv.search(["k0"], 1.0), ValueError, "k:"),
    (lambda kv: kv.similarity("k0", "q"), KeyError, "'q'"),
    (lambda kv: kv.distances("q"), KeyError, "'q'"),
    (lambda kv: kv.distances("k0", ["q"]), KeyError, "'q'"),
    (lambda kv: kv.n_similarity([], ["k0"]), ZeroDivisionError, "empty"),
    (lambda kv: kv.most_similar_to_given("k0", []), ValueError, "empty"),
    (lambda kv: kv.most_similar_to_given("k0", ["q"]), KeyError, "'q'"),
    (lambda kv: kv.closer_than("q", "k0"), KeyError, "'q'"),
    (lambda kv: kv.rank("k0", "q"), KeyError, "'q'"),
    (lambda kv: kv.relative_cosine_similarity("k0", "q"), KeyError, "'q'"),
    (lambda kv: kv.doesnt_match([]), ValueError, "empty"),
    (lambda kv: kv.doesnt_match(["q"]), ValueError, "empty"),
    (lambda kv: kv.rank_by_centrality([]), ValueError, "empty"),
    (lambda kv: kv.get_mean_vector([]), ValueError, "no input"),
    (lambda kv: kv.get_mean_vector(["q"], ignore_missing=False), KeyError, "'q'"),
    (lambda kv: kv.get_mean_vector(["k0"], weights=[1, 2]), ValueError, "same number"),
    (lambda kv: kv.get_mean_vector(["k0"], weights=[np.inf]), ValueError, "finite"),
    (lambda kv: kv.get_mean_vector([("k0", 1.0)]), TypeError, "tuple"),
    (lambda kv: kv.cosine_similarities(np.ones(2), np.ones((2, 3))), ValueError, r"\(2,\)"),
])
def test_bad_questions(ask, error, words):
    with pytest.raises(error, match=words):
        ask(make([[1, 0], [0, 1]]))


def test_answers_are_right_while_others_change_the_table():
    # Each key's direction never changes, whatever row it is in and however long its vector: so every answer can be
    # checked on its own.
    random = np.random.default_rng(2)
    directions = random.integers(-3, 4, (600, 8)).astype(np.float64)
    directions[:, 0] += 10
    names = [f"k{i}" for i in range(600)]
    exact = {}
    kv = KeyedVectors(8)
    kv.add_vectors(names[:300], directions[:300])
    stop, wrong, asked = threading.Event(), [], [0] * 4

    def check(a, b, score):
        if (a, b) not in exact:
            exact[a, b] = twin.cosine(directions[int(a[1:])].tolist(), directions[int(b[1:])].tolist())
        if score != exact[a, b]:
            wrong.append((a, b, score, exact[a, b]))

    def ask(me):
        mine = np.random.default_rng(me)
        try:
            while not stop.is_set():
                a, b = (f"k{i}" for i in mine.integers(0, 50, 2))           # these are never removed
                asked[me] += 1
                found = kv.most_similar(a, topn=5, threads=1 + me % 2)
                for name, score in found:
                    check(a, name, score)
                if found != sorted(found, key=lambda pair: -pair[1]) or a in dict(found) or len(found) != 5:
                    wrong.append((a, found))
                check(a, b, kv.similarity(a, b))
                if a not in (name for name, _ in kv.similar_by_vector(directions[int(a[1:])], 40)):
                    wrong.append((a, "does not find itself"))
                for name in kv.closer_than(a, b):
                    nearer, other = (twin.cosine(*directions[[int(a[1:]), int(key[1:])]].tolist()) for key in (name, b))
                    if nearer < other - 1e-6:
                        wrong.append((a, b, name))
                some = kv.subset([b, a])
                check(a, b, some.similarity(a, b))
                found, scores = kv.search([a, b], 3)
                if (found < 0).any() or (np.diff(scores) > 0).any():
                    wrong.append((found, scores))
        except BaseException as error:
            wrong.append(error)

    def change():
        mine = np.random.default_rng(9)
        try:
            for step in range(150):
                kind = step % 5
                if kind < 2:
                    few = mine.integers(0, 600, 7)
                    kv.add_vectors([names[i] for i in few], directions[few] * 2.0 ** int(mine.integers(-3, 4)), replace=True)
                elif kind == 2:
                    kv.remove([name for name in {names[i] for i in mine.integers(50, 600, 9)} if name in kv])
                elif kind == 3:
                    for i in mine.integers(0, 50, 3):
                        kv.set_vecattr(names[i], "count", int(mine.integers(0, 99)))
                    kv.sort_by_descending_frequency()
                else:
                    kv.unit_normalize_all() if step % 2 else kv.fill_norms(force=True)
                    there = list(kv.index_to_key)
                    kv[there] = directions[[int(name[1:]) for name in there]]
        except BaseException as error:
            wrong.append(error)
        finally:
            stop.set()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)] + [threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Vectors scaled to length 1 are rounded, and so are their cosines while they are there.
    wrong = [case for case in wrong if not (isinstance(case, tuple) and len(case) == 4 and abs(case[2] - case[3]) < 1e-6)]
    assert wrong == [] and min(asked) > 0
    assert np.allclose(kv.norms, np.linalg.norm(kv.vectors, axis=1))
