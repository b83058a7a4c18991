"""Time against length for texts without a space that are made to be hard: is it linear?

    python benchmarks/tokenizer_hostile.py [--rounds 3] [--largest 4194304] [--spacy] [--plot FILE.svg]

Every family of texts is one piece again and again, from 32 kB to 4 MB of UTF-8; the last is all pieces at random. Each
call is made by a tokenizer that has seen nothing yet, so nothing is remembered. Prints nanoseconds a byte, best of the
rounds, of the processor's time, which other programs disturb less than the clock's; and the exponent of the growth from
the smallest to the largest: 1 is linear. `--spacy` adds spaCy's time from 1 kB to 32 kB; a family ends where it takes
longer than two seconds. Installs nothing.
"""

import argparse
import gc
import random
from importlib import import_module
from math import log
from time import process_time

from figures import new_figure, save

FAMILIES = {
    "brackets": "([{",
    "dots": ".",
    "quotes": '"',
    "apostrophes": "'",
    "a letter and a hyphen": "a-",
    "a.b.": "a.b.",
    "http://": "http://",
    "at signs": "a@",
    "numbers with units": "5km",
    "emoticons": ":)",
    "clitics": "'s",
    "combining marks": "e\u0301\u0323",
    "one letter": "a",
    "all of them at random": None,
}
SMALLEST = 1 << 15      # bytes
PATIENCE = 2.0          # seconds, after which spaCy is not asked for a text twice as long


def text_of(family, n_bytes):
    """A text of a family, of so many bytes of UTF-8 (or a few less)."""
    piece = FAMILIES[family]
    if piece is not None:
        return piece * (n_bytes // len(piece.encode()))
    chance, pieces, size = random.Random(n_bytes), [piece for piece in FAMILIES.values() if piece], 0
    chosen = []
    while size < n_bytes:
        chosen.append(chance.choice(pieces))
        size += len(chosen[-1].encode())
    return "".join(chosen)


def seconds(library, family, n_bytes, rounds):
    """The best processor time of some calls, each by a new tokenizer; and the number of tokens."""
    text = text_of(family, n_bytes)
    best, n_tokens = float("inf"), 0
    for _ in range(rounds):
        nlp = import_module(library).blank("en")
        nlp.max_length = 1 << 40
        nlp("The first text, which compiles the rules.")
        gc.collect()
        start = process_time()
        doc = nlp(text)
        best = min(best, process_time() - start)
        n_tokens = len(doc)
        if doc.text != text:
            raise SystemExit(f"{library} lost text of the family {family!r}, {n_bytes:,} bytes")
    return best, n_tokens


def measure_spacy(family, rounds):
    """{bytes: seconds} of spaCy, as far as that ends in reasonable time."""
    times = {}
    n_bytes = 1 << 10
    while n_bytes <= SMALLEST and (not times or max(times.values()) < PATIENCE):
        times[n_bytes] = seconds("spacy", family, n_bytes, rounds)[0]
        n_bytes *= 2
    return times


def plot(ours, theirs, path):
    """Draw seconds over bytes, a line a family; of spaCy only the family that takes it longest."""
    figure, axes = new_figure()
    marks = "o^sDvP*X<>dhp8"
    for mark, (family, times) in zip(marks, ours.items()):
        axes.loglog(list(times), list(times.values()), marker=mark, markersize=3, label=family)
    if theirs:
        family, times = max(theirs.items(), key=lambda item: max(item[1].values()))
        axes.loglog(list(times), list(times.values()), "k--", marker="x", markersize=4, label=f"spaCy 3.8: {family}")
    ticks = [1 << i for i in range(10 if theirs else 15, 23, 2)]
    axes.set_xticks(ticks, [f"{tick >> 10} kB" if tick < 1 << 20 else f"{tick >> 20} MB" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="length of a text without a space", ylabel="seconds of one core")
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, path)


def main():
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--largest", type=int, default=1 << 22, help="bytes; default: %(default)s")
    parser.add_argument("--spacy", action="store_true", help="ask spaCy, too")
    parser.add_argument("--plot", help="draw the times to this SVG file; needs matplotlib")
    arguments = parser.parse_args()
    sizes = [SMALLEST << i for i in range(0, 32) if SMALLEST << i <= arguments.largest]
    if len(sizes) < 2:
        parser.error(f"--largest must be at least {2 * SMALLEST:,}, not {arguments.largest:,}")
    ours, theirs = {}, {}
    heads = [f"{size >> 10:,} kB" for size in sizes]
    print(f"nanoseconds a byte, best of {arguments.rounds}\n\n| family | tokens a byte | {' | '.join(heads)} | exponent | ms at 32 kB |"
          + (" spaCy there |" if arguments.spacy else ""))
    print("| --- " * (len(sizes) + 4 + arguments.spacy) + "|")
    for family in FAMILIES:
        measured = {size: seconds("lexarray", family, size, arguments.rounds) for size in sizes}
        ours[family] = {size: best for size, (best, _) in measured.items()}
        exponent = log(ours[family][sizes[-1]] / ours[family][sizes[0]]) / log(sizes[-1] / sizes[0])
        cells = [f"{best / size * 1e9:.1f}" for size, best in ours[family].items()]
        row = f"| {family} | {measured[sizes[-1]][1] / sizes[-1]:.2f} | {' | '.join(cells)} | {exponent:.2f} | {ours[family][SMALLEST] * 1e3:.2f} |"
        if arguments.spacy:
            theirs[family] = times = measure_spacy(family, 1)
            last = max(times)
            row += f" {times[last]:.2f} s" + (" |" if last == SMALLEST else f" at {last >> 10} kB |")
        print(row, flush=True)
    if arguments.plot:
        plot(ours, theirs, arguments.plot)


if __name__ == "__main__":
    main()
