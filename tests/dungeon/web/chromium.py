"""Drives a headless Chromium by the DevTools protocol, over the websockets of aiohttp."""

import asyncio
import base64
import json
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.patience import HUNG

FOUND = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
"""The path of a Chromium; empty where there is none."""

_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")

_BINARY = 2
"""The opcode of a websocket's binary frames."""


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._drawn = b""

    async def call(self, method: str, **parameters: object) -> Any:
        """Return the result of a method of the protocol."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = json.loads((await self._socket.receive()).data)
            if answer.get("id") == self._number:
                return answer.get("result", answer)
            if answer.get("method") == "Network.webSocketFrameReceived":
                self._add_frame(answer["params"]["response"])

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        result = await self.call("Runtime.evaluate", expression=expression)
        return result["result"].get("value")

    def _add_frame(self, frame: dict[str, Any]) -> None:
        """Keep what the game has drawn: the page shows it on a canvas, which cannot be read."""
        if frame["opcode"] == _BINARY:
            self._drawn += base64.b64decode(frame["payloadData"])

    async def wait_for(self, expression: str) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(HUNG):
            while not await self.evaluate(expression):
                await asyncio.sleep(0.02)

    async def wait_until_drawn(self, text: str) -> None:
        """Wait until the game has drawn `text` in the page."""
        async with asyncio.timeout(HUNG):
            while text.encode() not in self._drawn:
                await self.evaluate("0")  # which takes the events as well

    async def type(self, text: str) -> None:
        """Type a line, and Enter."""
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=character)
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **enter)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **enter)


@asynccontextmanager
async def open_page(profile: Path, address: str) -> AsyncIterator[Page]:
    """Give a page that shows `address`."""
    command = [FOUND, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with asyncio.timeout(HUNG), aiohttp.ClientSession() as client:
            socket = await _connect(client, profile / "DevToolsActivePort")
            page = Page(socket)
            await page.call("Network.enable")
            await page.call("Page.navigate", url=address)
            yield page
            await socket.close()
    finally:
        process.terminate()
        await process.wait()


async def _connect(
    client: aiohttp.ClientSession, port_file: Path
) -> aiohttp.ClientWebSocketResponse:
    """Connect to the page, once the browser has written its port and opened it."""
    while True:
        await asyncio.sleep(0.02)
        lines = port_file.read_text().split() if port_file.exists() else []
        if not lines:
            continue
        async with client.get(f"http://127.0.0.1:{lines[0]}/json") as answer:
            pages = [each for each in await answer.json() if each["type"] == "page"]
        if pages:
            return await client.ws_connect(pages[0]["webSocketDebuggerUrl"])
