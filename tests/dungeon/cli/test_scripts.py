"""The command `grue scripts`."""

import json

import pytest

from dungeon.cli import main


@pytest.fixture
def grue(tmp_path, capsys):
    """Run `grue scripts …`; return its output, its messages and its exit code."""

    def run(*arguments: object) -> tuple[str, str, int]:
        with pytest.raises(SystemExit) as ended:
            main(["scripts", "--data-dir", str(tmp_path / "data"), *map(str, arguments)])
        out, err = capsys.readouterr()
        return out, err, int(ended.value.code or 0)

    return run


def test_an_example_is_copied_trusted_and_revoked(grue):
    assert grue("copy")[0] == "weather\nword_swap\n"
    assert "Did you mean `weather`" in grue("copy", "wether")[1]
    assert "There are no scripts" in grue("list")[0]
    assert grue("copy", "weather")[2] == 0
    assert grue("copy", "weather")[2] == 2  # nothing is overwritten
    (row,) = json.loads(grue("list", "--json")[0])
    assert (row["status"], len(row["sha256"])) == ("not trusted", 64)
    out, err, code = grue("trust", "weather")  # nobody is there to be asked
    assert (out, code) == ("", 2)
    assert "all your rights" in err
    assert f"--sha256 {row['sha256'][:12]}" in err
    assert grue("trust", "weather", "--sha256", "0" * 12)[2] == 2
    assert grue("trust", "weather", "--sha256", row["sha256"]) == ("", "weather is on.\n", 0)
    listed = grue("list")[0]
    assert "weather (on): Tells the model the time of day" in listed
    assert "climate = temperate (one of temperate, desert, arctic): Which weather" in listed
    assert grue("revoke", "weather")[2] == 0
    assert "weather (not trusted)" in grue("list")[0]
    assert grue("trust", "wether")[2] == 2
