"""Every row of the speed and memory that lexarray must reach, beside spaCy and gensim in turn, by one command.

    python benchmarks/versus/run.py --text war-and-peace.txt --treebank en_ewt-ud-train.conllu     # half an hour
    python benchmarks/versus/run.py --quick --here --rows doc_text pickle                          # seconds

Makes a virtual environment, installs lexarray from this checkout and the peers into it (the `bench` extra), and measures
there; `--here` measures where it is run. Each group of rows has a process of its own, in which both libraries get the same
input and take turns. Writes into `--output`: results.json (all rounds, the machine, the versions), table.md and, where
matplotlib is, ratios.svg. A row that cannot run, since a file or a peer is missing, is written with the reason.
`--publish RESULTS.json` measures nothing: it puts an earlier run into docs/ and README.md, where the markers are.

Owned here: the rows and their marks. What is measured, and how, belongs to the other files of this folder.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import traceback
import venv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = ("lexarray", "spacy", "gensim", "numpy", "scipy", "cymem", "preshed", "murmurhash", "wordfreq", "matplotlib")
MARKERS = "<!-- {0}: begin -->\n", "<!-- {0}: end -->"
UNITS = {"M tokens/s": 1e6, "M types/s": 1e6, "M/s": 1e6}      # of what a row counts, in a second; all others are as they are


@dataclass(frozen=True)
class Row:
    """A line of the design's table: what it is called, and the mark that it has to reach."""

    name: str
    work: str
    peer: str
    unit: str                       # of UNITS: counted things a second; else of the figures: s, ms, B
    least: float | None = None      # the ratio, peer by ours, that must be reached
    most: float | None = None       # our own figure, in `unit`, that must not be passed

    def mark(self):
        """The mark in words."""
        said = [f"{self.least:g}x"] if self.least is not None else []
        return " and ".join(said + ([f"at most {self.most:g} {self.unit}"] if self.most is not None else []))


ROWS = {row.name: row for row in (
    Row("import", "`import lexarray`, beside `import numpy`", "NumPy", "ms", least=round(1 / 1.5, 2)),
    Row("import_blank", '`import lexarray` and `lexarray.blank("en")`, beside `import numpy`', "NumPy", "ms", least=round(1 / 1.5, 2)),
    Row("warm_text", "tokenize English, warm, one thread: the text, lines joined", "spaCy", "M tokens/s", least=15),
    Row("warm_treebank", "tokenize English, warm, one thread: the treebank", "spaCy", "M tokens/s", least=15),
    Row("new", "tokenize, every word new: words of five languages", "spaCy", "M types/s", least=10),
    Row("new_invented", "tokenize, every word new: made-up words", "spaCy", "M types/s", least=10),
    Row("threads", "two threads against one: the treebank", "one thread", "M tokens/s", least=1.7),
    Row("hostile", "32 kB without a space, our slowest family; spaCy, stopped after 10 s, at least", "spaCy", "ms", most=5),
    Row("two_tokens", "a two-token Doc", "spaCy", "B", most=600),
    Row("one_more", "one more token in a Doc", "spaCy", "B", most=128),
    Row("type", "a word type, the tokenizer's cache included", "spaCy", "B", most=200),
    Row("doc_build", "`Doc(vocab, words, spaces)`", "spaCy", "M tokens/s", least=2),
    Row("doc_text", "`doc.text`", "spaCy", "M tokens/s", least=5),
    Row("doc_to_array", "`doc.to_array` of four columns", "spaCy", "M tokens/s", least=2),
    Row("doc_lower", "`[t.lower_ for t in doc if t.is_alpha]`", "spaCy", "M tokens/s", least=1.3),
    Row("doc_slices", "`doc[i:i+5]`", "spaCy", "M/s", least=2),
    Row("doc_bin_write", "DocBin: write", "spaCy", "M tokens/s", least=4),
    Row("doc_bin_read", "DocBin: read", "spaCy", "M tokens/s", least=2),
    Row("doc_bin_size", "DocBin: a token", "spaCy", "B", least=1),
    Row("pickle", "pickle of an 8-token Doc", "spaCy", "B", most=1000),
    Row("word2vec_text", "load word2vec text, all cores", "gensim", "s", least=25),
    Row("word2vec_binary", "load word2vec binary", "gensim", "s", least=8),
    Row("own_file", "open own file, mapped", "gensim", "ms", most=10),
    Row("one_query", "exact top 10, one query", "gensim", "ms", least=1.2),
    Row("many_queries", "exact top 10 of 200 queries: `search` once, gensim one by one", "gensim", "ms", least=5),
    Row("one_key", "`kv[key]`", "gensim", "M/s", least=2),
    Row("many_keys", "`kv[100,000 keys]`", "gensim", "M/s", least=10),
)}


