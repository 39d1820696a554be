import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dungeon import lore
from dungeon.cli import main
from dungeon.files.home import Home
from dungeon.saves import backups
from dungeon.saves.library import Library
from dungeon.story import Adventure
from dungeon.transfer import grue_json, plain_text
from tests.dungeon.saves import tales


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Grue = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


@pytest.fixture
def grue(home: Home, capfd: pytest.CaptureFixture[str]) -> Grue:
    """Run `grue saves …` on the home of the test, as a user would."""

    def run(*arguments: object) -> Said:
        code: object = 0
        try:
            main(["saves", "--data-dir", str(home.root), *map(str, arguments)])
        except SystemExit as ended:
            code = ended.code or 0
        out, err = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in err
        return Said(out, err, code)

    return run


@pytest.fixture
def adventure(home: Home) -> Adventure:
    """A branched adventure that is saved."""
    saved = tales.branched()
    with Library.open(home.saves, back_up=False) as library:
        library.create(saved)
    return saved


# ── An empty home ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list"], 0),
        (["show", "abc"], 2),
        (["export", "abc"], 2),
        (["search", "lamp"], 0),
        (["check"], 0),
        (["backup"], 2),
        (["delete", "abc", "--yes"], 2),
    ],
)
def test_a_command_that_finds_nothing_makes_nothing(
    grue: Grue, home: Home, arguments: list[str], code: int
) -> None:
    said = grue(*arguments)
    assert (said.out, said.code) == ("", code)
    assert said.err
    assert not home.root.exists()


def test_an_empty_home_says_how_to_begin(grue: Grue) -> None:
    assert grue("list").err == "No adventures yet. `grue play` begins one.\n"
    assert grue("list", "--json").out == "[]\n"
    assert grue("search", "lamp", "--json").json == []
    assert grue("check", "--json").json["good"] is True


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def test_list_names_every_adventure(grue: Grue, adventure: Adventure) -> None:
    (found,) = grue("list", "--json").json
    assert (found["id"], found["title"], found["turns"]) == (adventure.id, "The Lamp", 2)
    assert found["changed"] == adventure.changed.isoformat()
    line = grue("list").out
    assert adventure.id in line
    assert "2 turns  The Lamp" in line


def test_an_adventure_is_renamed_tagged_starred_measured_and_listed_so(
    grue: Grue, adventure: Adventure
) -> None:
    prefix, changed = adventure.id[:6], grue("list", "--json").json[0]["changed"]
    assert grue("tag", prefix, "sea", "night").code == grue("favourite", prefix).code == 0
    (found,) = grue("list", "--tag", "SEA", "--json").json
    assert (found["tags"], found["favourite"]) == (["night", "sea"], True)
    assert (found["changed"], found["first_action"]) == (changed, "You count to 1.")
    assert grue("rename", prefix, "The Keeper").code == 0
    assert "The Keeper  ★ #night #sea" in grue("list", "--sort", "title").out
    assert "No adventure has the tag moor" in grue("list", "--tag", "moor").err
    assert grue("stats", prefix).out.startswith("2 turns on this line, 5 in all on 2 br")
    assert grue("stats", prefix, "--json").json["branches"] == 2
    assert grue("tag", prefix).code == grue("favourite", prefix, "--off").code == 0
    assert "★" not in grue("list").out
    for refused in (["rename", prefix, " "], ["list", "--sort", "size"], ["tag", prefix, "x" * 41]):
        assert grue(*refused).code == 2


def test_show_as_json_prints_the_whole_tree(grue: Grue, adventure: Adventure) -> None:
    shown = grue("show", adventure.id[:6], "--json").json
    assert shown["id"] == adventure.id
    assert [turn["id"] for turn in shown["turns"]] == list(adventure.turns)
    assert shown["path"] == [turn.id for turn in adventure.path()]
    for field in ("title", "scenario", "memory", "note", "head", "tip"):
        assert shown[field] == getattr(adventure, field)
    turn = shown["turns"][1]
    original = adventure.turns[turn["id"]]
    assert (turn["parent"], turn["kind"], turn["action"], turn["text"], turn["sha256"]) == (
        original.parent,
        original.kind,
        original.action,
        original.text,
        original.sha256,
    )
    assert (
        turn["provenance"].items()
        >= {
            "model": "smol@abc",
            "seed": 7,
            "prompt_tokens": 812,
            "prompt_tokens_evaluated": 44,
            "tokens": 61,
            "milliseconds": 903,
        }.items()
    )
    assert turn["provenance"]["sampling"] == original.provenance.sampling


