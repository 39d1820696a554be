"""Show a turn under way on the play screen."""

from dungeon.story import Action, Turn
from dungeon.tui.widgets.activity_line import ActivityLine
from dungeon.tui.widgets.story_view import StoryView


class ScreenTurnView:
    """The TurnView of the play screen."""

    def __init__(self, story: StoryView, activity: ActivityLine, *, replaces_last: bool) -> None:
        """`replaces_last` says that the turn takes the place of the last one."""
        self._story = story
        self._activity = activity
        self._replaces_last = replaces_last

    async def begin_turn(self, action: Action) -> None:
        """Show the action, and room for the reply."""
        if self._replaces_last:
            await self._story.remove_last_turn()
        await self._story.begin_turn(action)

    def show_activity(self, activity: str) -> None:
        """Show what is being done."""
        self._activity.show_activity(activity)

    def append_text(self, text: str) -> None:
        """Add a piece to the reply."""
        self._story.append_text(text)

    async def discard_attempt(self, reason: str) -> None:
        """Fade what was written out; the activity line says why."""
        await self._story.restart_reply()

    async def finish_turn(self, turn: Turn, warning: str) -> None:
        """Show the finished turn."""
        await self._story.finish_turn(turn, saved=not warning)
        if warning:
            self._activity.show_warning(warning)
        else:
            self._activity.show_message("")

    def cancel_turn(self) -> None:
        """Remove the turn."""
        self._story.cancel_turn()
        self._activity.show_message("Nothing was written. Your action is back in the line.")

    def show_notice(self, sentence: str) -> None:
        """Say what went wrong under the story."""
        self._activity.show_warning(sentence)
