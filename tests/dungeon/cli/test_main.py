"""Proves that `grue` finds its subcommands, and tells in a sentence where one cannot run."""

import importlib.abc
import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from dungeon.cli import grue, main
from tests.rows import every_row

GAME_COMMANDS = ("play", "saves", "scenarios", "models")
SUBCOMMANDS = (*GAME_COMMANDS, "stories", "corpus", "train", "evaluate", "export")
LAZY = ("corpus_scraper", "training")


class Absent(importlib.abc.MetaPathFinder):
    """Makes a library as absent as on a machine that only plays."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@pytest.fixture
def unload(monkeypatch: pytest.MonkeyPatch):
    """Return what has modules imported anew until the test ends, by the beginnings of their names.

    Then they are as they were, also as attributes of their packages, by which others find them.
    """

    def forget(*beginnings: str) -> None:
        for name in [each for each in sys.modules if each.startswith(beginnings)]:
            package, _, last = name.rpartition(".")
            if hasattr(sys.modules.get(package), last):
                monkeypatch.setattr(sys.modules[package], last, sys.modules[name])
        for name in [each for each in sys.modules if each.startswith(beginnings)]:
            monkeypatch.delitem(sys.modules, name)

    return forget


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch, unload):
    """Return what hides libraries until the test ends."""

    def hide(*names: str) -> None:
        tops = {name.partition(".")[0] for name in sys.modules}
        unload(*(f"{name}." for name in (*names, *LAZY)))
        for name in tops & {*names, *LAZY}:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Absent(*names), *sys.meta_path])

    return hide


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_help_names_every_subcommand(capsys):
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in SUBCOMMANDS)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_tells_how_it_is_used(name, capsys):
    assert run(name, "--help") == 0
    assert f"Usage: grue {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "library", "extra"), [("stories", "bs4", "corpus"), ("corpus", "ftfy", "corpus")]
)
def test_a_missing_extra_is_named(name, library, extra, absent, capsys, tmp_path):
    absent(library)
    source = tmp_path / "stories.jsonl"
    source.write_text("", encoding="utf-8")
    work = {
        "stories": ("scrape", "https://story.example/", "-o", str(source), "--dry-run"),
        "corpus": ("build", str(source), "-o", str(tmp_path / "corpus")),
    }
    assert run(name, *work[name]) == 1
    told = capsys.readouterr().err
    assert told == (
        f"grue: `grue {name}` needs {library}, which playing does not. "
        f"Install it with: pip install 'grue[{extra}]'\n"
    )


EXTRAS = (
    "accelerate", "aiohttp", "bs4", "datasketch", "filelock", "fernz", "ftfy", "HanTa",
    "huggingface_hub", "lxml", "matplotlib", "peft", "prometheus_client", "protego", "psycopg",
    "py3langid", "pyarrow", "textual_serve", "torch", "transformers", "trl", "uvicorn",
)  # fmt: skip
"""The libraries of all extras."""


def test_no_help_needs_an_extra(absent, unload, capsys):
    unload("dungeon.cli.", "dungeon.serving", "dungeon.web")
    absent(*EXTRAS)
    shown = []
    pending: list[tuple[str, ...]] = [()]
    while pending:
        name = pending.pop()
        assert run(*name, "--help") == 0, name
        help_ = capsys.readouterr().out
        assert f"Usage: {' '.join(('grue', *name))}" in help_
        shown.append(name)
        listed = re.findall(r"^  ([a-z][\w-]*)  ", help_.partition("Commands:")[2], re.MULTILINE)
        pending += [(*name, each) for each in listed]
    assert {("stories", "scrape"), ("corpus", "build"), ("saves", "replay"), ("web",)} <= {*shown}


def test_the_help_of_scraping_names_every_site(capsys):
    from corpus_scraper.sites import SITES

    assert run("stories", "scrape", "--help") == 0
    help_ = " ".join(capsys.readouterr().out.split())
    assert all(name in help_ for name in SITES)


@pytest.mark.parametrize(
    ("name", "module", "library"),
    [
        ("serve", "dungeon.serving", "prometheus_client"),
        ("serve", "dungeon.serving", "uvicorn"),
        ("web", "dungeon.web", "aiohttp"),
        ("web", "dungeon.web", "textual_serve"),
    ],
)
def test_a_command_that_needs_an_extra_has_help_without_it(
    name, module, library, absent, unload, capsys
):
    unload(module, "dungeon.cli.")
    absent(library)
    assert run(name, "--help") == 0
    assert f"Usage: grue {name}" in capsys.readouterr().out
    assert run(name) == 1
    assert f"pip install 'grue[{name}]'" in capsys.readouterr().err


GROUPS = ("", "saves", "scenarios", "scripts", "models", "stories", "corpus")


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_help_of_a_group_cuts_no_summary(group, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert run(*group.split(), "--help") == 0
    assert not re.search(r"\.\.\.$", commands := _commands_shown(capsys), re.MULTILINE), commands


def test_the_help_of_saves_says_what_each_command_does(capsys):
    assert run("saves", "--help") == 0
    shown = " ".join(_commands_shown(capsys).split())
    assert "import Import adventures, scenarios and lore of Grue and of other programs." in shown


def _commands_shown(capsys) -> str:
    """Return what help shows of the commands of a group."""
    return capsys.readouterr().out.partition("Commands:")[2]


def test_an_unknown_subcommand_is_refused(capsys):
    assert run("stroies") == 2
    assert " ".join(capsys.readouterr().err.split()) == (
        "grue: There is no command “stroies”. Did you mean `stories`? "
        "`grue --help` says what there is."
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("saves lst", "There is no command “lst”. Did you mean `list`? `grue saves --help` says"),
        ("stories impotr", "There is no command “impotr”. Did you mean `import`?"),
        ("saves search lamp --limt 2", "There is no option “--limt”. Did you mean `--limit`?"),
        ("saves search lamp --limit 0", "`--limit`: 0 is not in the range 1<=x<=1000."),
        ("saves search lamp --limit x", "`--limit`: “x” is not a valid integer range."),
        ("saves show", "`ID` is missing. `grue saves show --help` says what there is."),
        ("saves show a b", "Got unexpected extra argument (b)."),
        (
            "saves export a --format markdwn",
            "`--format` cannot be “markdwn”. Did you mean `markdown`? Choose one of: grue,",
        ),
        ("saves import a --format chatt", "`--format` cannot be “chatt”."),
        ("saves list --sort titel", "`--sort` cannot be “titel”. Did you mean `title`?"),
        ("play --seed", "Option “--seed” requires an argument."),
    ],
)
def test_a_wrong_command_line_is_told_like_every_other_error(line, said, capsys):
    assert run(*line.split()) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith(f"grue: {said}")


def test_a_group_alone_shows_its_help(capsys):
    run("saves")
    out, err = capsys.readouterr()
    assert "Usage: grue saves" in out + err
    assert "grue:" not in err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_the_encoding_of_the_output_lacks_is_a_question_mark(stream, monkeypatch):
    written = io.BytesIO()
    plain = io.TextIOWrapper(written, encoding="cp1252", errors="strict")
    monkeypatch.setattr(sys, stream, plain)
    monkeypatch.setattr(
        grue, "main", lambda **_: print("a caf\u00e9 \u2192 \N{DECIDUOUS TREE}", file=plain)
    )
    assert run() == 0
    plain.flush()
    assert written.getvalue().splitlines() == [b"a caf\xe9 ? ?"]


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full here")
@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["models", "list"]])
def test_a_full_disk_behind_the_output_is_told_in_a_sentence(arguments):
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dungeon.cli", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "grue: The output: No space left on device.\n"


@every_row("arguments", [["--help"], ["models", "list"]])
def test_a_pipe_that_nobody_reads_ends_the_program_silently(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "dungeon.cli", *arguments],
            stdout=closed, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


def test_the_game_starts_without_what_it_needs_later():
    code = "import sys, dungeon.plain, dungeon.tui.app; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert {"dungeon.transfer", "tomlkit", "alembic", "numpy"}.isdisjoint(loaded)
