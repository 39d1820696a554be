"""One game in a browser, as a process: `python -m dungeon.web.player_process`.

textual-serve's driver draws on standard output and reads from standard input. The process ends when
its parent does, even by SIGKILL, and what is being written is saved then.
"""

import argparse
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from dungeon.errors import GrueError
from dungeon.files.home import Home
from dungeon.generator import Model
from dungeon.generator.remote import RemoteGenerator
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.text import clean
from dungeon.web import KEY_VARIABLE


class SharedModel(RemoteGenerator):
    """The model that all games of the server share."""

    def __init__(self, address: str, key: str, *, sha256: str, prefers_chat: bool) -> None:
        super().__init__(address, api_key=key)
        self._sha256 = sha256
        self._is_for_chats = prefers_chat

    @property
    def model(self) -> Model:
        """The model, with the hash of its file, which a server does not tell: turns record it."""
        return replace(super().model, sha256=self._sha256)

    @property
    def prefers_chat(self) -> bool:
        """Whether a chat suits the model, as it does where it plays without a server."""
        return super().prefers_chat or (self._is_for_chats and self.supports_chat)


def main() -> None:
    """Play until the player leaves, the browser has gone, or the parent has ended."""
    options = _parse(sys.argv[1:])
    if options.lifeline is not None:
        threading.Thread(target=_end_with_parent, args=(options.lifeline,), daemon=True).start()
    try:
        sys.exit(_play(options))
    except GrueError as error:
        sys.exit(f"grue web: {clean(str(error))}")


def _play(options: argparse.Namespace) -> int:
    from dungeon.tui.app import run

    home = Home.find(options.data_dir)
    key = os.environ.pop(KEY_VARIABLE, "")
    shared = None
    if options.address:
        shared = SharedModel(
            options.address, key, sha256=options.sha256, prefers_chat=options.prefers_chat
        )
    session = Session(home, load(home.settings), model=options.model, generator=shared)
    return run(session, LaunchOptions())


def _end_with_parent(lifeline: int) -> None:
    """Wait until the other end of a pipe, which only the parent has, is closed; then leave."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lifeline", type=int)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--address", default="")
    parser.add_argument("--sha256", default="")
    parser.add_argument("--prefers-chat", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
