"""fastText's binary models beside gensim: every vector compared, and ratios of medians, measured in turn in one run.

    python benchmarks/versus/fasttext_models.py [MODEL.bin ...] [--words 200000] [--size 100] [--rounds 5]

Installs nothing: run it where lexarray and gensim are installed (the `bench` extra). Without files it reads the
models among gensim's test data. What fastText's own Python package says is compared too, if it is installed.
"""

import argparse
import gc
import glob
import os
import random
import statistics
import struct
import sys
import tempfile
import warnings
from time import perf_counter

import gensim
import numpy as np
from gensim.models.fasttext import load_facebook_vectors as their_load
from lexarray.vectors import load_facebook_vectors as our_load

try:
    import fasttext
except ImportError:
    fasttext = None

UNSEEN = 5000
MAGIC = b"\xba\x16\x4f\x2f"


def unseen_words(n, seed):
    """Words of 1 to 20 characters, from ASCII to astral planes."""
    draw = random.Random(seed)
    alphabets = ["abcdefghij<>", "абвгдé́ß", "漢字かな", "\U0001f600\U0001f601z"]
    return ["".join(draw.choice(draw.choice(alphabets)) for _ in range(draw.randint(1, 20))) for _ in range(n)]


def compare(path):
    """Print the largest difference of any vector, for the words of a model and for unseen ones."""
    name = os.path.basename(path)
    # gensim turns bytes that are not UTF-8 into "\\x.." and says nothing; ours is told to do so.
    ours = our_load(path, unicode_errors="backslashreplace")
    unseen = [word for word in unseen_words(UNSEEN, 0) if not ours.has_index_for(word)]
    try:
        theirs = their_load(path)
    except NotImplementedError as error:
        print(f"{name}: gensim: {error}")
        theirs = None
    if theirs is not None:
        same = list(ours.index_to_key) == theirs.index_to_key
        counts = all(ours.get_vecattr(key, "count") == theirs.get_vecattr(key, "count") for key in theirs.index_to_key)
        rows = np.abs(ours.vectors - theirs.vectors).max(axis=1)
        odd = [key for key, row in zip(theirs.index_to_key, rows) if row > 1e-6]
        others = np.delete(rows, [theirs.key_to_index[key] for key in odd])
        own = np.abs(ours.vectors_vocab - theirs.vectors_vocab).max()
        infer = max(np.abs(ours[word] - theirs[word]).max() for word in unseen)
        batch = np.abs(ours[unseen] - theirs[unseen]).max()
        print(f"{name}: beside gensim: {len(ours)} words, same keys {same}, counts {counts}; largest difference: words "
              f"{others.max():.1e} (without {odd}), own rows {own:.1e}, n-grams "
              f"{np.abs(ours.vectors_ngrams - theirs.vectors_ngrams).max():.1e}, {len(unseen)} unseen words {infer:.1e}, "
              f"at once {batch:.1e}")
        words = [key for key in theirs.index_to_key[:50 + len(odd)] if key not in odd][:50] + unseen[:50]
        sentences = [words[i:i + 7] for i in range(0, len(words), 7)]
        print(f"    most_similar of {len(words)} words: {sum(same_answers(ours, theirs, word) for word in words)} the same; "
              f"sentences {max(np.abs(ours.get_sentence_vector(s) - theirs.get_sentence_vector(s)).max() for s in sentences):.1e}")
    if fasttext is not None and open(path, "rb").read(4) == MAGIC:
        model = fasttext.load_model(path)
        try:
            words = model.get_words(on_unicode_error="replace")
        except UnicodeDecodeError as error:
            print(f"    fasttext: {error}")
            return
        pairs = [(word, word) for word in words if "\ufffd" not in word and ours.has_index_for(word)]
        seen = max(np.abs(ours[word] - model.get_word_vector(word)).max() for word, _ in pairs)
        infer = max(np.abs(ours._unseen_vector(word) - model.get_word_vector(word)).max() for word in unseen
                    ) if ours.bucket else 0
        print(f"    beside fastText: {len(pairs)} of {len(ours)} words {seen:.1e}, {len(unseen)} unseen {infer:.1e}")


