"""Fixtures that run the app with scripted replies, real saves and a fixed clock."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator, ScriptStep
from dungeon.models.memory import Memory
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Adventure
from dungeon.threads import SerialThread
from dungeon.tui.app import GrueApp
from tests.dungeon.tui.driver import NOW, AppDriver
from tests.dungeon.tui.stillness import Stillness

OpenApp = Callable[..., AbstractAsyncContextManager[AppDriver]]


@pytest.fixture(autouse=True)
def report_folder(tmp_path, monkeypatch):
    """Give the snapshot plugin a folder: xdist's workers lose the variable that names it."""
    if "TEXTUAL_SNAPSHOT_TEMPDIR" not in os.environ:
        monkeypatch.setenv("TEXTUAL_SNAPSHOT_TEMPDIR", str(tmp_path))


@pytest.fixture(autouse=True)
def known_memory(monkeypatch):
    """Give every machine the same memory, so that the same models fit in a snapshot."""
    memory = Memory(16_000_000_000, 8_000_000_000)
    monkeypatch.setattr("dungeon.models.overview.read_memory", lambda: memory)


class KeptRules(dict[tuple, list[RuleSet]]):
    """The rules of style sheets that an app has parsed, for the next one with the same colours."""

    def clear(self) -> None:
        """Keep them: an app that takes other colours uses other ones."""


@pytest.fixture(autouse=True, scope="session")
def parsed_styles():
    """Parse each style sheet once: every app parses the same ones, twice."""
    kept: dict[frozenset, KeptRules] = {}
    parse = Stylesheet.parse

    def parse_once(self: Stylesheet) -> None:
        self._parse_cache = kept.setdefault(frozenset(self._variables.items()), KeptRules())
        parse(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "parse", parse_once)
        yield


@pytest.fixture(autouse=True)
def stillness(monkeypatch) -> None:
    """Let a test go on as soon as the app is still."""
    still = Stillness()
    monkeypatch.setattr(SerialThread, "run", still.counting(SerialThread.run))
    monkeypatch.setattr("textual.app.wait_for_idle", still.wait)
    monkeypatch.setattr("textual.pilot.wait_for_idle", still.wait)
    monkeypatch.setattr(Pilot, "_wait_for_screen", still.wait)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "grue")


@pytest.fixture
def build_app(home: Home) -> Callable[..., GrueApp]:
    """Return a function that makes the app, with replies and saved adventures."""

    def build(
        replies: Iterable[ScriptStep] = (),
        *,
        saved: Iterable[Adventure] = (),
        start: LaunchOptions | None = None,
        settings: Settings | None = None,
    ) -> tuple[GrueApp, ScriptedGenerator]:
        generator = ScriptedGenerator(replies)
        session = Session(home, settings or Settings(tour=False), seed=7, generator=generator)
        session.local_servers = ()  # whatever runs on this machine is not asked
        for story in saved:
            session.library.create(story)
        app = GrueApp(session, start or LaunchOptions(), now=lambda: NOW)
        app.animation_level = "none"
        return app, generator

    return build


@pytest.fixture
def open_app(build_app) -> OpenApp:
    """Return a context manager that runs the app that `build_app` makes, at some size."""

    @asynccontextmanager
    async def run_app(
        *given, size: tuple[int, int] = (100, 30), **named
    ) -> AsyncIterator[AppDriver]:
        app, generator = build_app(*given, **named)
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = AppDriver(app, pilot, generator)
            await driver.wait_until_ready(playing="start" in named)
            yield driver
            await driver.wait_until_composed()

    return run_app
