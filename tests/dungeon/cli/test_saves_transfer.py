"""Test what `grue saves import` does and says where there is no room."""

import json
import subprocess
from pathlib import Path

import pytest

from dungeon.cli import main
from dungeon.files.home import Home
from dungeon.saves.library import Library
from tests.dungeon.saves import tales
from tests.dungeon.small_disk import leave_little_room, write_stories
from tests.proof.program import GRUE


def test_a_file_that_does_not_fit_is_left_out_whole_and_all_is_told(
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home, small, large = Home(own_home), tmp_path / "small.txt", write_stories(tmp_path / "l.json")
    small.write_text("> look\nA hall.")
    tale = tales.branched()
    with Library.open(home.saves) as library:
        library.create(tale)
    with monkeypatch.context() as disk:
        leave_little_room(disk, home.saves)
        with pytest.raises(SystemExit) as ended:
            main(["saves", "import", *map(str, (small, large, small, small))])
    said = capfd.readouterr()
    told = " ".join(said.err.split())
    assert ended.value.code == 2
    assert said.out.endswith("  small\n")
    assert "l.json: Nothing of it was imported: the disk is full" in told
    assert "What was here is unchanged. Once that is solved, import it again." in told
    assert "Not imported either: 2 files behind it. Imported: 1 file before it." in told
    with Library.open(home.saves) as library:
        assert sorted(each.title for each in library.summaries()) == ["The Lamp", "small"]
        assert library.load(tale.id) == tale


def test_lore_that_does_not_fit_is_told_in_words_of_the_command_line(
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home, file, tale = Home(own_home), tmp_path / "cards.json", tales.branched()
    text = "Rain falls on the moor. " * 40
    cards = [{"keys": f"gate {each}", "value": text} for each in range(200)]
    file.write_text(json.dumps(cards), "utf-8")
    with Library.open(home.saves) as library:
        library.create(tale)
    with monkeypatch.context() as disk:
        leave_little_room(disk, home.saves)
        with pytest.raises(SystemExit) as ended:
            main(["saves", "import", "--into", tale.id, str(file)])
    told = " ".join(capfd.readouterr().err.split())
    assert ended.value.code == 2
    assert "cards.json: Not saved: the disk is full" in told
    assert "Nothing was changed. Once that is solved, try again." in told
    assert "on the screen" not in told
    with Library.open(home.saves) as library:
        assert library.load(tale.id) == tale


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_what_came_in_is_told_where_the_output_is_full(own_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.txt"
    file.write_text("> look\nA hall.")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*GRUE, "saves", "import", file, file],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    with Library.open(Home(own_home).saves) as library:
        (stored,) = library.summaries()
    assert done.returncode == 2
    assert f"{stored.id}  small" in done.stderr
    assert "Not imported either: 1 file behind it." in done.stderr
    assert "No space left on device" in done.stderr
