"""Take the README's screenshot of a real game on the default model, without a terminal.

    python -m benchmarks.screenshot [--scenario lamp] [--seed 3] [--actions ACTION …] [-o FILE]

The model's text is not edited; only the seed is chosen.
"""

import argparse
import asyncio
import re
from pathlib import Path

from textual.pilot import Pilot

from benchmarks.session import temporary_session
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.app import GrueApp

SIZE = (80, 32)
"""Columns and rows."""

_WEB_FONTS = re.compile(r"\s*@font-face \{.*?\}\s*(?=@font-face|\.)", re.DOTALL)
_FONT = re.compile(r"font-family: (?:Fira Code|arial)[^;]*;")


async def wait_for_turns(app: GrueApp, pilot: Pilot[None], turns: int) -> None:
    """Return when the story has so many turns after its opening."""
    while True:
        await pilot.pause(0.1)
        play_screen = app.play_screen
        if play_screen is None or not play_screen.is_mounted or play_screen.is_writing:
            continue
        if len(play_screen.game.adventure.path()) > turns and app.model_loader.is_ready:
            return


async def screenshot(session: Session, scenario: str, actions: list[str]) -> str:
    """Play `actions` and return the screen as SVG."""
    app = GrueApp(session, LaunchOptions(scenario=scenario))
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        while app.play_screen is None:
            await pilot.press("enter")  # the default answers to the scenario's questions
            await pilot.pause(0.2)
        await wait_for_turns(app, pilot, 0)
        for number, action in enumerate(actions, start=1):
            app.play_screen.prompt_bar.set_text(action)
            await pilot.press("enter")
            await wait_for_turns(app, pilot, number)
        await app.play_screen.game.wait_for_prefetch()
        app.play_screen.update_status()
        await pilot.pause(0.5)
        return without_web_fonts(app.export_screenshot(title="grue"))


def without_web_fonts(svg: str) -> str:
    """Return `svg` without the fonts that it would load from the network."""
    return _FONT.sub("font-family: Menlo, Consolas, monospace;", _WEB_FONTS.sub("\n    ", svg))


async def main() -> None:
    """Play and write the screenshot."""
    parser = argparse.ArgumentParser(description="Take the README's screenshot.")
    parser.add_argument("--scenario", default="lamp")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--actions", nargs="+", default=["open the oak door"])
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/grue.svg"))
    options = parser.parse_args()
    async with temporary_session(seed=options.seed) as session:
        svg = await screenshot(session, options.scenario, options.actions)
    options.output.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
