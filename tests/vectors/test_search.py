"""The best rows: exact, whatever the BLAS, the blocks and the threads, against slow twins."""

import concurrent.futures

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.vectors import kernels, search
from reference import vectors as twin

DTYPES = (np.float16, np.float32, np.float64)
SIZES = {np.float16: (6e-8, 1e-3, 1, 6e3), np.float32: (1e-44, 1e-30, 1e-18, 1, 1e30), np.float64: (1e-300, 1e-170, 1, 1e30, 1e200)}


def make_rows(seed, n, d, dtype, whole):
    """Rows with zeros, equals, multiples of others, tiny and huge ones. `whole`: small integers, whose sums are exact."""
    random = np.random.default_rng(seed)
    rows = random.integers(-2, 3, (n, d)).astype(np.float64) if whole else random.normal(size=(n, d))
    for row in range(n):
        kind = random.integers(0, 8)
        if kind == 0:
            rows[row] = 0
        elif kind in (1, 2) and row:
            rows[row] = rows[random.integers(0, row)]
        elif kind == 3:
            rows[row] *= 2 if whole else random.choice(SIZES[dtype])
    return np.ascontiguousarray(rows.astype(dtype))


def lengths_of(rows):
    norms = np.empty(len(rows), np.float64 if rows.dtype == np.float64 else np.float32)
    kernels.norms(rows, norms)
    return norms


tables = st.builds(make_rows, st.integers(0, 2**32), st.integers(0, 50), st.integers(1, 20), st.sampled_from(DTYPES),
                   st.booleans())


@given(tables)
@settings(max_examples=100)
def test_norms_and_cosines_equal_the_slow_twin(rows):
    assert np.allclose(lengths_of(rows), [twin.length(row) for row in rows.tolist()], rtol=1e-6, atol=0 if rows.dtype == np.float64 else 1e-45)
    for query in [*rows[:5], np.zeros(rows.shape[1]), np.arange(rows.shape[1]) - 1.5]:
        found = kernels.cosines(rows, query)
        assert np.allclose(found, [twin.cosine(row, query.tolist()) for row in rows.tolist()], rtol=0, atol=1e-14)
        which = np.arange(len(rows))[::-2]
        assert kernels.cosines(rows, query, which).tolist() == found[which].tolist()


@given(tables)
@settings(max_examples=60)
def test_a_cosine_does_not_depend_on_which_is_the_query(rows):
    for i in range(min(10, len(rows))):
        found = kernels.cosines(rows, rows[i])
        assert found[i] == (1.0 if rows[i].any() else 0.0)
        assert (np.abs(found) <= 1).all() and (found[~rows.any(axis=1)] == 0).all()
        for j in range(min(10, len(rows))):
            assert kernels.cosines(rows, rows[j])[i] == found[j]


@pytest.fixture(params=[(1 << 22, 256, 256, 4096, 32, 1 << 18), (4096, 3, 7, 1, 2, 8), (1, 1, 1, 1, 1, 1), (64, 2, 40, 9, 3, 64)])
def blocks(request, monkeypatch):
    names = "BLOCK_BYTES", "QUERIES_AT_ONCE", "LEAST_ROWS", "ROWS_A_THREAD", "PRODUCTS_AT_ONCE", "PRODUCT_NUMBERS"
    for name, value in zip(names, request.param, strict=True):
        monkeypatch.setattr(search, name, value)
    return request.param


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("whole", [True, False])
def test_the_best_are_those_of_a_sort_of_all(blocks, dtype, whole):
    n_checked = 0
    for seed in range(60):
        random = np.random.default_rng([seed, whole])
        n, d, q = random.integers(0, 70), random.integers(1, 24), random.integers(0, 8)
        rows = make_rows(seed, n, d, dtype, whole)
        queries = np.concatenate([rows[:3], make_rows(seed + 1, q, d, dtype, whole)]).astype(np.float64)
        k, threads = int(random.integers(0, n + 3)), random.choice([None, 1, 2, 3])
        first, last = sorted(random.integers(0, n + 1, 2).tolist())
        excluded = [np.unique(random.integers(0, n, 5)) if n and random.integers(0, 2) else None for _ in queries]
        found, scores = search.search_rows(rows, lengths_of(rows), queries, k, first, last, excluded, threads)
        assert found.shape == scores.shape == (len(queries), min(k, last - first))
        assert (found.dtype, scores.dtype) == (np.int64, np.float64)
        for i, query in enumerate(queries):
            exact = kernels.cosines(rows, query)
            out = {*range(first), *range(last, n), *([] if excluded[i] is None else excluded[i].tolist())}
            expected = twin.best(exact.tolist(), k, out)
            got = list(zip(found[i].tolist(), scores[i].tolist()))
            assert got[:len(expected)] == expected
            assert got[len(expected):] == [(-1, 0.0)] * (len(got) - len(expected))
            n_checked += 1
    assert n_checked > 120