@dataclass(frozen=True)
class Settings:
    """What is measured, and how often."""

    text: str | None
    treebank: str | None
    matrix: str | None
    words: str | None
    rounds: int
    tokens: int
    types: int
    rows: int
    size: int
    wanted: frozenset = field(default_factory=frozenset)

    def file(self, option):
        """The path that an option gives; without it the row cannot run."""
        path = getattr(self, option)
        if path is None:
            raise FileNotFoundError(f"no --{option} was given")
        return path

    def table(self):
        """The table of vectors: the given one, or one of random numbers."""
        from vector_files import given_table, made_table

        return given_table(self.matrix, self.words) if self.matrix else made_table(self.rows, self.size)


# Each of these measures some rows in a process of its own. It yields (name of a row, pairs, count, note): a pair is what a
# round gave for ours and for the peer, in seconds, or in bytes where the row's unit is B; count is of the things that the
# seconds are for, 1 where the row tells the time itself.

def measure_import(settings):
    """New interpreters."""
    from tokenization import import_times

    times = import_times(settings.rounds)
    for name, ours in (("import", "import lexarray"), ("import_blank", "lexarray.blank('en')")):
        spacy = statistics.median(times[ours.replace("lexarray", "spacy")]) * 1e3
        yield name, list(zip(times[ours], times["import numpy"])), 1, f"spaCy: {spacy:,.0f} ms"


def measure_warm(settings):
    """One thread, texts that have been read before."""
    from corpora import read_texts, with_lines_joined
    from tokenization import up_to, warm_times

    for name, option in (("warm_text", "text"), ("warm_treebank", "treebank")):
        if name in settings.wanted:
            texts, count = up_to(with_lines_joined(read_texts(settings.file(option))), settings.tokens)
            yield name, warm_times(texts, settings.rounds), count, f"{len(texts):,} texts, {count:,} tokens"


def measure_new(settings):
    """Words that come once."""
    from corpora import new_words
    from tokenization import invented, new_times

    for name, stream in (("new_invented", invented), ("new", new_words)):
        if name in settings.wanted:
            pairs, learnt, _ = new_times(stream(settings.types), settings.rounds)
            yield name, pairs, learnt, f"{learnt:,} types"


def measure_threads(settings):
    """Two threads, as far as the machine has two cores to give."""
    import lexarray
    from corpora import read_texts
    from tokenization import same_by_threads, thread_times

    nlp, texts = lexarray.blank("en"), read_texts(settings.file("treebank"))
    same, count = same_by_threads(nlp, texts, 2)
    if not same:
        raise RuntimeError("two threads gave other tokens than one")
    every, quiet = thread_times(nlp, texts, 2, settings.rounds * 5)
    note = f"same output; {len(quiet)} of {len(every)} rounds had two free cores" + (", and count" if quiet else "; all count")
    yield "threads", [(two, one) for one, two in quiet or every], count, note


