import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.formats.plugin_loader import load_plugins
from corpus_scraper.graph import Choice
from corpus_scraper.importer import ImportSummary, import_stories
from tests.corpus_scraper.formats.playing import written

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-format.md"
BLOCKS = dict(re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what installs a package with one module that declares a story format."""

    def add(module: str, code: str) -> None:
        site = tmp_path / f"site_{module}"
        metadata = site / f"{module}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (site / f"{module}.py").write_text(code, encoding="utf-8")
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(
            f"[grue.story_formats]\nrooms = {module}:FORMAT\n"
        )
        monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, module, raising=False)
        load_plugins.cache_clear()

    yield add
    load_plugins.cache_clear()


def test_the_format_of_the_documentation_reads_its_example(tmp_path: Path, install: Install):
    install("rooms_format", BLOCKS["python"])
    path = written(tmp_path / "stories", {"old_house.rooms": BLOCKS[""]})
    (story,) = formats.read(path)
    assert (story.title, story.start, story.source.parser) == ("Old house", "Hall", "rooms")
    assert story.choices == (
        Choice("Hall", "Attic", "Take the stairs"),
        Choice("Hall", "Garden", "Open the door"),
    )
    assert [passage.ending for passage in story.passages] == [False, True, True]


def test_grues_own_plugins_are_declared():
    assert {"colossal-cave", "egamebook", "endless-sky"} <= {
        each.name for each in formats.formats()
    }


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import a_library_that_is_missing", "ModuleNotFoundError: No module named"),
        ("FORMAT = 'rooms'", "TypeError: broken_rooms:FORMAT is not a Format"),
        ("", "AttributeError: module 'broken_rooms' has no attribute 'FORMAT'"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named_and_other_files_are_imported(
    code: str, reason: str, tmp_path: Path, install: Install
):
    install("broken_rooms", code)
    path = written(tmp_path / "stories", {"a.ink": "Hello.", "b.rooms": BLOCKS[""]})
    summary = ImportSummary()
    assert len(list(import_stories([path.parent], summary))) == 1
    (warning,) = summary.warnings
    assert warning.startswith("The story format rooms of the package broken_rooms cannot be ")
    assert reason in warning
    assert warning.endswith("Update or uninstall that package.")


FAILING = """
from corpus_scraper.formats.graph_builder import Format

def parse(path, root):
    {parse}

FORMAT = Format("rooms", lambda path, head: {recognises}, parse)
"""


def test_an_error_in_a_plugin_refuses_only_the_file_it_reads(tmp_path: Path, install: Install):
    code = FAILING.format(recognises="path.suffix == '.rooms'", parse="return [1 / 0]")
    install("failing_rooms", code)
    path = written(tmp_path / "stories", {"a.ink": "Hello.", "b.rooms": BLOCKS[""]})
    summary = ImportSummary()
    assert len(list(import_stories([path.parent], summary))) == 1
    assert summary.refused == [
        "b.rooms: the story format rooms failed (ZeroDivisionError: division by zero)."
    ]


def test_a_plugin_that_fails_to_recognise_a_file_is_left_out_and_named(
    tmp_path: Path, install: Install
):
    install("raising_rooms", FAILING.format(recognises="1 / 0", parse="return []"))
    path = written(tmp_path / "stories", {"b.rooms": BLOCKS[""], "c.rooms": BLOCKS[""]})
    assert formats.recognise(path) is None
    assert formats.recognise(path.with_name("c.rooms")) is None
    assert load_plugins().problems == [
        "The story format rooms of the package raising_rooms failed to recognise b.rooms "
        "(ZeroDivisionError: division by zero). Update or uninstall that package."
    ]
