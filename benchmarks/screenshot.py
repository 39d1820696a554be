"""Provides the README's picture: a real game on the default model, as the screen shows it.

    python -m benchmarks.screenshot [--scenario lamp] [--seed 3] [--deeds DEED …] [-o FILE]

What the model writes stands in it as it came; only the seed is chosen. Knows nothing of terminals:
the app is run without one.
"""

import argparse
import asyncio
import re
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from dungeon.home import Home
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.tui.app import GrueApp

SIZE = (80, 32)
"""Columns and rows."""

DEEDS = ("open the oak door",)

_WEB_FONTS = re.compile(r"\s*@font-face \{.*?\}\s*(?=@font-face|\.)", re.DOTALL)
_FONT = re.compile(r"font-family: (?:Fira Code|arial)[^;]*;")


async def until_told(app: GrueApp, pilot: Pilot[None], turns: int) -> None:
    """Wait until the story has so many turns behind its opening."""
    while True:
        await pilot.pause(0.1)
        play_screen = app.play_screen
        if play_screen is None or not play_screen.is_mounted or play_screen.is_writing:
            continue
        if len(play_screen.game.adventure.path()) > turns and app.model_loader.is_ready:
            return


async def picture(session: Session, scenario: str, deeds: list[str]) -> str:
    """Play `deeds` and return the screen as SVG."""
    app = GrueApp(session, LaunchOptions(scenario=scenario))
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        while app.play_screen is None:
            await pilot.press("enter")  # takes what an opening's question proposes
            await pilot.pause(0.2)
        await until_told(app, pilot, 0)
        for number, deed in enumerate(deeds, start=1):
            app.play_screen.prompt_bar.set_text(deed)
            await pilot.press("enter")
            await until_told(app, pilot, number)
        await app.play_screen.game.settle()
        app.play_screen.update_status()
        await pilot.pause(0.5)
        return standing_alone(app.export_screenshot(title="grue"))


def standing_alone(svg: str) -> str:
    """Return `svg` without the fonts that it would fetch from the network."""
    return _FONT.sub("font-family: Menlo, Consolas, monospace;", _WEB_FONTS.sub("\n    ", svg))


async def main() -> None:
    """Play and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--scenario", default="lamp")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--deeds", nargs="+", default=list(DEEDS))
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/grue.svg"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.models.symlink_to(Home.find().models)
        session = Session(home, Settings(), seed=chosen.seed)
        svg = await picture(session, chosen.scenario, chosen.deeds)
    chosen.output.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