def test_show_prints_the_transcript(grue: Grue, adventure: Adventure) -> None:
    assert grue("show", adventure.id).out == plain_text.write(adventure)


def test_an_unknown_id_is_refused(grue: Grue, adventure: Adventure) -> None:
    for command in ("show", "export", "delete"):
        said = grue(command, "zzz")
        assert said.code == 2
        assert "There is no adventure “zzz”" in said.err
        assert said.out == ""


def test_search_finds_words(grue: Grue, adventure: Adventure) -> None:
    (hit,) = grue("search", "says", "the", "dark", "--json").json
    assert (hit["adventure_id"], hit["title"]) == (adventure.id, "The Lamp")
    assert hit["turn_id"] in adventure.turns
    assert hit["copies"] == []
    assert "dark" in grue("search", "dark").out
    (other,) = grue("search", "strikes 2", "--json").json
    assert (other["number"], other["branch"], other["branches"]) == (3, 1, 2)
    said = grue("search", "strikes 2")
    place = f"{adventure.id}/{other['turn_id']}"
    assert said.out.startswith(f"{place}  The Lamp, turn 3, branch 1 of 2\n    ")
    assert said.err == f"Open one where it stands with: grue play --adventure {place}\n"
    several = grue("search", "the")
    assert several.out.count("\n    ") > 1
    assert several.err.endswith(f" {several.out.split()[0]}\n")  # the best of them
    assert grue("search", "giraffe").err == "No adventure says that.\n"
    assert "type two or more" in grue("search", "brass", "x").err
    assert grue("search", "***").code == 2


# ── Carrying away and bringing in ────────────────────────────────────────────────────────────────


