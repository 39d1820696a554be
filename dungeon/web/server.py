"""The web server: the page, the files that it loads, and a game for each connection."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import textual_serve
from aiohttp import WSMsgType, web

from dungeon.errors import GeneratorError
from dungeon.serving.access import Refusal
from dungeon.text import clean_line
from dungeon.web.access import WEBSOCKET, Door, add_headers
from dungeon.web.player import LEAVE_SECONDS, Player
from dungeon.web.shared_model import GameModel, GameProcess

MAX_CELLS = 500
"""Columns, and rows, of the largest terminal that a browser may ask for."""

_MAX_MESSAGE = 1 << 20
_HEARTBEAT_SECONDS = 15.0
_SHUTDOWN_SECONDS = 3.0

_TYPES = {"page.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
_STATIC = Path(textual_serve.__file__).parent / "static"


class WebServer:
    """The application and the games that are open in it."""

    def __init__(
        self,
        door: Door,
        model: GameModel,
        data_dir: Path,
        *,
        max_games: int,
        place_seconds: float = LEAVE_SECONDS + 1,
    ) -> None:
        """`max_games` may be open at a time; a further one waits `place_seconds` for its place."""
        self.model = model
        self._data_dir = data_dir
        self._place_seconds = place_seconds
        self._places = asyncio.Semaphore(max_games)
        self._players: set[Player] = set()
        self.app = web.Application(middlewares=[door.middleware()])
        self.app.on_response_prepare.append(add_headers)
        self.app.on_shutdown.append(self._close_games)
        self.app.add_routes(
            [
                web.get("/", self._file("page.html")),
                web.get("/page.css", self._file("page.css")),
                web.get("/page.js", self._file("page.js")),
                web.get(WEBSOCKET, self._play),
                web.static("/static", _STATIC),
            ]
        )

    def _file(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        text = files("dungeon.web").joinpath(name).read_text("utf-8")

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=text, content_type=_TYPES[name])

        return answer

    async def _play(self, request: web.Request) -> web.StreamResponse:
        """Play one game with the browser that has connected, until either ends it."""
        async with self._place():
            try:
                process = await self.model.next_game()
            except GeneratorError as error:
                raise Refusal(503, str(error)) from error
            return await self._connect(request, process)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Take one of the places for games; a page that is loaded anew has to wait until its game
        has ended. Raises Refusal.
        """
        try:
            async with asyncio.timeout(self._place_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise Refusal(
                503, "As many games are open as `--games` allows. Close one first."
            ) from None
        try:
            yield
        finally:
            self._places.release()

    async def _connect(self, request: web.Request, process: GameProcess) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_MAX_MESSAGE)
        arguments = ("--data-dir", str(self._data_dir), *process.arguments)
        player = Player(arguments, process.environment, websocket)
        self._players.add(player)
        try:
            await websocket.prepare(request)
            asked = (request.query.get(name) for name in ("width", "height"))
            await player.start(*map(_cells, asked))
            await _pass_on(websocket, player)
        finally:
            await asyncio.shield(self._close_game(player))
        return websocket

    async def _close_game(self, player: Player) -> None:
        try:
            await player.stop()
        finally:
            self._players.discard(player)

    async def _close_games(self, _app: web.Application) -> None:
        """Let all games save and end, at the same time."""
        await asyncio.gather(*map(self._close_game, tuple(self._players)))


async def run(listener: socket.socket, server: WebServer, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C, then let every game save, and end the model.

    `ready` is called once the model is loaded. Raises GeneratorError where it cannot be.
    """
    runner = web.AppRunner(server.app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await server.model.open()
        await web.SockSite(runner, listener, shutdown_timeout=_SHUTDOWN_SECONDS).start()
        with _stop_signal() as stop:
            ready()
            await stop.wait()
    finally:
        await runner.cleanup()
        await server.model.close()


@contextmanager
def _stop_signal() -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM and Ctrl-C set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C then raises KeyboardInterrupt
        for number in numbers:
            loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


async def _pass_on(websocket: web.WebSocketResponse, player: Player) -> None:
    """Pass on what the browser sends until it closes; what is no message of the page is ignored."""
    async for message in websocket:
        if message.type is not WSMsgType.TEXT:
            continue
        match _parse(message.data):
            case ["stdin", str(typed)]:
                await player.send_bytes(typed.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await player.set_terminal_size(_cells(width), _cells(height))
            case ["ping", sent]:
                await websocket.send_json(["pong", sent])
            case ["blur", *_]:
                await player.blur()
            case ["focus", *_]:
                await player.focus()


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _cells(asked: object) -> int:
    """Return a number of columns or rows that a terminal may have."""
    text = clean_line(str(asked))
    return min(max(int(text), 1), MAX_CELLS) if text.isdecimal() and len(text) < 6 else 24