def test_ties_of_small_whole_numbers_are_ranked_as_by_the_slow_twin():
    for seed in range(30):
        rows = make_rows(seed, 40, 3, np.float32, True)
        for query in rows[:4]:
            # Sums of small whole numbers are exact in any order: so here the twin has every last bit.
            exact = [twin.cosine(row, query.tolist()) for row in rows.tolist()]
            found, scores = search.search_rows(rows, lengths_of(rows), query[None], 12)
            assert list(zip(found[0].tolist(), scores[0].tolist())) == twin.best(exact, 12)


def test_a_large_table_over_many_blocks_and_threads(monkeypatch):
    monkeypatch.setattr(search, "ROWS_A_THREAD", 1000)
    rows = make_rows(5, 9000, 16, np.float32, False)
    norms, queries = lengths_of(rows), rows[::90].astype(np.float64)
    expected = search.search_rows(rows, norms, queries, 20)
    for i in range(0, len(queries), 9):
        assert expected[0][i].tolist() == [row for row, _ in twin.best(kernels.cosines(rows, queries[i]).tolist(), 20)]
    for threads in (1, 2, 5):
        for n_queries in (1, 7, len(queries)):
            found = search.search_rows(rows, norms, queries[:n_queries], 20, threads=threads)
            assert [array.tolist() for array in found] == [array[:n_queries].tolist() for array in expected]
    one_by_one = [search.search_rows(rows, norms, query[None], 20) for query in queries]
    assert np.concatenate([rows for rows, _ in one_by_one]).tolist() == expected[0].tolist()
    assert np.concatenate([scores for _, scores in one_by_one]).tolist() == expected[1].tolist()


def test_rows_of_a_file_need_not_be_aligned():
    rows = make_rows(3, 300, 9, np.float32, False)
    block = np.empty(rows.nbytes + 1, np.uint8)
    block[1:] = rows.view(np.uint8).ravel()
    shifted = block[1:].view(np.float32).reshape(rows.shape)
    assert not shifted.flags.aligned
    for a, b in zip(search.search_rows(rows, lengths_of(rows), rows[:5], 7),
                    search.search_rows(shifted, lengths_of(shifted), rows[:5], 7)):
        assert a.tolist() == b.tolist()


