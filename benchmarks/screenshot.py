"""Take the screenshots of the documentation from a real game on the default model.

    python -m benchmarks.screenshot [--only play lore …] [--seed 3] [-o FOLDER]

One game is played without a terminal, and each screen is opened by the lines and keys that a
player would press. The model's text is not edited; only the seed is chosen.
"""

import argparse
import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from benchmarks.session import temporary_session
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.app import GrueApp
from dungeon.tui.screens.base import GrueDialog

SIZE = (80, 32)
"""Columns and rows."""

SCENARIO = "lamp"


@dataclass(frozen=True)
class Shot:
    """A picture: actions and commands that are entered first, then keys."""

    name: str
    lines: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


SHOTS = (
    Shot("play", ("open the oak door",)),
    Shot("branches", ("/retry", "/checkpoint the door", "listen"), ("ctrl+b",)),
    Shot("alternatives", (), ("f5", *["right"] * 5)),
    Shot("lore", ("/lore add keeper, lamp: The keeper of the lamp has not slept.",), ("f4",)),
    Shot("sampling", (), ("f3",)),
    Shot("settings", (), ("f7",)),
    Shot("context", ("/context",)),
    Shot("library", ("/favourite", "/tag night, first"), ("ctrl+o",)),
    Shot("models", ("/models",)),
    Shot("dice", ("/roll climb down the stair",)),
    Shot("attributes", ("/attributes dexterity 2, risky on", "/attributes")),
    Shot("state", ("/state add a sack of bread", "pick up the lamp"), ("f8",)),
    Shot("summary", ("/summary edit You went down the stair with a lamp.", "/summary")),
    Shot("openings", ("/new",)),
)
"""In the order in which they are taken, each going on from the game of the one before."""

_WEB_FONTS = re.compile(r"\s*@font-face \{.*?\}\s*(?=@font-face|\.)", re.DOTALL)
_FONT = re.compile(r"font-family: (?:Fira Code|arial)[^;]*;")


async def settle(app: GrueApp, pilot: Pilot[None]) -> None:
    """Return when nothing is being written any more."""
    while True:
        await pilot.pause(0.1)
        play_screen = app.play_screen
        if play_screen is None or not play_screen.is_mounted or play_screen.is_writing:
            continue
        if app.model_loader.is_ready:
            await play_screen.game.wait_for_prefetch()
            play_screen.update_status()
            await pilot.pause(0.5)
            return


async def take(app: GrueApp, pilot: Pilot[None], shot: Shot) -> str:
    """Enter what `shot` says, and return the screen as SVG; the game is shown again afterwards."""
    play_screen = app.play_screen
    assert play_screen is not None
    for line in shot.lines:
        play_screen.prompt_bar.set_text(line)
        await pilot.press("enter")
        await settle(app, pilot)
    for key in shot.keys:
        await pilot.press(key)
        await settle(app, pilot)
    app.clear_notifications()
    await pilot.pause(0.5)
    svg = without_web_fonts(app.export_screenshot(title="grue"))
    while app.screen is not play_screen:
        await pilot.press("escape")
        await pilot.pause(0.2)
    return svg


async def screenshots(session: Session, names: set[str], folder: Path) -> None:
    """Play, and write the pictures that `names` names into `folder`."""
    app = GrueApp(session, LaunchOptions(scenario=SCENARIO))
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        while app.play_screen is None or app.screen is not app.play_screen:
            if isinstance(app.screen, GrueDialog):
                await pilot.press("enter")  # the default answers to the scenario's questions
            await pilot.pause(0.2)
        await settle(app, pilot)
        for shot in SHOTS:
            svg = await take(app, pilot, shot)
            if shot.name in names:
                (folder / f"{shot.name}.svg").write_text(svg, encoding="utf-8")
                print(folder / f"{shot.name}.svg")


def without_web_fonts(svg: str) -> str:
    """Return `svg` without the fonts that it would load from the network."""
    return _FONT.sub("font-family: Menlo, Consolas, monospace;", _WEB_FONTS.sub("\n    ", svg))


async def main() -> None:
    """Play and write the screenshots."""
    parser = argparse.ArgumentParser(description="Take the screenshots of the documentation.")
    names = [shot.name for shot in SHOTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/screens"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    async with temporary_session(seed=options.seed) as session:
        await screenshots(session, set(options.only), options.output)


if __name__ == "__main__":
    asyncio.run(main())
