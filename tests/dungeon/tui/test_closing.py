"""Test that the app ends only once the screen on top has its widgets."""

import asyncio

from textual.app import ComposeResult
from textual.screen import Screen

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.widgets.safe_text import SafeInput
from tests.dungeon.tui.driver import adventure
from tests.patience import loop_until


class SlowScreen(Screen[None]):
    """Takes as long to open as the test wants, then looks for its widgets as every screen does."""

    def __init__(self) -> None:
        super().__init__()
        self.may_open = asyncio.Event()
        self.found: object = None

    def compose(self) -> ComposeResult:
        yield SafeInput()

    async def on_mount(self) -> None:
        await self.may_open.wait()
        self.found = self.query_one(SafeInput)


async def test_quitting_waits_for_the_screen_that_opens(open_app, monkeypatch):
    async with open_app(saved=[adventure()], start=LaunchOptions(last=True)) as t:
        screen, had_its_widgets = SlowScreen(), []
        session_close, app_exit = t.app.session.close, t.app.exit

        async def close_the_session():
            await session_close()
            asyncio.get_running_loop().call_soon(screen.may_open.set)  # before it, the app may end

        def leave(**how):
            had_its_widgets.append(screen.found)
            app_exit(**how)

        monkeypatch.setattr(t.app.session, "close", close_the_session)
        monkeypatch.setattr(t.app, "exit", leave)
        t.app.push_screen(screen)
        t.app.quit()
        await loop_until(lambda: not t.app.is_running)
    assert had_its_widgets == [screen.found]
    assert screen.found
    assert t.app.return_code == 0


async def test_a_test_ends_its_app_once_the_screen_is_there(open_app):
    async with open_app(saved=[adventure()], start=LaunchOptions(last=True)) as t:
        game, before = t.game, t.play
        t.app.call_later(t.app._stack.show_game, game)
        await loop_until(lambda: t.app.play_screen not in (None, before))
    assert t.app.return_code is None or t.app.return_code == 0