@given(tables, st.data())
@settings(max_examples=60)
def test_the_rows_above_a_cosine(rows, data):
    if not len(rows):
        return
    query = rows[data.draw(st.integers(0, len(rows) - 1))].astype(np.float64)
    exact = kernels.cosines(rows, query)
    for threshold in (*exact[:6].tolist(), -1.0, 0.0, 1.0, 0.3):
        found = search.rows_above(rows, lengths_of(rows), query, threshold)
        assert found.tolist() == np.flatnonzero(exact > threshold).tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_cosines(blocks, dtype):
    for seed in range(20):
        random = np.random.default_rng(seed)
        n, d = random.integers(0, 60), random.integers(1, 12)
        rows = make_rows(seed, n, d, dtype, bool(seed % 2))
        positive = make_rows(seed + 100, int(random.integers(1, 4)), d, dtype, True).astype(np.float64)
        negative = np.concatenate([-positive[:1], rows[:1], make_rows(seed + 200, 2, d, dtype, True)])[:random.integers(0, 5)].astype(np.float64)
        exact = search.cosine_products([kernels.cosines(rows, query) for query in positive],
                                       [kernels.cosines(rows, query) for query in negative])
        if n:
            expected = [twin.cosmul(row, positive.tolist(), negative.tolist()) for row in rows.tolist()]
            assert np.allclose(exact, expected, rtol=1e-6, atol=1e-12)
        for k in (0, 1, 5, n + 2):
            first, last = sorted(random.integers(0, n + 1, 2).tolist())
            excluded = np.unique(random.integers(0, max(n, 1), 4))
            queries, split = np.concatenate([negative, positive]), len(negative)
            question = range(split, len(queries)), range(split)
            [(found, scores)] = search.search_products(rows, lengths_of(rows), queries, [question], k, first, last, [excluded],
                                                       random.choice([None, 1, 3]))
            out = {*range(first), *range(last, n), *excluded.tolist()}
            assert list(zip(found.tolist(), scores.tolist())) == (twin.best(exact.tolist(), k, out) if n else [])


@pytest.mark.parametrize("threads", [None, 2])
def test_products_for_many_questions_at_once(blocks, threads):
    random = np.random.default_rng(6)
    rows = make_rows(6, 70, 5, np.float32, True)
    norms, queries = lengths_of(rows), rows[:20].astype(np.float64)
    questions = [(random.integers(0, 20, random.integers(1, 4)), random.integers(0, 20, random.integers(0, 3))) for _ in range(8)]
    excluded = [np.unique(np.concatenate(question)) for question in questions]
    found = search.search_products(rows, norms, queries, questions, 4, 3, 60, excluded, threads)
    assert len(found) == len(questions)
    for (positive, negative), unwanted, (best, scores) in zip(questions, excluded, found, strict=True):
        exact = search.cosine_products([kernels.cosines(rows, queries[i]) for i in positive],
                                       [kernels.cosines(rows, queries[i]) for i in negative])
        expected = twin.best(exact.tolist(), 4, {0, 1, 2, *range(60, 70), *unwanted.tolist()})
        assert list(zip(best.tolist(), scores.tolist())) == expected


@pytest.mark.parametrize("n_positive, n_negative", [(16, 0), (17, 0), (160, 0), (160, 200), (1500, 3)])
def test_products_of_many_cosines(n_positive, n_negative):
    # float32 holds no product of 130 factors of about a half, float64 none of 1,100.
    random = np.random.default_rng(n_positive)
    rows = random.normal(size=(3000, 20)).astype(np.float32)
    positive, negative = (random.normal(size=(n, 20)) for n in (n_positive, n_negative))
    positive += rows[7]
    logs = sum(np.log((1 + kernels.cosines(rows, query)) / 2) for query in positive)
    logs -= np.log(np.prod([(1 + kernels.cosines(rows, query)) / 2 for query in negative], axis=0) + 1e-6)
    queries = np.concatenate([positive, negative])
    question = np.split(np.arange(len(queries)), [n_positive])
    for threads in (1, 3):
        [(found, scores)] = search.search_products(rows, lengths_of(rows), queries, [question], 20, threads=threads)
        assert found.tolist() == np.argsort(-logs)[:20].tolist()
        assert np.allclose(scores, np.exp(logs[found]), rtol=1e-9, atol=0)
    lowest = [*range(3000)]
    [(found, scores)] = search.search_products(rows, lengths_of(rows), queries, [question], 3000)
    assert sorted(found.tolist()) == lowest and found[-1] == np.argmin(logs)


def test_a_product_of_zero_is_below_one_that_float64_cannot_hold():
    rows = np.array([[-1, 0], [0.5, 1], [0, 1], [1, 0]], np.float32)
    queries = np.array([[1.0, 0], [0, 1]])
    question = [0] * 3000 + [1] * 3000, []
    [(found, scores)] = search.search_products(rows, lengths_of(rows), queries, [question], 4)
    assert found.tolist() == [1, 2, 3, 0] and scores.tolist() == [0] * 4


