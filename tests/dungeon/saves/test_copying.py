"""`grue saves copy`: there and back, again after a break, and never over anything."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dungeon.cli import main
from dungeon.saves import copying, integrity
from dungeon.saves.copying import Outcome
from dungeon.saves.library import Library
from dungeon.saves.location import find_database
from dungeon.story import Draft, Kind
from tests.dungeon.saves import tales

DATABASES = ("sqlite", "postgresql")

Grue = Callable[..., tuple[str, str, int]]


@pytest.fixture
def grue(capfd: pytest.CaptureFixture[str]) -> Grue:
    """Run `grue saves copy`; returns its output, its messages and its exit code."""

    def run(*arguments: object) -> tuple[str, str, int]:
        code: Any = 0
        try:
            main(["saves", "copy", *map(str, arguments)])
        except SystemExit as ended:
            code = ended.code or 0
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return out, err, code

    return run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with two adventures, one with a draft and earlier values."""
    path = tmp_path / "from.db"
    with Library.open(path) as library:
        first = tales.branched()
        library.create(first)
        library.keep_draft(first.id, Draft(first.head, Kind.DO, "You wait.", "Noth"))
        library.revise(first.id, memory="You keep two lighthouses.", title="Lamps")
        library.create(tales.played(30, "Clock"))
    return path


def content(where: Path | str) -> list[Any]:
    """Return everything of every adventure, as a player sees it."""
    with Library.open(where, back_up=False) as library:
        return [
            (
                library.load(each.id),
                [turn.sha256 for turn in library.load(each.id).turns.values()],
                library.draft(each.id),
                library.revisions(each.id),
            )
            for each in library.summaries()
        ]


def test_a_copy_there_and_back_is_the_same(
    source: Path, location: Path | str, tmp_path: Path, grue: Grue
) -> None:
    out, _, code = grue(source, location)
    assert code == 0
    assert "Adventures copied: 2 with 35 turns" in out
    assert content(location) == content(source)
    with Library.open(location, back_up=False) as library:
        assert library.search("clock strikes 29")
    assert grue(location, tmp_path / "back.db")[2] == 0
    assert content(tmp_path / "back.db") == content(source)
    assert integrity.check(tmp_path / "back.db").good
    assert "there already: 2" in grue(source, location)[0]


def test_a_copy_that_was_interrupted_goes_on(source: Path, location: Path | str) -> None:
    def databases() -> Any:
        return [find_database(where) for where in (source, location)]

    first = copying.copy_all(*databases())
    assert next(first).outcome is Outcome.COPIED
    first.close()
    outcomes = [each.outcome for each in copying.copy_all(*databases())]
    assert outcomes == [Outcome.SAME, Outcome.COPIED]
    assert content(location) == content(source)


def test_nothing_is_overwritten(source: Path, location: Path | str, grue: Grue) -> None:
    grue(source, location)
    with Library.open(source) as library:
        played = library.load(library.summaries()[0].id)
        library.append(played.id, tales.following(played.head), expected_head=played.head)
    before = content(location)
    _, err, code = grue(source, location)
    assert code == 1
    assert f"{played.id}  {played.title}: not copied: there already, with other content" in err
    assert "Adventures not copied: 1" in err
    assert content(location) == before


def test_a_damaged_adventure_is_left_out(source: Path, location: Path | str, grue: Grue) -> None:
    data = source.read_bytes()
    source.write_bytes(data.replace(b"strikes 7 times", b"strikes 8 times"))
    _, err, code = grue(source, location)
    assert (code, err.count("not copied: damaged")) == (1, 1)
    assert [adventure.title for adventure, *_ in content(location)] == ["Lamps"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere.db", "to.db"), "There is no file nowhere.db"),
        (("same.db", "same.db"), "are the same"),
        (("oracle://u:geheim@h/d", "to.db"), "oracle:// are not supported"),
    ],
)
def test_what_cannot_be_copied_is_refused(
    arguments: tuple[str, str], sentence: str, grue: Grue, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    _, err, code = grue(*arguments)
    assert (code, sentence in err, "geheim" in err) == (2, True, False)
    assert not list(tmp_path.glob("*.db"))


def test_another_players_adventure_is_not_touched(
    source: Path, postgresql: Any, grue: Grue, monkeypatch: pytest.MonkeyPatch
) -> None:
    grue(source, postgresql.url)
    monkeypatch.setenv("GRUE_PLAYER", "Bob")
    _, err, code = grue(source, postgresql.url)
    assert (code, err.count("another player has an adventure of this id")) == (1, 2)
    assert content(postgresql.url) == []
