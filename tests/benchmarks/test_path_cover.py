import subprocess
import sys
from pathlib import Path

from benchmarks.path_cover import FormatResult, paths, tree_of_2019
from corpus_scraper.documents.paths import normalise_graph
from tests.corpus_scraper.graphs import graph

STORY = normalise_graph(
    graph(
        {"a": "Start.", "b": "Left.", "c": "Right.", "d": "Both paths lead here.", "e": "Cellar."},
        ("a", "b", "go left"),
        ("a", "c", "go right"),
        ("b", "d", "go on"),
        ("c", "d", "go on"),
        ("c", "e", "go down"),
        ("d", "a", "go back"),
    )
)


def test_the_tree_of_2019_has_none_for_a_page_seen_before() -> None:
    assert tree_of_2019(STORY) == {
        "a": ["b", "c"],
        "b": ["d"],
        "c": [None, "e"],
        "d": [None],
        "e": [],
    }


def test_a_path_of_2019_ends_where_the_first_branch_is_none() -> None:
    sizes = dict.fromkeys("abcde", 1)
    assert list(paths(tree_of_2019(STORY), "a", sizes)) == [
        (3, ["a", "b", "d"]),
        (2, ["a", "c"]),
    ]


def test_every_path_ends_where_it_meets_itself() -> None:
    tree = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": ["a"], "e": []}
    found = [path for _, path in paths(tree, "a", dict.fromkeys("abcde", 1))]
    assert found == [["a", "b", "d"], ["a", "c", "d"], ["a", "c", "e"]]
    assert list(paths(tree, "gone", {})) == []


def test_the_result_of_a_story() -> None:
    result = FormatResult()
    result.add(STORY, context=400)
    assert result.measures.coverage == result.measures.exposure == 1.0
    assert result.passages_2019 == 4
    assert result.emitted_all_paths > result.emitted_2019 > 0
    assert not result.is_cut


def test_the_script_prints_a_table(tmp_path: Path) -> None:
    (tmp_path / "tale.ink").write_text("Hello.\n* Wave\n  Bye.\n", encoding="utf-8")
    (tmp_path / "broken.ink").write_text("{", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.path_cover", "--stories", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert run.stdout.splitlines()[2].startswith("| ink | 1 | ")
    assert "broken.ink, line 1" in run.stderr