def test_threads_are_no_more_than_there_is_work_for(monkeypatch):
    started = []

    class Pool(concurrent.futures.ThreadPoolExecutor):
        def __init__(self, n):
            started.append(n)
            super().__init__(n)

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(search, "ROWS_A_THREAD", 100)
    rows = make_rows(7, 1050, 3, np.float32, False)
    norms, query = lengths_of(rows), rows[:1].astype(np.float64)
    expected = search.search_rows(rows, norms, query, 5)
    cosines = kernels.cosines(rows, query[0])
    assert started == []
    for threads in (10**9, 4):
        found = search.search_rows(rows, norms, query, 5, threads=threads)
        assert [array.tolist() for array in found] == [array.tolist() for array in expected]
        assert search.all_cosines(rows, query[0], threads).tolist() == cosines.tolist()
    assert started == [10, 10, 4, 4]
    assert search.all_cosines(rows[:150], query[0], 7).tolist() == cosines[:150].tolist() and len(started) == 4
    assert search.all_cosines(rows, query[0]).tolist() == cosines.tolist()
    assert search.all_cosines(rows[:0], query[0]).tolist() == []


def test_the_collector_refuses_what_does_not_fit():
    rows = make_rows(1, 10, 4, np.float32, True)
    queries = search.scaled_queries(rows[:2])
    best = kernels.Best(rows, queries, 3)
    norms = lengths_of(rows)
    products = np.zeros((2, 10), np.float32)
    for wrong in [(products, norms[:9], 0), (products[:1], norms, 0), (products, norms, 1), (products, norms, -1)]:
        with pytest.raises(ValueError, match="does not fit"):
            best.offer(*wrong)
    bounds = np.empty((2, 10)), np.empty((2, 10))
    for wrong in [(norms[:9], 0, *bounds), (norms, 0, bounds[0][:1], bounds[1]), (norms, 0, bounds[0], bounds[1][:, :9].copy())]:
        with pytest.raises(ValueError, match="do not fit"):
            kernels.factor_bounds(products, *wrong)
    for row in (-1, 10):
        with pytest.raises(IndexError, match="10"):
            best.offer_rows(np.array([row]))
        with pytest.raises(IndexError, match="10"):
            kernels.cosines(rows, rows[0], [row])
    with pytest.raises(ValueError, match="k of at least 1"):
        kernels.Best(rows, queries, 0)
    with pytest.raises(ValueError, match="size"):
        kernels.Best(rows, queries[:, :3].copy(), 1)
    with pytest.raises(ValueError, match="excluded"):
        kernels.Best(rows, queries, 1, [None])
    with pytest.raises(MemoryError):
        kernels.Best(rows, queries, 2**62)
    with pytest.raises(ValueError, match="other queries"):
        best.merge(kernels.Best(rows, queries, 2))
    with pytest.raises(TypeError):
        best.merge(None)
    with pytest.raises(ValueError, match="not finite"):
        search.scaled_queries([[0.0, np.nan]])
    with pytest.raises(ValueError, match="shape"):
        kernels.cosines(rows, [1, 2])
    with pytest.raises(ValueError, match="contiguous"):
        kernels.cosines(rows[:, ::2], rows[0, ::2])
    with pytest.raises(TypeError, match="int64"):
        kernels.cosines(rows.astype(np.int64), rows[0])
    assert best.result()[0].tolist() == [[-1] * 3] * 2
    best.offer_rows(np.arange(10))
    expected = [[row for row, _ in twin.best(kernels.cosines(rows, row).tolist(), 3)] for row in rows[:2]]
    assert best.result()[0].tolist() == expected


@pytest.mark.parametrize("dtype, size", [(np.float16, 6e-8), (np.float32, 1e-44), (np.float32, 1e30), (np.float64, 1e-300), (np.float64, 1e300)])
def test_rows_too_short_or_too_long_for_float32_are_found(dtype, size):
    rows = make_rows(8, 400, 6, dtype, False)
    rows[333] = np.array([1, 0, 0, 0, 0, 0]) * size
    query = np.array([[2.0, 0, 0, 0, 0, 0]])
    found, scores = search.search_rows(rows, lengths_of(rows), query, 3)
    exact = kernels.cosines(rows, query[0])
    assert exact[333] == 1.0
    assert list(zip(found[0].tolist(), scores[0].tolist())) == twin.best(exact.tolist(), 3)
    assert 333 in found[0].tolist()
    assert 333 in search.rows_above(rows, lengths_of(rows), query[0], 0.9)


