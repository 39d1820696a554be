"""`grue doctor`: what of this machine playing depends on, and what is wrong with it."""

import importlib.metadata
import importlib.util
import json
import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import click

from dungeon import __version__
from dungeon.cli.own_keys import own_key_problems
from dungeon.cli.own_themes import own_theme_problems
from dungeon.errors import GrueError
from dungeon.files.home import Home
from dungeon.settings.engine_choice import EngineChoice
from dungeon.text import clean_line
from dungeon.text.wrapping import wrap_for

MIN_COLUMNS, MIN_ROWS = 40, 12
"""The smallest terminal in which every screen fits."""

MIN_FREE_BYTES = 500_000_000
"""Room for the default model, as it is downloaded and as it is prepared."""

MIN_PYTHON = (3, 11)


class Level(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    NOTE = "note"
    """Playing works, with less of something."""
    PROBLEM = "problem"
    """Playing does not work, or saves are at risk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing."""

    subject: str
    level: Level
    sentence: str
    """What it is, and what to do where it is not good."""


@click.command()
@click.option("--model", metavar="REF", default="", help="Model to look at, as for `grue play`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all of Grue's files.")
def doctor(model: str, as_json: bool, data_dir: Path | None) -> None:
    """Check machine, terminal, settings, model, engine and saves.

    Nothing is changed, downloaded or sent. Exits with 1 where something keeps you from playing.
    """
    findings = list(examine(Home.find(data_dir), model))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2))
    else:
        for each in findings:
            click.echo(wrap_for(sys.stdout, f"{each.level:<8} {each.subject:<9} {each.sentence}"))
    if any(each.level is Level.PROBLEM for each in findings):
        raise click.exceptions.Exit(1)


def examine(home: Home, model: str) -> Iterator[Finding]:
    """Yield a finding for everything that playing depends on."""
    checks: tuple[tuple[str, Callable[[], tuple[Level, str]]], ...] = (
        ("grue", _check_version),
        ("machine", _check_machine),
        ("terminal", _check_terminal),
        ("encoding", _check_encoding),
        ("folder", lambda: _check_folder(home)),
        ("settings", lambda: _check_settings(home)),
        ("model", lambda: _check_model(home, model)),
        ("engine", lambda: _check_engine(home)),
        ("saves", lambda: _check_saves(home)),
    )
    for subject, check in checks:
        try:
            yield Finding(subject, *check())
        except GrueError as error:
            yield Finding(subject, Level.PROBLEM, clean_line(str(error)))


def _check_version() -> tuple[Level, str]:
    sentence = f"Grue {__version__} on Python {platform.python_version()}."
    if sys.version_info[:2] < MIN_PYTHON:
        return Level.PROBLEM, f"{sentence} Grue needs Python 3.11 or newer."
    return Level.GOOD, sentence


def _check_machine() -> tuple[Level, str]:
    from dungeon.generator.llama_launcher import default_threads

    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    threads = default_threads()
    return Level.GOOD, (
        f"{system}, {os.cpu_count() or 1} cores, of which the built-in engine uses {threads}."
    )


def _check_terminal() -> tuple[Level, str]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Level.NOTE, "Input or output is no terminal: `grue play` uses line mode here."
    size = shutil.get_terminal_size()
    name = clean_line(os.environ.get("TERM", "")) or "a terminal without a name"
    found = f"{name}, {size.columns} columns and {size.lines} rows."
    if name == "dumb":
        return Level.NOTE, f"{found} `grue play` uses line mode here."
    if size.columns < MIN_COLUMNS or size.lines < MIN_ROWS:
        return Level.NOTE, (
            f"{found} Make it {MIN_COLUMNS} by {MIN_ROWS} or larger, or play in line mode with "
            "`grue play --plain`."
        )
    return Level.GOOD, found


def _check_encoding() -> tuple[Level, str]:
    encoding = (sys.stdout.encoding or locale.getpreferredencoding()).lower()
    if encoding.replace("-", "") == "utf8":
        return Level.GOOD, "UTF-8."
    return Level.NOTE, (
        f"{clean_line(encoding)}: characters that it lacks show as `?`. Set LANG to a UTF-8 "
        "locale, such as C.UTF-8, to see all of them."
    )


def _check_folder(home: Home) -> tuple[Level, str]:
    existing = home.root
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not os.access(existing, os.W_OK | os.X_OK):
        return Level.PROBLEM, (
            f"{home.root} cannot be written. Change its permissions, or name another folder with "
            "--data-dir or GRUE_HOME."
        )
    free = shutil.disk_usage(existing).free
    found = f"{home.root}, {free / 1e9:.1f} GB free."
    if free < MIN_FREE_BYTES:
        return Level.NOTE, f"{found} The default model needs about 0.3 GB."
    return Level.GOOD, found


def _check_settings(home: Home) -> tuple[Level, str]:
    from dungeon.settings import load

    settings = load(home.settings)
    found = home.settings if home.settings.exists() else "Nothing is changed from the defaults"
    if problems := (*own_key_problems(settings), *own_theme_problems(home.themes)):
        return Level.NOTE, clean_line(f"{found}. {' '.join(problems)}")
    return Level.GOOD, f"{found}."


def _check_model(home: Home, model: str) -> tuple[Level, str]:
    from dungeon.models.resolver import is_available, resolve
    from dungeon.settings import load

    reference = model or load(home.settings).model
    found = resolve(reference)
    if not is_available(found, home.models):
        return Level.NOTE, (
            f"{found.name} is not here yet; it is downloaded when you play, or now with "
            f"`grue models pull {found.name}`."
        )
    return Level.GOOD, f"{found.name} is here."


def _check_engine(home: Home) -> tuple[Level, str]:
    """Say which engines are installed, and which one plays .gguf files, without loading one."""
    from dungeon.generator.gpu_server import choose_engine
    from dungeon.settings import load

    try:
        version = importlib.metadata.version("xllamacpp")
    except importlib.metadata.PackageNotFoundError:
        return Level.PROBLEM, (
            "llama.cpp is missing (the package xllamacpp). Install Grue again: "
            "pip install --force-reinstall grue"
        )
    has_torch = importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")
    other = "the torch engine too" if has_torch else "no torch engine (`pip install 'grue[gpu]'`)"
    choice: EngineChoice = "auto"
    with suppress(GrueError):  # its own check reports it
        choice = load(home.settings).engine
    plan = choose_engine(choice)
    used = plan.server.description if plan.server else "the built-in engine"
    found = f"llama.cpp {version}; {other}. Files of models (.gguf) run in {used}. {plan.reason}"
    is_refused = choice == "llama-server" and plan.server is None
    return Level.NOTE if is_refused else Level.GOOD, found.strip()


def _check_saves(home: Home) -> tuple[Level, str]:
    from dungeon.saves import backups, integrity

    if not home.has_saves:
        return Level.GOOD, "No adventures yet."
    report = integrity.check(home.saves_location)
    if not report.good and isinstance(report.path, str):  # a server that is away is not damaged
        return Level.PROBLEM, report.problems[0]
    if not report.good:
        return Level.PROBLEM, (
            f"{report.path} is damaged. `grue saves check` says where, and how to go back to a "
            "backup."
        )
    counts = f"Adventures: {report.adventures}, turns: {report.turns}, damaged: none"
    if isinstance(report.path, str):
        return Level.GOOD, f"{counts}, on {report.path}."
    return Level.GOOD, f"{counts}, backups: {len(backups.list_backups(report.path))}."
