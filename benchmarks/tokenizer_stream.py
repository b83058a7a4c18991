"""A stream of ever-new words in bounded memory: resident size over time, and are documents that are kept still right?

    python benchmarks/tokenizer_stream.py [WORDS] [--max-types 1000000] [--threads 1] [--csv FILE] [--plot FILE.svg]

Streams WORDS different words (100 million) in texts of 500 through ``nlp.pipe(max_types=...)`` and keeps every 10,000th
document. For every hundredth of the stream it samples the time, the smallest and the largest resident size (from /proc,
so on Linux only) and the vocabulary's own largest count. At the end every document that was kept is compared with a
fresh vocabulary's: text, and every attribute of every word. Prints ten of the samples, and ends with status 1 if anything
is wrong.
"""

import argparse
import csv
import itertools
from pathlib import Path
from time import perf_counter

import numpy as np

import lexarray

from figures import new_figure, save

PAGE = 4096             # bytes; /proc counts in pages
WORDS = 500             # of a text
TEXTS = 200             # made at a time: 1.1 MB
KEEP = 10_000           # one document of so many is kept
READINGS = 50           # of the memory, for a sample: it rises and falls with every renewal of the words, so one is not enough
MOST = 1 << 30          # how many different words there are
LEXICAL = ("orth lower norm shape prefix suffix lang cluster prob sentiment is_alpha is_ascii is_bracket is_currency is_digit "
           "is_left_punct is_lower is_oov is_punct is_quote is_right_punct is_space is_stop is_title is_upper like_email "
           "like_num like_url orth_ lower_ norm_ shape_ prefix_ suffix_ lang_ idx whitespace_").split()

# A word is five syllables of two letters, 6 bits each: it is said by a number below 2**30, and no rule takes it apart.
SYLLABLES = np.array([[ord(consonant), ord(vowel)] for consonant in "bcdfghjklmnprstv" for vowel in "aeio"], dtype=np.uint8)
LETTERS = 2 * 5


def blocks(n_texts):
    """Texts in which no word comes twice, made many at a time: what makes them must not be what is measured.

    Args:
        n_texts (int): how many texts.

    Yields:
        str: a text.
    """
    for first in range(0, n_texts, TEXTS):
        yield from made(first, min(TEXTS, n_texts - first))