def measure_hostile(settings):
    """Every family; the one that takes us longest is the row."""
    from tokenization import PATIENCE, hostile_times

    name, ours, theirs, stopped = max(hostile_times(settings.rounds), key=lambda family: statistics.median(family[1]))
    yield "hostile", [(each, theirs) for each in ours], 1, f"{name}; spaCy once" + f", stopped after {PATIENCE} s" * stopped


def measure_document_memory(settings):
    """Growth of the resident size of new processes."""
    from documents import document_bytes

    two, more = zip(*(document_bytes(from_text=True) for _ in range(min(3, settings.rounds))))
    yield "two_tokens", two, 1, "resident size"
    yield "one_more", more, 1, "resident size"


def measure_type_memory(settings):
    """The same for words."""
    from documents import LIBRARIES, in_new_process
    from tokenization import bytes_of_a_type

    rounds = [[in_new_process(bytes_of_a_type, library, settings.types) for library in LIBRARIES]
              for _ in range(min(3, settings.rounds))]
    own = statistics.median(ours[1] for ours, _ in rounds)
    yield "type", [(ours[0], theirs[0]) for ours, theirs in rounds], 1, f"resident size; {own:,.0f} B by `vocab.memory()`"


def measure_documents(settings):
    """Making and reading documents of the treebank's words."""
    from documents import read_documents, work_times

    documents = read_documents(settings.file("treebank"), settings.tokens)
    count = sum(len(words) for words, _ in documents)
    times = work_times(documents, settings.rounds)
    for name in ("build", "text", "to_array", "lower", "slices"):
        yield f"doc_{name}", times[name], count, f"{len(documents):,} documents, {count:,} tokens"


