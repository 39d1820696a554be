"""Tests that the prompt told in advance is the one that the game begins with."""

import asyncio
from dataclasses import replace

import pytest

from dungeon import lore, scenarios
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry
from dungeon.session import Session
from dungeon.session.launcher import Launcher, LaunchOptions
from dungeon.session.opening_prompt import MAX_CHARACTERS, opening_prompt
from dungeon.settings import Settings

BARE = "The mill\n\nYou stand in the mill. The wheel turns."
RAIN = LoreEntry("a", "Rain", "Nobody grinds in the rain.", keys=("mill",))
WITH_EVERYTHING = f"""
title = "The mill"
opening = "You stand in the mill, with a lamp. The wheel turns."
memory = "Wren is the miller."
note = "The style is dry."
lore = '{lore.dump([RAIN])}'
"""


@pytest.fixture
def session(tmp_path) -> Session:
    return Session(Home(tmp_path / "grue"), Settings(), generator=ScriptedGenerator())


async def told_and_used(session: Session, options: LaunchOptions) -> tuple[str, str]:
    """Return the prompt that is told for `options`, and the one that the game reads."""
    told = await asyncio.to_thread(opening_prompt, session, options)
    game = await Launcher(session, None).launch(options)  # type: ignore[arg-type]
    assert game is not None
    game.prefetch()
    await game.wait_for_prefetch()
    assert game.context is not None
    return told, game.context.prompt


async def test_it_is_the_prompt_of_the_game(session: Session, tmp_path) -> None:
    file = tmp_path / "mill.toml"
    file.write_text(WITH_EVERYTHING)
    for options in (LaunchOptions(quick=True), LaunchOptions(scenario=str(file))):
        told, used = await told_and_used(session, options)
        assert told == used != ""
    assert {"wheel", "Wren", "rain", "dry"} <= set(used.replace(".", " ").split())


@pytest.mark.parametrize(
    "text", [BARE + " It is {{random::day::night}}.", BARE + " It is day." * MAX_CHARACTERS, ""]
)
def test_nothing_is_told_that_is_drawn_or_may_not_fit(session, tmp_path, text) -> None:
    file = tmp_path / "mill.txt"
    file.write_text(text)
    assert opening_prompt(session, LaunchOptions(scenario=str(file))) == ""


def test_nothing_is_told_where_replies_are_guided_or_answers_in_a_chat(session) -> None:
    quick = LaunchOptions(quick=True)
    assert opening_prompt(session, quick)
    usual = session.settings
    session.settings = replace(usual, guidance=1.5)
    assert opening_prompt(session, quick) == ""
    session.settings = replace(usual, prompt_formats=usual.with_format(session.model, "chat"))
    assert opening_prompt(session, quick) == ""


def test_nothing_is_told_of_what_goes_on_or_is_chosen_later(session, tmp_path) -> None:
    (tmp_path / "mill.txt").write_text(BARE)
    assert opening_prompt(session, LaunchOptions(scenario=str(tmp_path / "mill.txt")))
    for options in (LaunchOptions(), LaunchOptions(last=True), LaunchOptions(random=True)):
        assert opening_prompt(session, options) == ""
    asked = next(each.name for each in scenarios.available() if scenarios.questions(each))
    assert opening_prompt(session, LaunchOptions(scenario=asked)) == ""
