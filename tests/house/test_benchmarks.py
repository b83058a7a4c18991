"""What README and docs say of speed is what benchmarks/versus/run.py wrote: same table, same chart, every row measured."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = ROOT / "benchmarks" / "versus" / "run.py"
PAGES = ("README.md", "docs/benchmarks.md")


@pytest.fixture(scope="module")
def run():
    # The command as a module; it imports nothing but the standard library before it measures.
    spec = importlib.util.spec_from_file_location("versus_run", RUN)
    module = sys.modules["versus_run"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["versus_run"]


@pytest.fixture(scope="module")
def results():
    return json.loads((ROOT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))


def test_every_row_is_measured_once_and_has_a_mark(run):
    names = [name for _, names in run.GROUPS for name in names]
    assert sorted(names) == sorted(run.ROWS) and len(names) == len(set(names))
    for name, row in run.ROWS.items():
        assert row.name == name and row.mark() and row.work and row.peer
        assert (row.least is None) != (row.most is None)
        assert row.unit in run.UNITS or row.unit in {"s", "ms", "B"}


@pytest.mark.parametrize("page", PAGES)
def test_pages_say_what_was_measured(run, results, page):
    text = (ROOT / page).read_text(encoding="utf-8")
    begin, end = (marker.format("versus") for marker in run.MARKERS)
    assert text.count(begin) == 1 and text.count(end) == 1
    assert text.partition(begin)[2].partition(end)[0] == run.table(results)
    assert "images/ratios.svg" in text


def test_published_run_is_whole_and_follows_from_its_rounds(run, results):
    assert [row["name"] for row in results["rows"]] == list(run.ROWS) and not results["quick"]
    for row in results["rows"]:
        assert "error" not in row, row["name"]
        again = run.finished(run.ROWS[row["name"]], row["rounds"], row["count"], row["note"])
        assert json.loads(json.dumps(again)) == row
        assert row["spread"][0] <= row["spread"][1]
    assert results["machine"]["cores"] >= 1 and all(results["versions"][name] for name in ("lexarray", "spacy", "gensim", "numpy"))
    assert "/" not in json.dumps([value for value in results["settings"].values()])       # names of files, not where they were


def test_figures_of_a_row(run):
    speed = run.finished(run.ROWS["doc_text"], [(1.0, 6.0), (2.0, 8.0), (4.0, 9.0)], 8_000_000, "")
    assert (speed["ours"], speed["theirs"], speed["ratio"], speed["spread"]) == (4.0, 1.0, 4.0, [2.25, 6.0])
    assert not speed["reached"] and speed["mark"] == "5x"
    size = run.finished(run.ROWS["two_tokens"], [(600.0, 4800.0)], 1, "")
    assert (size["ours"], size["theirs"], size["ratio"], size["reached"]) == (600.0, 4800.0, 8.0, True)
    assert size["mark"] == "at most 600 B"
    time = run.finished(run.ROWS["own_file"], [(0.011, 0.3)], 1, "")
    assert time["ours"] == pytest.approx(11) and time["theirs"] == pytest.approx(300) and not time["reached"]


def test_rows_that_did_not_run_or_are_below_their_mark_say_so(run):
    row = run.ROWS["pickle"]
    missing = {"work": row.work, "peer": row.peer, "mark": row.mark(), "error": "ModuleNotFoundError: No module named 'spacy'"}
    results = {"rows": [run.finished(run.ROWS["threads"], [(1.0, 1.5)], 1, "no round had two free cores"), missing],
               "machine": {"cpu": "a processor", "cores": 2, "memory": None, "os": "a system", "python": "3.11", "load_average": None},
               "versions": dict.fromkeys(run.PACKAGES), "settings": {"rounds": 3}, "quick": True, "date": "2026-01-01T00:00", "commit": None}
    text = run.table(results)
    assert "| not run: ModuleNotFoundError: No module named 'spacy' |\n" in text
    assert "| 1.5 | 1.5 to 1.5 | 1.7x | **no** |\n" in text
    assert "Below the mark:\n\n- two threads against one: the treebank: no round had two free cores\n\n" in text
    assert "no commit, 3 rounds of the quick kind. a processor, 2 cores; a system; Python 3.11" in text


def test_a_group_that_fails_says_why_and_keeps_what_it_has(run, capsys):
    def _group(settings):
        yield "pickle", [(1, 2)], 1, "note"
        raise FileNotFoundError("no --text was given")

    assert run.measured(_group, None) == ({"pickle": ([(1.0, 2.0)], 1, "note")}, "FileNotFoundError: no --text was given")
    assert "no --text was given" in capsys.readouterr().err