def measure_doc_bin(settings):
    """Documents with every layer."""
    import lexarray
    import spacy
    from doc_bin import OurDoc, OurSpan, TheirDoc, TheirSpan, annotated, file_times
    from layers import read_documents

    documents = read_documents(settings.file("treebank"), max(1, settings.tokens // 200))
    ours = annotated(OurDoc, OurSpan, lexarray.blank("en").vocab, documents)
    theirs = annotated(TheirDoc, TheirSpan, spacy.blank("en").vocab, documents)
    count = sum(map(len, ours))
    times, sizes = file_times(ours, theirs, settings.rounds)
    note = f"{len(ours):,} documents, {count:,} tokens, every layer"
    for kind, pairs in times.items():
        yield f"doc_bin_{kind}", pairs, count, note
    yield "doc_bin_size", [[size / count for size in sizes]], 1, note


def measure_pickle(settings):
    """One document of a new pipeline."""
    from documents import pickled_bytes

    yield "pickle", [pickled_bytes()], 1, "spaCy's drags a vocabulary along, here a new one"


def measure_vector_files(settings):
    """Loads in new processes."""
    from vector_files import load_codes, load_times, write_files

    kv = settings.table()
    note = f"{len(kv):,} x {kv.vector_size}, float32"
    with tempfile.TemporaryDirectory() as folder:
        codes = load_codes(*write_files(kv, folder))
        del kv
        for name, load in (("own_file", "own file, mapped"), ("word2vec_binary", "word2vec binary"),
                           ("word2vec_text", "word2vec text")):
            if name in settings.wanted:
                rounds = load_times(*codes[load], min(3, settings.rounds) if name == "word2vec_text" else settings.rounds)
                yield name, [(ours[0], theirs[0]) for ours, theirs in rounds], 1, note


def measure_queries(settings):
    """Questions to a table in memory."""
    from vector_queries import equal_lists, make_tables, query_times

    rows = settings.table().vectors
    ours, theirs, few = make_tables(rows)
    names = {"most_similar(key), top 10": ("one_query", 1), "200 keys, top 10: search against one by one": ("many_queries", 1),
             "100,000 times kv[key]": ("one_key", 100_000), "kv[100,000 keys]": ("many_keys", 100_000)}
    note = f"{len(rows):,} x {rows.shape[1]}; {equal_lists(ours, theirs, few)} of {len(few)} lists of ten are gensim's"
    for query, pairs in query_times(ours, theirs, few, settings.rounds):
        if query in names:
            name, count = names[query]
            yield name, pairs, count, note


GROUPS = (
    (measure_import, ("import", "import_blank")),
    (measure_warm, ("warm_text",)),
    (measure_warm, ("warm_treebank",)),
    (measure_new, ("new",)),
    (measure_new, ("new_invented",)),
    (measure_threads, ("threads",)),
    (measure_hostile, ("hostile",)),
    (measure_document_memory, ("two_tokens", "one_more")),
    (measure_type_memory, ("type",)),
    (measure_documents, ("doc_build", "doc_text", "doc_to_array", "doc_lower", "doc_slices")),
    (measure_doc_bin, ("doc_bin_write", "doc_bin_read", "doc_bin_size")),
    (measure_pickle, ("pickle",)),
    (measure_vector_files, ("word2vec_text", "word2vec_binary", "own_file")),
    (measure_queries, ("one_query", "many_queries", "one_key", "many_keys")),
)


def measured(measure, settings):
    """What a group gives, in a process of its own: (name -> (pairs, count, note), why it ended early or None)."""
    found = {}
    try:
        for name, pairs, count, note in measure(settings):
            found[name] = ([tuple(map(float, pair)) for pair in pairs], count, note)
    except Exception as error:          # whatever it is, the other groups go on, and the row says why it has no figures
        traceback.print_exc()
        return found, f"{type(error).__name__}: {error}"
    return found, None


def finished(row, pairs, count, note):
    """A row with its figures: medians in the row's unit, the ratio of the medians, and that of single rounds."""
    if row.unit in UNITS:
        ours, theirs = (count / statistics.median(side) / UNITS[row.unit] for side in zip(*pairs))
        ratio = ours / theirs
    else:
        scale = 1e3 if row.unit == "ms" else 1
        ours, theirs = (statistics.median(side) * scale for side in zip(*pairs))
        ratio = theirs / ours
    ratios = [their / our for our, their in pairs]
    reached = (row.least is None or ratio >= row.least) and (row.most is None or ours <= row.most)
    return asdict(row) | {"mark": row.mark(), "ours": ours, "theirs": theirs, "ratio": ratio, "spread": [min(ratios), max(ratios)],
                          "rounds": pairs, "count": count, "note": note, "reached": reached}


def machine():
    """What the figures depend on besides the code."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    if system.startswith("Linux"):
        try:
            system = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system}"
        except OSError:                         # a system that does not say what it is called
            pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return {"cpu": cpu, "cores": os.cpu_count(), "memory": memory, "os": system, "python": platform.python_version(),
            "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None}


def versions():
    """Of what is installed; None where it is not."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    import lexarray             # a tree that was built in place is no distribution

    return found | {"lexarray": lexarray.__version__}


def commit():
    """The checkout's commit, and whether something in it has been changed since; None where git does not know."""
    def git(*arguments):
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + (" and changes" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def table(results):
    """The rows as a table in Markdown; below it what is to be known of those that are below their mark, and the machine."""
    lines = ["| work | peer | peer's figure | lexarray | ratio | spread of the ratio | mark | reached |", "| --- " * 8 + "|"]
    for row in results["rows"]:
        if "error" in row:
            lines.append(f"| {row['work']} | {row['peer']} | | | | | {row['mark']} | not run: {row['error'].replace('|', '/')} |")
            continue
        ours, theirs = (f"{figure(row[side])} {row['unit']}" for side in ("ours", "theirs"))
        low, high = map(figure, row["spread"])
        lines.append(f"| {row['work']} | {row['peer']} | {theirs} | {ours} | {figure(row['ratio'])} | {low} to {high} | {row['mark']} | "
                     f"{'yes' if row['reached'] else '**no**'} |")
    below = [row for row in results["rows"] if not row.get("reached", True)]
    if below:
        lines += ["", "Below the mark:", "", *(f"- {row['work']}: {row['note']}" for row in below)]
    place, packages = results["machine"], results["versions"]
    gigabytes = f", {place['memory'] / 2**30:.0f} GiB" if place["memory"] else ""
    loads = f", load average {place['load_average'][0]:.1f} at the start" if place["load_average"] else ""
    names = ", ".join(f"{name} {packages[name]}" for name in ("lexarray", "spacy", "gensim", "numpy") if packages[name])
    revision = f"commit {results['commit'][:12]}{results['commit'][40:]}" if results["commit"] else "no commit"
    lines += ["", f"{results['date'][:10]}, {revision}, {results['settings']['rounds']} rounds"
              f"{' of the quick kind' if results['quick'] else ''}. {place['cpu']}, {place['cores']} cores{gigabytes}{loads}; "
              f"{place['os']}; Python {place['python']}, {names}.", ""]
    return "\n".join(lines)


def figure(number):
    """A number with three digits that count, and as many more as stand before the point."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def draw(results, path):
    """The ratios of a run as bars, and the marks as lines across them."""
    sys.path.append(str(HERE.parent))
    from figures import new_figure, save

    rows = [row for row in results["rows"] if "error" not in row][::-1]
    chart, axes = new_figure()
    chart.set_size_inches(8, 0.9 + 0.26 * len(rows))
    for at, row in enumerate(rows):
        axes.barh(at, row["ratio"], color="#2a6f97" if row["reached"] else "#c8553d", height=0.7)
        axes.plot(row["spread"], [at, at], color="#333333", linewidth=0.8)
        mark = row["least"] if row["least"] is not None else row["ratio"] * row["ours"] / row["most"]
        axes.plot([mark, mark], [at - 0.42, at + 0.42], color="black", linewidth=2)
        axes.text(max(row["ratio"], row["spread"][1], mark) * 1.15, at, figure(row["ratio"]), va="center")
    axes.set_yticks(range(len(rows)), [row["work"].replace("`", "") for row in rows])
    axes.set_xscale("log")
    axes.axvline(1, color="#888888", linewidth=0.8)
    axes.margins(x=0.12, y=0.01)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    chart.supxlabel("times the peer's speed, or the peer's size by ours; upright line: the mark; thin line: single rounds",
                    fontsize="medium")
    save(chart, path)


def write(results, output):
    """results.json and table.md."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (output / "table.md").write_text(table(results), encoding="utf-8")


def publish(path):
    """Put a run into the documentation: the figures, the chart, and the table between the markers of two pages."""
    results = json.loads(Path(path).read_text(encoding="utf-8"))
    results["rows"] = [row if "error" in row else finished(ROWS[row["name"]], row["rounds"], row["count"], row["note"])
                       for row in results["rows"]]          # by today's names and marks
    draw(results, ROOT / "docs" / "images" / "ratios.svg")
    (ROOT / "docs" / "benchmarks.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for page in (ROOT / "docs" / "benchmarks.md", ROOT / "README.md"):
        text = page.read_text(encoding="utf-8")
        begin, end = (marker.format("versus") for marker in MARKERS)
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"{page}: it must have one line {begin.strip()!r} and one {end!r}")
        before, _, rest = text.partition(begin)
        page.write_text(before + begin + table(results) + end + rest.partition(end)[2], encoding="utf-8")


def measure_all(arguments):
    """Run the groups that hold wanted rows, one after another, and write what they gave after each."""
    small = arguments.quick
    shape = {"rounds": arguments.rounds or (3 if small else 7), "tokens": 20_000 if small else 200_000,
             "types": 20_000 if small else 200_000, "rows": 20_000 if small else 400_000, "size": 100}
    settings = {option: getattr(arguments, option) for option in ("text", "treebank", "matrix", "words")} | shape
    results = {"date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "commit": commit(), "quick": small,
               "machine": machine(), "versions": versions(),
               "settings": shape | {option: Path(settings[option]).name if settings[option] else None
                                    for option in ("text", "treebank", "matrix", "words")}, "rows": []}
    rows = {}
    for measure, names in GROUPS:
        wanted = frozenset(names) & frozenset(arguments.rows)
        if not wanted:
            continue
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                found, error = pool.submit(measured, measure, Settings(**settings, wanted=wanted)).result()
            except Exception as broken:         # the process itself ended
                found, error = {}, f"{type(broken).__name__}: {broken}"
        for name in wanted:
            row = ROWS[name]
            rows[name] = (finished(row, *found[name]) if name in found else
                          asdict(row) | {"mark": row.mark(), "error": error or "it gave no figures"})
        results["rows"] = [rows[name] for name in ROWS if name in rows]
        write(results, Path(arguments.output))
        for name in sorted(wanted, key=list(ROWS).index):
            row = rows[name]
            print(f"{name:16} " + (f"not run: {row['error']}" if "error" in row else
                  f"{figure(row['theirs']):>9} {figure(row['ours']):>9} {row['unit']:11} ratio {figure(row['ratio']):>7}  mark {row['mark']}: "
                  f"{'reached' if row['reached'] else 'NOT reached'}"), flush=True)
    try:
        draw(results, Path(arguments.output) / "ratios.svg")
    except SystemExit as error:                 # which says that matplotlib is missing
        print(error, file=sys.stderr)
    print(f"\n{table(results)}\nwritten into {arguments.output}")


def install(folder):
    """A virtual environment with lexarray from this checkout, and the peers; its Python."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{ROOT}[bench]"], check=True)
    return python


def main():
    """Read the arguments; measure here, or in an environment that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", default=os.environ.get("LEXARRAY_BENCH_TEXT"), help="English text; default: $LEXARRAY_BENCH_TEXT")
    parser.add_argument("--treebank", default=os.environ.get("LEXARRAY_BENCH_TREEBANK"),
                        help="English CoNLL-U file; default: $LEXARRAY_BENCH_TREEBANK")
    parser.add_argument("--matrix", help="vectors, a .npy file; default: random ones")
    parser.add_argument("--words", help="their words, the column `index` of a Parquet file; goes with --matrix")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=tuple(ROWS), metavar="NAME", help=f"of {', '.join(ROWS)}; default: all")
    parser.add_argument("--rounds", type=int, help="default: 7; with --quick: 3")
    parser.add_argument("--quick", action="store_true", help="a tenth of the tokens and types, a twentieth of the vectors")
    parser.add_argument("--output", default=str(ROOT / "build" / "versus"), help="folder for the results; default: build/versus")
    parser.add_argument("--here", action="store_true", help="install nothing; measure with the Python that runs this")
    parser.add_argument("--environment", default=str(ROOT / "build" / "versus-environment"),
                        help="folder of the virtual environment, which is kept; default: build/versus-environment")
    parser.add_argument("--publish", metavar="RESULTS.json", help="measure nothing; put these results into docs/ and README.md")
    arguments = parser.parse_args()
    if (arguments.matrix is None) != (arguments.words is None):
        parser.error("--matrix and --words go together")
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error(f"--rounds {arguments.rounds}: there must be one at least")
    for option in ("text", "treebank", "matrix", "words"):
        path = getattr(arguments, option)
        if path is not None and not Path(path).is_file():
            parser.error(f"--{option} {path}: there is no such file")
    if arguments.publish:
        publish(arguments.publish)
    elif arguments.here:
        measure_all(arguments)
    else:
        python = install(Path(arguments.environment))
        sys.exit(subprocess.run([python, __file__, *sys.argv[1:], "--here"]).returncode)


if __name__ == "__main__":
    main()
