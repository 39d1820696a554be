"""Write a turn under way in lines."""

from collections.abc import Callable

from dungeon.plain.sentence_writer import SentenceWriter
from dungeon.plain.text_writer import TextWriter
from dungeon.scripts.active import ActiveScripts
from dungeon.session.turn_presenter import roll_notice
from dungeon.story import Action, Turn


class LineTurnView:
    """The TurnView of line mode, for one turn."""

    def __init__(
        self, writer: TextWriter, scripts: ActiveScripts, show_message: Callable[[str], None]
    ) -> None:
        """`scripts` may change the reply once it is finished."""
        self._writer = writer
        self._scripts = scripts
        self._show_message = show_message
        self._reply = SentenceWriter(writer)

    async def begin_turn(self, action: Action) -> None:
        """Write the player's line."""
        self._writer.action_line(action.text)
        self._show_message(roll_notice(action))

    def show_activity(self, activity: str) -> None:
        """Write nothing: a line cannot be taken back."""

    def append_text(self, text: str) -> None:
        """Write the sentences that `text` completes, unless a script may still change them."""
        if not self._scripts.changes_replies:
            self._reply.feed(text)

    async def discard_attempt(self, reason: str) -> None:
        """Say that the attempt is written again, and that what stands above does not count."""
        gone = " The reply above is taken back." if self._reply.has_written else ""
        self._reply = SentenceWriter(self._writer)
        if reason:
            self._show_message(f"({reason}.{gone})")

    async def finish_turn(self, turn: Turn, warning: str) -> None:
        """Write the rest of the saved turn, or all of it where something else stands above."""
        if not self._reply.finish(turn.text):
            self._show_message("(The reply above is taken back; the story goes on with this one:)")
            self._writer.paragraph(turn.text)
        self._show_message(warning)

    def cancel_turn(self) -> None:
        """Say that no turn was made."""
        self._show_message("Nothing was written.")

    def show_notice(self, sentence: str) -> None:
        """Say what went wrong in the turn."""
        self._show_message(sentence)
