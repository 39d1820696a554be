"""The command `grue scenarios`."""

import json
from pathlib import Path

import pytest

from dungeon.cli import main

WELL = 'title = "The Well"\nopening = "You lean over the well."\n'


@pytest.fixture
def grue(tmp_path, capsys):
    """Run `grue scenarios …`; return its output, its messages and its exit code."""

    def run(*arguments: object) -> tuple[str, str, int]:
        with pytest.raises(SystemExit) as ended:
            main(["scenarios", "--data-dir", str(tmp_path / "data"), *map(str, arguments)])
        out, err = capsys.readouterr()
        return out, err, int(ended.value.code or 0)

    return run


def _pack(folder: Path) -> Path:
    folder.mkdir()
    (folder / "pack.toml").write_text('title = "Rain"\nauthor = "Ada"\n')
    (folder / "well.toml").write_text(WELL)
    (folder / "bad.toml").write_text("title =")
    return folder


def test_a_pack_is_installed_listed_and_removed(grue, tmp_path):
    out, err, code = grue("install", _pack(tmp_path / "rain"))
    assert (out, code) == ("well  The Well\n", 0)
    assert "Not installed: " in err
    assert "Installed 1 scenario as rain. Play: grue play --scenario well" in err
    out, err, _ = grue("list")
    assert "  well         The Well (pack rain)" in out
    assert "Pack rain: Rain by Ada, no licence stated." in err
    listed = {row["name"]: row["origin"] for row in json.loads(grue("list", "--json")[0])}
    assert (listed["well"], listed["lamp"]) == ("pack rain", "Grue")
    assert "part of a pack" in grue("remove", "well", "--yes")[1]
    assert "Pass --yes" in grue("remove", "rain")[1]
    assert grue("remove", "rain", "--yes")[2] == 0
    assert "well" not in grue("list")[0].split()


def test_what_cannot_be_removed_or_installed_is_refused(grue, tmp_path):
    assert grue("remove", "lamp", "--yes")[1:] == (
        "grue: lamp comes with Grue and cannot be removed.\n", 2,
    )  # fmt: skip
    assert "no pack or scenario of yours" in grue("remove", "../lamp", "--yes")[1]
    assert grue("install", tmp_path / "none.zip")[2] == 2
    (tmp_path / "well.toml").write_text(WELL)
    assert grue("install", tmp_path / "well.toml")[2] == 0
    assert grue("remove", "well", "--yes")[1:] == ("Removed well.\n", 0)
