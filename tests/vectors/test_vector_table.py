"""The owner of a table of vectors: keys, changes, attributes, and what other threads see of them."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lexarray.errors import KeyCollisionError
from lexarray.strings import get_string_id
from lexarray.threads import in_ranges
from lexarray.vectors import KeyedVectors
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.vector_table import Snapshot



def make(rows, dtype=np.float32):
    kv = KeyedVectors(len(rows[0]), dtype=dtype)
    kv.add_vectors([f"k{i}" for i in range(len(rows))], rows)
    return kv


# ---- keys ----

@given(st.lists(st.text(max_size=6), max_size=60), st.lists(st.text(max_size=6), max_size=20))
def test_keys_against_a_dict(texts, others):
    keys, twin = KeyTable(), {}
    for text in texts:
        if text in twin:
            assert keys.add(text) == -1 - twin[text]
        else:
            assert keys.add(text) == len(twin)
            twin[text] = len(twin)
    keys.check()
    assert list(keys) == list(twin) and len(keys) == len(twin)
    sought = [*others, *texts]
    assert keys.rows(sought).tolist() == [twin.get(text, -1) for text in sought]
    assert [keys.index(text) for text in sought] == [twin.get(text, -1) for text in sought]
    assert [text in keys for text in sought] == [text in twin for text in sought]
    rows = [row for row in range(len(twin)) if row % 3 != 1][::-1]
    part = keys.subset(np.array(rows, np.int64))
    part.check()
    assert list(part) == [list(twin)[row] for row in rows]
    for n in (0, 1, len(twin) // 2, len(twin), None):
        again = KeyTable.from_arrays(*keys.arrays(n))
        again.check()
        assert list(again) == list(twin)[:n]


def test_the_first_arrays_of_keys_that_grow():
    keys = KeyTable()
    for i in range(2000):
        keys.add(f"w{i}")
    text, offsets, hashes, slots = keys.arrays(700)
    for i in range(2000, 5000):
        keys.add(f"w{i}")
    first = KeyTable.from_arrays(text, offsets, hashes, slots)
    first.check()
    assert list(first) == [f"w{i}" for i in range(700)] and first.index("w700") == -1
    assert hashes.tolist() == [get_string_id(f"w{i}") for i in range(700)]


def test_keys_say_what_is_wrong():
    keys = KeyTable.of(["a", "b"])
    with pytest.raises(ValueError, match="'a' comes twice"):
        KeyTable.of(["a", "a"])
    for use in (lambda: keys.add(1), lambda: keys.index(b"a"), lambda: keys.rows(["a", None]), lambda: 1 in keys):
        with pytest.raises(TypeError, match="a key is a str"):
            use()
    for row in (-1, 2):
        with pytest.raises(IndexError):
            keys[row]
        with pytest.raises(IndexError):
            keys.subset(np.array([row]))
    with pytest.raises(ValueError, match="comes twice"):
        keys.subset(np.array([0, 0]))
    for n in (-1, -2**60):
        with pytest.raises(ValueError):
            keys.reserve(n)
    with pytest.raises(OverflowError, match="at most"):
        keys.reserve(2**40)
    text, offsets, hashes, slots = keys.arrays()
    for arrays in ((text, offsets[1:], hashes, slots), (text, offsets, hashes, slots[:2]), (text, offsets, hashes, slots[:3]),
                   (text, offsets.astype(np.uint8), hashes, slots), (text, offsets, hashes[:, None], slots),
                   (text, offsets, hashes, np.tile(slots, 2)[::2])):
        with pytest.raises(ValueError):
            KeyTable.from_arrays(*arrays)


def test_the_keys_of_a_table_are_its_own():
    kv = make([[1, 2]])
    for use in (lambda: kv.keys.add("w"), lambda: kv.keys.reserve(9),
                lambda: kv.keys.add_bytes(np.zeros(1, np.uint8), *np.zeros((2, 1), np.int64), 0)):
        with pytest.raises(TypeError, match="keys of a table"):
            use()
    assert len(kv.keys.subset(np.array([0]))) == 1


def test_strings_of_other_classes():
    class Text(str):
        def __str__(self):
            raise AssertionError("not to be called")
        __hash__ = __eq__ = __len__ = __str__

    kv = make([[1, 2], [3, 4]])
    assert kv[Text("k1")].tolist() == [3, 4] and Text("k1") in kv and kv.get_index(Text("k1")) == 1
    assert kv[np.array(["k1", "k0"])].tolist() == [[3, 4], [1, 2]]
    assert np.str_("k0") in kv.key_to_index and kv.key_to_index[np.str_("k1")] == 1
    assert kv.index_to_key.index(np.str_("k1")) == 1
    kv.add_vectors(np.array(["x", "y"]), np.ones((2, 2)))
    kv.add_vectors(["c", Text("d")], np.ones((2, 2)))
    assert list(kv) == ["k0", "k1", "x", "y", "c", "d"] and all(type(key) is str for key in kv)


def test_views_of_keys_show_what_the_table_has():
    kv = make([[1, 2], [3, 4]])
    rows, keys = kv.key_to_index, kv.index_to_key
    kv.remove("k0")
    kv["new"] = [5, 6]
    assert dict(rows) == {"k1": 0, "new": 1} and keys == ["k1", "new"] and list(rows.values()) == [0, 1]
    assert list(rows.items()) == [("k1", 0), ("new", 1)] and ("new", 1) in rows.items() and len(rows.items()) == 2
    assert keys[-1] == "new" and keys[0:2] == ["k1", "new"] and keys.count("new") == 1 and list(reversed(keys)) == ["new", "k1"]
    for row in (2, -3, 10**30):
        with pytest.raises(IndexError):
            keys[row]
    with pytest.raises(TypeError):
        keys["k1"]
    with pytest.raises(KeyError):
        rows["k0"]
    assert pickle.loads(pickle.dumps(rows)) == {"k1": 0, "new": 1} and copy.deepcopy(keys) == ["k1", "new"]
    for key in kv:                              # what is added meanwhile does not come
        kv[key + "+"] = [0, 1]
    assert len(kv) == 4


# ---- changes ----

@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(-3, 3)), max_size=30), st.booleans(),
       st.sampled_from([np.float16, np.float32, np.float64]))
def test_changes_against_a_dict(steps, with_norms, dtype):
    kv, twin, counts = KeyedVectors(2, dtype=dtype), {}, {}
    if with_norms:
        kv.norms
    for i, (key, x) in enumerate(steps):
        if x == -3:
            if key in twin:
                kv.remove(key)
                del twin[key], counts[key]
        elif x == 3:
            kv.add_vectors([key, "z", key], [[i, 1], [i, 2], [i, 3]], extras={"count": [i, i, i]}, replace=i % 2)
            for k, row in ((key, [i, 3 if i % 2 and key not in twin or i % 2 else 1]), ("z", [i, 2])):
                if i % 2 or k not in twin:
                    twin[k], counts[k] = row, i
        else:
            assert kv.add_vector(key, [x, i]) == (list(twin).index(key) if key in twin else len(twin))
            twin[key] = [x, i]
            counts.setdefault(key, 0)
        assert list(kv) == list(twin) and kv.vectors.tolist() == list(twin.values())
        assert np.allclose(kv.norms, np.linalg.norm(np.array(list(twin.values())).reshape(-1, 2), axis=1), rtol=1e-3)
        if "count" in kv.expandos:
            assert kv.expandos["count"].tolist() == list(counts.values())
        kv.keys.check()
    if "count" in kv.expandos:
        kv.sort_by_descending_frequency()
        assert list(kv) == sorted(twin, key=lambda key: -counts[key])
        assert kv.vectors.tolist() == [twin[key] for key in kv]


def test_nothing_is_added_if_anything_is_wrong():
    kv = make([[1, 2], [3, 4]])
    kv.set_vecattr("k0", "count", 7)
    before = kv.vectors.tolist(), list(kv), {name: array.tolist() for name, array in kv.expandos.items()}
    for error, arguments in (
            (ValueError, (["a", "b"], [[1, 2]])), (ValueError, (["a"], [[1, 2, 3]])), (ValueError, (["a"], [["x", "y"]])),
            (ValueError, (["k0", "a"], [[9, 9], [1, np.nan]])), (ValueError, (["k0"], [[np.inf, 1]])),
            (ValueError, (["k0"], [[1e39, 1]])), (TypeError, (["a", 1.5], [[1, 2], [3, 4]])), (TypeError, (["a", None], np.ones((2, 2)))),
            (KeyError, (["a", 9], np.ones((2, 2)))), (ValueError, (["a"], [[1j, 2]])),
            (TypeError, (["k0", "n"], np.ones((2, 2)), {"count": ["x", 1]})), (TypeError, (["n"], [[1, 2]], {"count": [1.5]})),
            (ValueError, (["n"], [[1, 2]], {"weights": np.ones((1, 2))})), (ValueError, (["n"], [[1, 2]], {"weights": [1, 2]})),
            (TypeError, (["n"], [[1, 2]], {3: [1]}))):
        with pytest.raises(error):
            kv.add_vectors(*arguments, replace=True)
        assert (kv.vectors.tolist(), list(kv), {name: array.tolist() for name, array in kv.expandos.items()}) == before
    with pytest.raises(KeyError):
        kv.remove(["k0", "nothing"])
    assert list(kv) == ["k0", "k1"]


def test_keys_that_collide():
    # Two texts with one 64-bit key: the second block of the one undoes, in MurmurHash64A, how the first differs.
    one, other = "basewordtailword", '00000084=]"`\x1bP.a'
    assert get_string_id(one) == get_string_id(other)
    kv = make([[1, 2]])
    kv[one] = [3, 4]
    assert other not in kv and kv.get_index(other, -1) == -1 and kv.keys.rows([other, one]).tolist() == [-1, 1]
    for keys in (["p", other, "q"], [other]):
        with pytest.raises(KeyCollisionError, match="has the 64-bit key .* which 'basewordtailword' has already"):
            kv.add_vectors(keys, np.zeros((len(keys), 2)))
    kv.remove(one)
    with pytest.raises(KeyCollisionError):
        kv.add_vectors([other, "p", one], np.zeros((3, 2)))
    assert list(kv) == ["k0"]
    kv[other] = [5, 6]
    assert list(kv) == ["k0", other] and one not in kv


def test_rows_that_are_the_tables_own():
    kv = make([[1, 1], [2, 2]])
    kv[["k1", "k0"]] = kv.vectors
    assert kv.vectors.tolist() == [[2, 2], [1, 1]]
    kv.vectors = kv.vectors[::-1]
    assert kv.vectors.tolist() == [[1, 1], [2, 2]]


def test_lengths_beyond_squares():
    kv = make([[1e200, 1e200], [1e-200, 0], [0, 0], [5e-324, 0]], np.float64)
    assert np.allclose(kv.norms, [2**0.5 * 1e200, 1e-200, 0, 5e-324], rtol=1e-12)
    expected = [[0.5**0.5, 0.5**0.5], [1, 0], [0, 0], [1, 0]]
    assert np.allclose(kv.get_normed_vectors(), expected) and np.allclose(kv.get_vector("k1", norm=True), [1, 0])
    kv.unit_normalize_all()
    assert np.allclose(kv.vectors, expected) and np.allclose(kv.norms, [1, 1, 0, 1])
    wide = make([[3e38, 3e38], [1, 0]])
    assert wide.norms.tolist()[1] == 1 and wide.norms[0] > 3e38
    assert wide.similarity("k0", "k1") == pytest.approx(0.5**0.5)


def test_initialising_twice():
    kv = KeyedVectors(3)
    kv.norms
    kv.allocate_vecattrs(["count"], [int])
    kv.__init__(2, count=5)
    assert kv.add_vector("a", [3, 4]) == 0 and kv.norms.tolist() == [5] and dict(kv.expandos) == {}
    with pytest.raises(RuntimeError, match="initialised once"):
        kv.__init__(2)
    for arguments in ((0,), (-1,), (1.5,), ("3",), (3, -1), (3, "a"), (3, 0, np.int32), (3, 0, np.float32, "map")):
        with pytest.raises((ValueError, TypeError)):
            KeyedVectors(*arguments)


def test_half_made_objects():
    for use in (lambda: Snapshot.__new__(Snapshot), lambda: Snapshot(None, False), lambda: Snapshot()):
        with pytest.raises(TypeError):
            use()
    kv = KeyedVectors.__new__(KeyedVectors)
    assert len(kv) == 0 and kv.vectors.shape == (0, 0) and kv.norms.shape == (0,) and list(kv) == [] and "a" not in kv
    with pytest.raises(ValueError):
        kv["a"] = [1]
    keys = KeyTable.__new__(KeyTable)
    assert len(keys) == 0 and "a" not in keys and keys.add("a") == 0
    keys.check()


def test_code_of_others_while_a_table_is_changed():
    class Number(int):
        def __int__(self):
            return 10**10
        __index__ = __int__

    kv = make([[1, 2], [3, 4]])
    kv.add_vector(Number(0), [5, 6])
    assert kv.vectors.tolist() == [[5, 6], [3, 4]]

    class Value:
        def __int__(self):
            kv.remove("k0")
            return 3
        __index__ = __float__ = __int__

    kv.set_vecattr("k0", "count", 1)
    with pytest.raises(TypeError):
        kv.add_vectors(["n"], [[7, 7]], extras={"count": np.array([Value()], object)})

    class Row:
        def __array__(self, *arguments, **how):
            if "k0" in kv:
                kv.remove("k0")
            return np.array([8.0, 8.0])

    kv.add_vectors(["k1", "m"], [Row(), Row()], replace=True)
    assert list(kv) == ["k1", "m"] and kv.vectors.tolist() == [[8, 8], [8, 8]]
    kv.keys.check()


def test_arrays_that_cannot_be_written_to():
    kv = make(np.ones((50, 4)))
    kv.norms
    kv.set_vecattr("k0", "count", 3)
    buffers = []
    pickled = pickle.dumps(kv, protocol=5, buffer_callback=buffers.append)
    frozen = [bytes(buffer.raw()) for buffer in buffers]
    before = [bytes(bytearray(data)) for data in frozen]
    for change in (lambda table: table.add_vector("k0", np.zeros(4)), lambda table: table.add_vector("new", np.zeros(4)),
                   lambda table: table.set_vecattr("k1", "count", 9), lambda table: table.remove("k5"),
                   lambda table: table.unit_normalize_all(), lambda table: setattr(table, "vectors", np.zeros((50, 4)))):
        table = pickle.loads(pickled, buffers=frozen)
        assert table["k7"].tolist() == [1, 1, 1, 1] and table.get_vecattr("k0", "count") == 3
        change(table)
        table.keys.check()
        assert frozen == before


# ---- attributes ----

def test_attributes():
    kv = make([[1, 2], [3, 4], [5, 6]])
    kv.set_vecattr("k1", "count", 2**53)
    kv.set_vecattr("k2", "count", 2**53 + 1)
    kv.set_vecattr("k0", "good", True)
    kv.set_vecattr("k0", "notes", ["any", "object"])
    kv.set_vecattr(2, "weight", 0.5)
    assert {name: array.dtype.kind for name, array in kv.expandos.items()} == {"count": "i", "good": "b", "notes": "O", "weight": "f"}
    assert kv.get_vecattr("k0", "notes") == ["any", "object"] and kv.get_vecattr("k1", "notes") == 0
    for attr, value in (("count", 1.5), ("count", "x"), ("count", 2**80), ("good", 2), ("weight", "1")):
        with pytest.raises(TypeError, match=f"the attribute '{attr}' is .*, which does not hold"):
            kv.set_vecattr("k0", attr, value)
    kv.set_vecattr("k0", "count", 3.0)
    assert kv.get_vecattr("k0", "count") == 3
    for use in (lambda: kv.set_vecattr("k0", 5, 1), lambda: kv.allocate_vecattrs([5], [int])):
        with pytest.raises(TypeError, match="name of an attribute"):
            use()
    with pytest.raises(KeyError):
        kv.set_vecattr("nothing", "new", 1)
    with pytest.raises(KeyError, match="no attribute 'new'"):
        kv.get_vecattr("k0", "new")
    with pytest.raises(ValueError):
        kv.allocate_vecattrs(["p", "q"], [int])
    with pytest.raises(TypeError, match="is int64 already, not float64"):
        kv.allocate_vecattrs(["p", "count"], [int, float])
    assert "p" not in kv.expandos and "new" not in kv.expandos
    kv.sort_by_descending_frequency()
    assert list(kv) == ["k2", "k1", "k0"]
    kv.expandos["count"][0] = 5
    assert kv.get_vecattr("k2", "count") == 5
    with pytest.raises(TypeError):
        kv.expandos["x"] = 1
    with pytest.raises(KeyError, match="count"):
        make([[1]]).sort_by_descending_frequency()


# ---- snapshots and threads ----

def address(kv):
    return kv.vectors.__array_interface__["data"][0]


def test_a_snapshot_stays_what_it_is():
    kv = make(np.arange(8).reshape(4, 2))
    kv.norms
    with kv.snapshot() as table:
        before = table.vectors.copy(), table.norms.copy()
        kv["k0"] = [9, 9]
        kv["new"] = [8, 8]
        kv.unit_normalize_all()
        kv.remove("k1")
        assert len(table) == 4 and np.array_equal(table.vectors, before[0]) and np.array_equal(table.norms, before[1])
        assert table.row_of("k1") == 1 and table.rows_of(["k3", "new", 2, 4]).tolist() == [3, -1, 2, -1]
    assert len(kv) == 4 and kv.keys.index("k1") == -1


def test_readers_are_counted_for_each_matrix():
    kv = make(np.ones((100, 2)))
    at = address(kv)
    kv["k0"] = [2, 2]
    assert address(kv) == at                    # in place
    with kv.snapshot():
        kv["k0"] = [3, 3]
        moved = address(kv)
        assert moved != at
        kv["k0"] = [4, 4]
        assert address(kv) == moved             # nobody looks at the copy
    snapshot = kv.snapshot()
    snapshot.close(), snapshot.close()
    at = address(kv)
    kv["k0"] = [5, 5]
    assert address(kv) == at
    with pytest.raises(ValueError):
        with kv.snapshot():
            raise ValueError
    class Holder:
        pass
    holder = Holder()
    holder.snapshot, holder.me = kv.snapshot(), holder
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    kv["k0"] = [6, 6]
    assert gone() is None and address(kv) == at


@pytest.fixture
def hurried():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def beside(change, look, n):
    """Run `look` n times while another thread runs `change` over and over; what `look` returns."""
    done, errors = threading.Event(), []

    def work():
        try:
            while not done.is_set():
                change()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        return [look() for _ in range(n)]
    finally:
        done.set()
        thread.join()
        assert errors == []


def big(n=3000, size=16):
    rows = np.repeat(np.arange(1, n + 1, dtype=np.float32)[:, None], size, axis=1)
    kv = make(rows)
    kv.norms
    kv.add_vectors(list(kv), rows, extras={"count": np.arange(n), "number": np.arange(n)}, replace=True)
    return kv, rows


def right(table):
    """Whether rows, norms and attributes belong to their keys."""
    numbers = np.array([int(key[1:]) for key in table])
    return (np.array_equal(table.vectors[:, 0], numbers + 1) and np.array_equal(table.expandos["number"], numbers)
            and np.allclose(table.norms, (numbers + 1) * np.sqrt(table.vector_size)))


def shuffle(kv, rng=np.random.default_rng(0)):
    kv.add_vectors(list(kv), kv.vectors, extras={"count": rng.permutation(len(kv))}, replace=True)
    kv.sort_by_descending_frequency()


def test_many_keys_while_the_table_is_sorted(hurried):
    kv, rows = big()
    names = list(kv)[::2]
    expected = rows[::2]
    assert all(beside(lambda: shuffle(kv), lambda: np.array_equal(kv[names], expected), 60))


def test_copies_while_the_table_is_sorted(hurried):
    kv, _ = big(1000)
    assert all(beside(lambda: shuffle(kv), lambda: right(copy.copy(kv)), 30))
    assert all(beside(lambda: shuffle(kv), lambda: right(pickle.loads(pickle.dumps(kv))), 30))
    assert all(beside(lambda: shuffle(kv), lambda: right(kv.subset(list(kv)[::3])), 30))


def test_saving_while_keys_are_added(hurried, tmp_path):
    kv, _ = big(500)
    def add():
        n = len(kv)
        kv.add_vectors([f"k{n}"], np.full((1, 16), n + 1), extras={"count": [0], "number": [n]})
    def save():
        kv.save(tmp_path / "v")
        return right(KeyedVectors.load(tmp_path / "v"))
    assert all(beside(add, save, 30))


def test_snapshots_while_rows_are_replaced(hurried):
    kv, rows = big(2000)
    names, state = list(kv), [0]
    def change():
        state[0] ^= 1
        kv.add_vectors(names, rows * (1 + state[0]), replace=True)
    def look():
        with kv.snapshot(norms=True) as table:
            first = table.vectors[:, 0].copy(), table.norms.copy()
            factor = table.vectors[0, 0]
            sum(range(2000))
            return (np.array_equal(first[0], table.vectors[:, 0]) and np.array_equal(first[0], rows[:, 0] * factor)
                    and np.allclose(table.norms, first[0] * 4) and np.array_equal(table.norms, first[1]))
    assert all(beside(change, look, 60))


def test_parts_while_keys_of_many_bytes_are_added(hurried):
    kv = make(np.ones((50, 2)))
    kv.add_vectors([f"{i}" * 3000 for i in range(10, 40)], np.ones((30, 2)))
    names, count = list(kv), [0]
    def add():
        count[0] += 1
        if len(kv) < 3000:
            kv[f"{count[0]}-" * 2000] = [1, 1]
    assert all(beside(add, lambda: list(kv.subset(names)) == names, 60))


class Shouting(str):
    """A key whose class has ideas of its own."""

    def __hash__(self):
        raise RuntimeError("asked for its hash")

    def __eq__(self, other):
        raise RuntimeError("compared")

    def encode(self, *args):
        return b"TEA"

    def __len__(self):
        return 1


def test_many_keys_at_once_of_any_kind():
    # More than are looked up side by side, with every kind of key at the edges of that.
    words = [f"{letter}{number}" for number in range(100) for letter in ("tea", "é", "\U0001f600", "\ud800", "\0")]
    vectors = np.arange(len(words) * 3, dtype=np.float32).reshape(-1, 3)
    kv = KeyedVectors(3)
    kv.add_vectors(words, vectors)
    for n in (0, 1, 63, 64, 65, 127, 128, 129, 500, 1000):
        rows = np.random.default_rng(n).integers(0, len(words), n)                 # many come twice
        keys = [words[row] for row in rows]
        for asked in (keys, tuple(keys), iter(keys), [Shouting(key) for key in keys], [Shouting(key) if i % 3 else key for i, key in enumerate(keys)]):
            assert np.array_equal(kv[asked], vectors[rows])
        for asked in (keys, [Shouting(key) for key in keys]):
            assert kv.keys.rows(asked).tolist() == rows.tolist()
        for first, second in ((0, n - 1), (n // 2, n // 2 + 1), (n - 1, 0)):
            if n >= 2 and second < n:
                lost = list(keys)
                lost[first], lost[second] = "lost first", "lost second"
                found = kv.keys.rows(lost)
                assert np.flatnonzero(found < 0).tolist() == sorted({first, second})
                with pytest.raises(KeyError, match="lost first" if first < second else "lost second"):
                    kv[lost]
        if n:
            assert np.array_equal(kv[[*keys, int(rows[0])]][-1], vectors[rows[0]])     # a row's number among keys
            with pytest.raises(KeyError, match="'tea'"):                                # the beginning of a key is none
                kv[[*keys, "tea"]]


@given(st.integers(-5, 5), st.integers(0, 40), st.integers(1, 9), st.integers(1, 12))
def test_a_range_in_parts(first, length, threads, least):
    parts = in_ranges(lambda start, stop: (start, stop), first, first + length, threads, least)
    assert [i for start, stop in parts for i in range(start, stop)] == list(range(first, first + length))
    sizes = [stop - start for start, stop in parts]
    assert 1 <= len(parts) <= threads and max(sizes) - min(sizes) <= 1 and (len(parts) == 1 or min(sizes) >= least)


def test_copies_of_rows():
    random = np.random.default_rng(0)
    for dtype, size in ((np.float16, 7), (np.float32, 1), (np.float64, 50)):
        vectors = random.standard_normal((1000, size)).astype(dtype)
        table = KeyedVectors(size, dtype=dtype)
        table.add_vectors([f"k{i}" for i in range(1000)], vectors)
        for n in (0, 1, 2, 999, 3000):
            rows = random.integers(0, 1000, n)
            for got in (table[[f"k{row}" for row in rows]], table[rows.tolist()]):
                assert got.dtype == dtype and got.shape == (n, size) and (got == vectors[rows]).all() and got.flags.owndata
        with table.snapshot() as snapshot, pytest.raises(IndexError, match="row 1000 of a table of 1,000"):
            snapshot.vectors_at(np.append(np.zeros(2999, np.int64), 1000))