def made(first, n_texts):
    """Texts number ``first`` and on.

    Args:
        first (int): the number of the first.
        n_texts (int): how many.

    Returns:
        list[str]: the texts.
    """
    numbers = np.arange(first * WORDS, (first + n_texts) * WORDS, dtype=np.uint64)
    numbers = numbers * np.uint64(0x9E3779B1) & np.uint64(MOST - 1)         # odd, so different numbers stay different
    characters = np.full((len(numbers), LETTERS + 1), ord(" "), dtype=np.uint8)
    for i in range(LETTERS // 2):
        characters[:, 2 * i:2 * i + 2] = SYLLABLES[numbers >> np.uint64(6 * i) & np.uint64(63)]
    text = characters.tobytes().decode("ascii")
    length = WORDS * (LETTERS + 1)
    return [text[start:start + length - 1] for start in range(0, len(text), length)]


def resident():
    """Resident size of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def stream(nlp, n_texts, max_types, threads):
    """Tokenize the texts.

    Args:
        nlp (Language): the pipeline.
        n_texts (int): how many texts.
        max_types (int | None): the bound.
        threads (int): how many threads.

    Returns:
        tuple[list, dict[int, Doc], int]: samples (words, seconds, smallest and largest resident size, largest size of the
        vocabulary); the documents that were kept, by number; how many had another number of tokens than words.
    """
    kept, miscounted, samples, readings = {}, 0, [], []
    apart = max(1, n_texts // (100 * READINGS))
    due = [n_texts * percent // 100 for percent in range(100, 0, -1)]
    start = perf_counter()
    for i, doc in enumerate(nlp.pipe(blocks(n_texts), max_types=max_types, threads=threads)):
        miscounted += len(doc) != WORDS
        if i % KEEP == 0:
            kept[i] = doc
        if i % apart == 0:
            readings.append((resident(), nlp.vocab.memory()["total"]))
        if i + 1 >= due[-1]:
            sizes, vocabulary = zip(*readings)
            samples.append(((i + 1) * WORDS, perf_counter() - start, min(sizes), max(sizes), max(vocabulary)))
            due.pop()
            readings.clear()
    return samples, kept, miscounted


def wrong_words(i, doc, vocab):
    """What is not as it should be in a document that was kept.

    Args:
        i (int): its number.
        doc (Doc): the document.
        vocab (Vocab): the vocabulary of the stream, which should have forgotten the words.

    Returns:
        list[str]: the attributes that are wrong, with their words.
    """
    text = made(i, 1)[0]
    right = lexarray.blank("en")(text)
    wrong = [] if doc.text == text and len(doc) == len(right) else ["text"]
    for ours, theirs in zip(doc, right):
        wrong += [f"{theirs.text}.{name}" for name in LEXICAL if getattr(ours, name) != getattr(theirs, name)]
    return wrong + [f"{token.text} is still known" for token in right if token.text in vocab]


def plot(samples, max_types, path):
    """Draw the resident size over the words that have gone by."""
    figure, axes = new_figure()
    words = [sample[0] / 1e6 for sample in samples]
    for column, label in ((3, "largest"), (2, "smallest")):
        axes.plot(words, [sample[column] / 1e6 for sample in samples], label=f"resident size of the process, {label} of each hundredth")
    axes.plot(words, [sample[4] / 1e6 for sample in samples], label="vocabulary, largest", linestyle="--", linewidth=0.8)
    axes.set(xlabel="different words streamed, millions", ylabel="MB", xlim=(0, words[-1]), ylim=(0, None),
             title=f"nlp.pipe(texts, max_types={max_types:,})" if max_types else "nlp.pipe(texts)")
    axes.legend(frameon=False)
    save(figure, path)


def main():
    """Read the arguments, run, check and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="?", type=int, default=100_000_000, metavar="WORDS")
    parser.add_argument("--max-types", type=int, default=1_000_000, help="0: keep all words; default: %(default)s")
    parser.add_argument("--threads", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--csv", help="write all samples to this file")
    parser.add_argument("--plot", help="draw them to this SVG file; needs matplotlib")
    arguments = parser.parse_args()
    if not 100 * WORDS <= arguments.words <= MOST:
        parser.error(f"WORDS must be from {100 * WORDS:,} to {MOST:,}, not {arguments.words:,}")
    n_texts = arguments.words // WORDS
    start = perf_counter()
    for _ in blocks(n_texts):
        pass
    making = perf_counter() - start
    nlp = lexarray.blank("en")
    nlp("The first text, which compiles the rules.")
    before = resident()
    samples, kept, miscounted = stream(nlp, n_texts, arguments.max_types or None, arguments.threads)
    n_words, seconds = samples[-1][:2]
    print(f"{n_words:,} different words in {n_texts:,} texts, {arguments.threads} thread(s), max_types={arguments.max_types:,}")
    print(f"{seconds:.1f} s, {n_words / seconds / 1e6:.2f} M types/s; making the texts alone takes {making:.1f} s of that")
    print(f"\nresident before: {before / 1e6:.1f} MB\n\n| words | seconds | resident | vocabulary at most |\n| --- | --- | --- | --- |")
    for words, clock, least, most, vocabulary in samples[9::10]:
        print(f"| {words:,} | {clock:.1f} | {least / 1e6:.1f} to {most / 1e6:.1f} MB | {vocabulary / 1e6:.1f} MB |")
    largest = [most / 1e6 for _, _, _, most, _ in samples]
    print(f"\nlargest: {max(largest[:10]):.1f} MB in the first tenth, {max(largest[-10:]):.1f} MB in the last, {max(largest):.1f} MB in all")
    wrong = [(i, *found[:3]) for i, doc in kept.items() if (found := wrong_words(i, doc, nlp.vocab))]
    print(f"{len(kept)} documents kept, {len(wrong)} of them wrong {wrong[:3] or ''}; {miscounted} documents with tokens too many or too few")
    if arguments.csv:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["words", "seconds", "smallest_resident", "largest_resident", "largest_vocabulary"])
            writer.writerows(samples)
    if arguments.plot:
        plot(samples, arguments.max_types, arguments.plot)
    raise SystemExit(bool(wrong or miscounted))


if __name__ == "__main__":
    main()
