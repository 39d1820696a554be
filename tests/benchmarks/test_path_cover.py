import subprocess
import sys
from pathlib import Path

from benchmarks.path_cover import Account, scraped_in_2019, ways_through
from corpus_scraper.documents.paths import normalise_graph
from tests.corpus_scraper.graphs import graph

STORY = normalise_graph(
    graph(
        {"a": "Start.", "b": "Left.", "c": "Right.", "d": "Both ways lead here.", "e": "Cellar."},
        ("a", "b", "go left"),
        ("a", "c", "go right"),
        ("b", "d", "go on"),
        ("c", "d", "go on"),
        ("c", "e", "go down"),
        ("d", "a", "go back"),
    )
)


def test_the_scraper_of_2019_lost_what_it_had_seen() -> None:
    assert scraped_in_2019(STORY) == {
        "a": ["b", "c"],
        "b": ["d"],
        "c": [None, "e"],
        "d": [None],
        "e": [],
    }


def test_its_builder_stopped_where_the_first_branch_was_lost() -> None:
    sizes = dict.fromkeys("abcde", 1)
    assert list(ways_through(scraped_in_2019(STORY), "a", sizes)) == [
        (3, ["a", "b", "d"]),
        (2, ["a", "c"]),
    ]


def test_every_way_ends_where_it_comes_round() -> None:
    tree = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": ["a"], "e": []}
    ways = [way for _, way in ways_through(tree, "a", dict.fromkeys("abcde", 1))]
    assert ways == [["a", "b", "d"], ["a", "c", "d"], ["a", "c", "e"]]
    assert list(ways_through(tree, "gone", {})) == []


def test_an_account_of_a_story() -> None:
    account = Account()
    account.add(STORY, context=400)
    assert account.told.coverage == account.told.exposure == 1.0
    assert account.passages_2019 == 4
    assert account.emitted_every_way > account.emitted_2019 > 0
    assert not account.is_cut


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
