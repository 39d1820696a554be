"""Who may see the page: asked by aiohttp's own client, with no game behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

pytest.importorskip("aiohttp", reason="the extra `web` is not installed")
pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

from aiohttp import CookieJar, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from dungeon.errors import EngineStopped
from dungeon.web.access import Door
from dungeon.web.server import WebServer

TOKEN = "a-secret-token"


class StoppedModel:
    """A model that cannot be played with."""

    async def open(self):
        """Nothing to load."""

    async def next_game(self):
        raise EngineStopped("The engine has stopped.")

    async def close(self):
        """Nothing to end."""


@asynccontextmanager
async def browser(tmp_path, max_games=1, **door) -> AsyncIterator[TestClient]:
    """Give a client that keeps cookies, and follows no redirect by itself."""
    server = WebServer(
        Door(TOKEN, 8000, **door), StoppedModel(), tmp_path, max_games=max_games, place_seconds=0
    )
    async with TestClient(TestServer(server.app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def test_a_token_becomes_a_cookie_and_leaves_the_address(tmp_path):
    async with browser(tmp_path) as client:
        for path in ("/", "/ws", "/page.js", "/static/js/textual.js", "/static/", "/nothing"):
            answer = await client.get(path)
            assert answer.status == 401
            assert "grue web" in await answer.text()
        assert (await client.get("/?token=another-token")).status == 401
        entered = await client.get(f"/?token={TOKEN}", allow_redirects=False)
        assert (entered.status, entered.headers["Location"]) == (303, "/")
        cookie = entered.headers["Set-Cookie"]
        assert cookie.startswith("grue_web_8000=")
        assert TOKEN not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        page = await client.get("/")
        assert page.status == 200
        assert "textual.js" in await page.text()
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        for path in ("/page.js", "/page.css", "/static/js/textual.js", "/static/css/xterm.css"):
            assert (await client.get(path)).status == 200
        assert (await client.get("/nothing")).status == 404
        assert (await client.get("/static/../access.py")).status == 404


async def test_the_page_loads_nothing_from_elsewhere(tmp_path):
    async with browser(tmp_path) as client:
        await client.get(f"/?token={TOKEN}")
        for path in ("/", "/page.js", "/page.css"):
            assert "//" not in (await (await client.get(path)).text()).replace("// ", "")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 303), ("LOCALHOST", 303), ("[::1]:8000", 303), ("grue.example", 303),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421),
    ],
)  # fmt: skip
async def test_only_names_of_this_server_are_answered(tmp_path, host, status):
    hosts = ("127.0.0.1", "localhost", "::1", "grue.example")
    async with browser(tmp_path, hosts=hosts) as client:
        answer = await client.get(f"/?token={TOKEN}", headers={"Host": host}, allow_redirects=False)
        assert answer.status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:1", 403), ("https://evil.example", 403), ("null", 403), ("", 403)],
)
async def test_another_page_opens_no_game_though_it_has_the_cookie(tmp_path, origin, status):
    async with browser(tmp_path) as client:
        await client.get(f"/?token={TOKEN}")
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect("/ws", headers={"Origin": origin} if origin else {})
        assert refused.value.status == status


@pytest.mark.parametrize("max_games", [0, 1])
async def test_a_game_that_cannot_be_opened_is_refused(tmp_path, max_games):
    """Too many are open, or the model has ended."""
    async with browser(tmp_path, max_games=max_games) as client:
        await client.get(f"/?token={TOKEN}")
        origin = str(client.make_url("/")).rstrip("/")
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect("/ws", headers={"Origin": origin})
        assert refused.value.status == 503