def test_a_collector_is_merged_with_one_for_the_same_table():
    rows = make_rows(2, 40, 4, np.float32, False)
    queries = search.scaled_queries(rows[:2])
    best = kernels.Best(rows, queries, 3)
    best.offer_rows(np.arange(20))
    for other in (rows[:30], rows[1:], rows.copy(), rows.view(np.float16), rows.astype(np.float64), rows[:0]):
        wrong = search.scaled_queries(np.ones((2, other.shape[1])))
        far = kernels.Best(other, wrong, 3)
        if len(other):
            far.offer_rows(np.arange(len(other))[-3:])
        with pytest.raises(ValueError, match="other tables: 40 x 4 and"):
            best.merge(far)
    with pytest.raises(ValueError, match="another one"):
        best.merge(best)
    rest = kernels.Best(rows[:], queries, 3)
    rest.offer_rows(np.arange(20, 40))
    best.merge(rest)
    assert best.result()[0].tolist() == search.search_rows(rows, lengths_of(rows), queries, 3)[0].tolist()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_has_cosine_0(dtype, bad):
    rows = make_rows(4, 300, 11, dtype, False)
    wrong = [0, 5, 200]
    for place, row in enumerate(wrong):
        rows[row] = 1
        rows[row, 4 * place + 1] = bad
    query = np.arange(11) - 4.0
    with np.errstate(all="ignore"):
        norms = lengths_of(rows)
        exact = kernels.cosines(rows, query)
        assert exact[wrong].tolist() == [0, 0, 0] and np.isfinite(exact).all()
        for k in (1, 7, 300):
            found, scores = search.search_rows(rows, norms, query[None], k)
            assert list(zip(found[0].tolist(), scores[0].tolist())) == twin.best(exact.tolist(), k)
            best = kernels.Best(rows, search.scaled_queries(query[None]), k)
            best.offer_rows(np.arange(300))
            assert best.result()[0].tolist() == found.tolist()
        assert search.rows_above(rows, norms, query, 0.1).tolist() == np.flatnonzero(exact > 0.1).tolist()
        assert search.rows_above(rows, norms, query, -0.1).tolist() == np.flatnonzero(exact > -0.1).tolist()
        products = search.cosine_products([exact], [])
        [(found, scores)] = search.search_products(rows, norms, query[None], [([0], [])], 9)
        assert list(zip(found.tolist(), scores.tolist())) == twin.best(products.tolist(), 9)


def test_what_is_read_only_is_not_written_to():
    rows = make_rows(4, 5, 3, np.float32, True)
    for out in (np.zeros((2, 3), np.float32), np.zeros(5, np.float32)):
        out.setflags(write=False)
        with pytest.raises(ValueError, match="read-only"):
            kernels.gather(rows, np.array([1, 2]), out) if out.ndim == 2 else kernels.norms(rows, out)
        assert not out.any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_order_of_summation_depends_on_the_length_alone(dtype):
    random = np.random.default_rng(3)
    for size in (*range(1, 35), 100, 300):
        row, query = random.normal(size=size).astype(dtype), random.normal(size=size)
        rows = np.tile(row, (7, 1))
        block = np.zeros(rows.nbytes + 1, np.uint8)
        block[1:] = rows.view(np.uint8).ravel()
        scores = [*kernels.cosines(rows, query), *kernels.cosines(rows[3:], query), *kernels.cosines(rows, query, [6]),
                  *kernels.cosines(block[1:].view(dtype).reshape(rows.shape), query),
                  *kernels.cosines(rows.astype(np.float64), query), *kernels.cosines(query[None], row)]
        assert len(set(scores)) == 1
        assert kernels.cosines(rows, row).tolist() == [1.0] * 7
