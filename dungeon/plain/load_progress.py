"""Say in line mode how far the download of the first model is."""

from collections.abc import Callable
from typing import TextIO

from dungeon.session.model_loader import LoadState, Stage


class LoadProgress:
    """Writes over one line at a terminal, and each sentence once elsewhere."""

    def __init__(
        self, messages: TextIO, say: Callable[[str], None], is_changing: Callable[[], bool]
    ) -> None:
        """`is_changing` says whether it is another model that is downloaded, while lines are
        played: then nothing is written.
        """
        self._messages = messages
        self._say = say
        self._is_changing = is_changing
        self._said = ""

    def show(self, state: LoadState) -> None:
        """Show how far a download is, and what the player should know of the engine then."""
        if state.notice:
            self._say(state.notice)
        if state.stage is not Stage.FETCHING or self._is_changing():
            return
        if self._messages.isatty():
            share = f"{state.done / state.total:4.0%}" if state.total else ""
            print(f"{state.sentence} {share}", end="\r", file=self._messages, flush=True)
        elif state.sentence != self._said:
            self._said = state.sentence
            self._say(f"{state.sentence}…")