def test_export_and_import_keep_a_whole_adventure(
    grue: Grue, adventure: Adventure, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "tale.json"
    assert grue("export", adventure.id, "-o", file).code == 0
    assert grue("export", adventure.id).out == file.read_text(encoding="utf-8")
    assert grue("delete", adventure.id, "--yes").code == 0
    assert grue("import", file).out == f"{adventure.id}  The Lamp\n"
    with Library.open(home.saves, back_up=False) as library:
        assert library.load(adventure.id) == adventure


def test_lore_is_imported_into_an_adventure(
    grue: Grue, home: Home, adventure: Adventure, tmp_path: Path
) -> None:
    file = tmp_path / "cards.json"
    file.write_text('[{"keys": "gate", "value": "It is shut."}]')
    refused = grue("import", file)
    assert refused.code == 2
    assert "`grue saves import --into ID FILE`" in refused.err
    added = grue("import", "--into", adventure.id[:8], file)
    assert added.code == 0
    assert "(1 lore entry added)" in added.out
    with Library.open(home.saves_location) as library:
        [entry] = lore.load(library.load(adventure.id).lore)
    assert (entry.keys, entry.content) == (("gate",), "It is shut.")


def test_an_import_never_replaces_what_is_there(
    grue: Grue, adventure: Adventure, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "tale.json"
    grue("export", adventure.id, "-o", file)
    new_id = grue("import", file).out.split()[0]
    assert new_id != adventure.id
    with Library.open(home.saves, back_up=False) as library:
        assert library.load(adventure.id) == adventure
        assert library.load(new_id).turns == adventure.turns


def test_a_transcript_goes_out_and_comes_in(
    grue: Grue, adventure: Adventure, tmp_path: Path
) -> None:
    file = tmp_path / "tale.txt"
    assert grue("export", adventure.id, "--format", "text", "-o", file).code == 0
    new_id = grue("import", file).out.split()[0]
    assert grue("export", new_id, "--format", "text").out == file.read_text(encoding="utf-8")


def test_export_replaces_a_file_only_with_force(
    grue: Grue, adventure: Adventure, tmp_path: Path
) -> None:
    file = tmp_path / "tale.json"
    file.write_text("precious")
    said = grue("export", adventure.id, "-o", file)
    assert said.code == 2
    assert "is there already" in said.err
    assert file.read_text() == "precious"
    assert grue("export", adventure.id, "-o", file, "--force").code == 0
    assert grue_json.read("x", file.read_text(encoding="utf-8")) == adventure
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "tale.json"]


def test_export_to_a_place_that_is_not_there_says_so(
    grue: Grue, adventure: Adventure, tmp_path: Path
) -> None:
    said = grue("export", adventure.id, "-o", tmp_path / "no" / "tale.json")
    assert said.code == 2
    assert "was not written" in said.err


def test_a_refused_file_does_not_keep_the_others_out(grue: Grue, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.json"
    good.write_text("> look\nA hall.")
    bad.write_text('{"format": "grue adventure", "version": NaN}')
    said = grue("import", bad, tmp_path / "missing.txt", good)
    assert said.code == 2
    assert "bad.json: NaN is no JSON number" in said.err
    assert "There is no file" in said.err
    assert said.out.endswith("  good\n")
    assert [found["title"] for found in grue("list", "--json").json] == ["good"]


# ── Keeping well ─────────────────────────────────────────────────────────────────────────────────


def test_delete_wants_a_yes(grue: Grue, adventure: Adventure, home: Home) -> None:
    said = grue("delete", adventure.id)
    assert said.code == 2
    assert "--yes" in said.err
    assert len(grue("list", "--json").json) == 1
    assert grue("delete", adventure.id[:6], "--yes").code == 0
    assert grue("list", "--json").json == []
    assert len(list(backups.folder(home.saves).iterdir())) == 1


def test_backup_says_where_it_is(grue: Grue, adventure: Adventure, home: Home) -> None:
    copy = Path(grue("backup").out.strip())
    assert copy.parent == backups.folder(home.saves)
    to = home.root / "copy.db"
    assert grue("backup", "-o", to).out == f"{to}\n"
    assert grue("backup", "-o", to).code == 2
    with Library.open(to, back_up=False) as library:
        assert library.load(adventure.id) == adventure


def test_check_finds_a_changed_turn_and_names_a_good_backup(
    grue: Grue, adventure: Adventure, home: Home
) -> None:
    assert "Adventures: 1, turns: 5, damaged: none." in grue("check").out
    backup = grue("backup").out.strip()
    turn = adventure.path()[-1]
    whole = home.saves.read_bytes()
    home.saves.write_bytes(whole.replace(b"says the dark", b"says the bark"))

    said = grue("check")
    assert said.code == 1
    assert turn.id in said.err
    assert backup in said.err
    report = grue("check", "--json").json
    assert report["good"] is False
    assert [found["turn_id"] for found in report["damaged"]] == [turn.id]
    assert report["good_backup"] == backup


def test_a_damaged_adventure_is_shown_with_a_warning(
    grue: Grue, adventure: Adventure, home: Home
) -> None:
    whole = home.saves.read_bytes()
    home.saves.write_bytes(whole.replace(b"says the dark", b"says the bark"))
    for arguments in (["show"], ["show", "--json"], ["export"], ["export", "--format", "text"]):
        said = grue(*arguments, adventure.id)
        assert said.code == 1
        assert "A lamp burns in the window." in said.out
        assert "changed on the disk" in said.err


def test_saves_that_cannot_be_read_are_a_sentence(
    grue: Grue, adventure: Adventure, home: Home
) -> None:
    home.saves.write_bytes(b"\0" * 8192)
    for arguments in (["list"], ["list", "--json"], ["show", "x"], ["check"], ["backup"]):
        said = grue(*arguments)
        assert said.code == 1
        assert said.out == ""
        assert "damaged" in said.err


def test_a_command_takes_a_data_dir_of_its_own(grue: Grue, home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    adventure = tales.opened("Elsewhere")
    with Library.open(other.saves) as library:
        library.create(adventure)
    assert grue("list", "--json").json == []
    (found,) = grue("list", "--json", "--data-dir", other.root).json
    assert found["title"] == "Elsewhere"


class Terminal(io.StringIO):
    """A player at the keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "left", "code"), [("n\n", 1, 130), ("y\n", 0, 0)])
def test_delete_asks_whoever_is_there(
    grue: Grue,
    adventure: Adventure,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    left: int,
    code: int,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    said = grue("delete", adventure.id)
    assert said.code == code
    assert "Delete “The Lamp”" in said.err
    assert len(grue("list", "--json").json) == left
