"""The command `grue web` as a process, with games in processes of their own."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="the extra `web` is not installed")
pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    CookieJar,
    WSMsgType,
)

from dungeon.files.home import Home
from dungeon.saves.library import Library
from dungeon.story import Turn
from tests.dungeon.tui.driver import adventure
from tests.dungeon.web import chromium
from tests.patience import HUNG

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends processes with POSIX signals")

RAIN = "Rain begins on the roof, and a door closes."


@pytest.fixture
def home(own_home: Path) -> Home:
    """Return a home with one adventure, which the title screen offers first."""
    home = Home(own_home)
    library = Library.open(home.saves, backup_folder=home.backups)
    library.create(adventure())
    library.close()
    return home


@asynccontextmanager
async def grue_web(home: Home, reply: object) -> AsyncIterator[tuple[Process, str]]:
    """Run the command; give its process and the address that it has announced."""
    script = home.root / "script.json"
    script.write_text(json.dumps({"replies": [reply]}))
    command = [sys.executable, "-m", "dungeon.cli", "web", "--port", "0", "--games", "1"]
    process = await asyncio.create_subprocess_exec(
        *command, "--model", f"scripted:{script}", stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), HUNG)
        yield process, line.decode().removeprefix("Play at ").strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def play(client: ClientSession, address: str) -> ClientWebSocketResponse:
    """Connect as the page does, and play one action of the adventure."""
    async with client.get(address) as page:
        root = str(page.url).rstrip("/")
    socket = await client.ws_connect(f"{root}/ws?width=80&height=24", headers={"Origin": root})
    await wait_for(socket, b"Continue")
    for garbage in ("{", "[]", "[" * 9999, '["resize", {"width": -5, "height": 1e9}]', '["no"]'):
        await socket.send_str(garbage)
    await socket.send_json(["resize", {"width": 100, "height": 30}])
    await socket.send_json(["stdin", "\r"])
    await wait_for(socket, b"What do you do?")
    await socket.send_json(["stdin", "wait\r"])
    return socket


async def wait_for(socket: ClientWebSocketResponse, text: bytes) -> None:
    drawn = b""
    async with asyncio.timeout(HUNG):
        while text not in drawn:
            drawn += (await socket.receive()).data


def last_turn(home: Home) -> Turn | None:
    library = Library.open(home.saves, backup_folder=home.backups)
    try:
        return library.load("a1").current_turn()
    finally:
        library.close()


def games_of(home: Home) -> list[int]:
    """Return the processes of games that are open in this home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"player_process" in command and str(home.root).encode() in command:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.soak)]
)
async def test_a_reply_under_way_is_saved_and_no_process_is_left(home: Home, number: int) -> None:
    """Ctrl-C ends the games first; after SIGKILL each notices that its parent has gone."""
    async with grue_web(home, {"text": f"{RAIN} You", "then": "hang"}) as (process, address):
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            socket = await play(client, address)
            await wait_for(socket, b"Rain")
            assert games_of(home)
            process.send_signal(number)
            while (await socket.receive()).type is WSMsgType.BINARY:
                pass  # a browser reads on, too, and answers the end of the connection
            await process.wait()
        async with asyncio.timeout(HUNG):
            while games_of(home):
                await asyncio.sleep(0.02)
        _, messages = await process.communicate()
    assert b"Traceback" not in messages
    assert process.returncode == (0 if number == signal.SIGINT else -number)
    turn = last_turn(home)
    assert turn is not None
    assert (turn.action, turn.provenance.ended) == ("You wait.", "interrupted")
    assert turn.text.startswith("Rain begins")


@pytest.mark.skipif(not chromium.FOUND, reason="there is no Chromium on this machine")
async def test_a_turn_is_played_in_chromium(home: Home, tmp_path: Path) -> None:
    async with grue_web(home, RAIN) as (_, address):
        async with chromium.open_page(tmp_path / "profile", address) as page:
            await page.wait_for("document.body.classList.contains('-first-byte')")
            assert await page.evaluate("location.search") == ""
            assert "grue_web" not in await page.evaluate("document.cookie")
            await page.wait_until_drawn("Continue")
            await page.wait_for("document.activeElement === document.querySelector('textarea')")
            await page.type("")
            await page.wait_until_drawn("What do you do?")
            await page.type("wait")
            await page.wait_until_drawn("Rain begins")
            async with asyncio.timeout(HUNG):
                while (turn := last_turn(home)) is None or turn.text != RAIN:
                    await asyncio.sleep(0.02)
        assert turn.action == "You wait."