def same_answers(ours, theirs, word):
    """Whether the ten best scores are equal, but for what gensim's float32 sums lose."""
    mine, other = ours.most_similar(word), theirs.most_similar(word)
    return all(abs(a[1] - b[1]) < 3e-6 for a, b in zip(mine, other, strict=True))


def made_model(path, n_words, size, bucket):
    """Write a model of made-up words."""
    draw = np.random.default_rng(0)
    words = {}
    while len(words) < n_words:
        words.update(dict.fromkeys("".join(row) for row in draw.choice(list("etaoinshrdlucmfw"), (n_words, 9))))
    words = list(words)[:n_words]
    with open(path, "wb") as file:
        file.write(MAGIC + struct.pack("<i12id", 12, size, 5, 5, 5, 5, 1, 2, 2, bucket, 3, 6, 100, 1e-4))
        file.write(struct.pack("<iiiqq", n_words, n_words, 0, 10**9, -1))
        for i, word in enumerate(words):
            file.write(word.encode() + b"\0" + struct.pack("<qb", n_words - i, 0))
        file.write(b"\0" + struct.pack("<qq", n_words + bucket, size))
        for first in range(0, n_words + bucket, 10_000):
            file.write(draw.normal(size=(min(10_000, n_words + bucket - first), size)).astype("<f4").tobytes())
        file.write(b"\0" + struct.pack("<qq", n_words, size))
        file.truncate(file.tell() + n_words * size * 4)


def ratio(what, ours, theirs, rounds):
    """Print the medians of two functions, called in turn."""
    times = ([], [])
    for _ in range(rounds):
        for function, found in ((ours, times[0]), (theirs, times[1])):
            gc.collect()
            start = perf_counter()
            function()
            found.append(perf_counter() - start)
    mine, other = map(statistics.median, times)
    print(f"{what:<40} gensim {other * 1e3:10.3f} ms   lexarray {mine * 1e3:10.3f} ms   {other / mine:6.1f}x")


def peak(which, path):
    """Print by how much the resident memory of a fresh process grew at most, when it loaded a model with one of the two."""
    import subprocess
    module = "lexarray.vectors" if which == "lexarray" else "gensim.models.fasttext"
    code = (f"from {module} import load_facebook_vectors as load\n"
            f"def rss(name): return int(open('/proc/self/status').read().split(name)[1].split()[0])\n"
            f"before = rss('VmRSS:'); kv = load({path!r}); n = kv.vectors.nbytes + kv.vectors_ngrams.nbytes\n"
            f"print(f'{which}: at most {{(rss(\"VmHWM:\") - before) / 1024:,.0f}} MiB more, to load {{n / 2**20:,.0f}} MiB')")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def main():
    """Compare, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--bucket", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = os.path.join(os.path.dirname(gensim.__file__), "test", "test_data")
    for path in options.files or sorted(glob.glob(f"{folder}/*fasttext*.bin") + glob.glob(f"{folder}/toy-model*.bin")
                                        + [f"{folder}/crime-and-punishment.bin"]):
        compare(path)
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "made.bin")
        made_model(path, options.words, options.size, options.bucket)
        print(f"made: {options.words:,} words and {options.bucket:,} buckets of {options.size}, {os.path.getsize(path) >> 20:,} MiB")
        peak("gensim", path)
        peak("lexarray", path)
        ratio("load_facebook_vectors", lambda: our_load(path), lambda: their_load(path), min(3, options.rounds))
        ours, theirs = our_load(path), their_load(path)
        print(f"largest difference of a word {np.abs(ours.vectors - theirs.vectors).max():.1e}")
        unseen = unseen_words(20_000, 1)
        for what, ask in (("20,000 unseen words, one by one", lambda kv: [kv[word] for word in unseen]),
                          ("20,000 unseen words at once", lambda kv: kv[unseen]),
                          ("most_similar of an unseen word", lambda kv: kv.most_similar("unseenword"))):
            ratio(what, lambda ask=ask: ask(ours), lambda ask=ask: ask(theirs), options.rounds)


if __name__ == "__main__":
    main()
