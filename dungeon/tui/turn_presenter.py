"""Provides Telling: the events of one turn, shown in the story and under it.

Knows nothing of commands or keys, nor what happens to a turn that fails.
"""

from dungeon.game import Event, TurnCancelled, TurnSaved, TurnStarted
from dungeon.generation import AttemptRejected
from dungeon.generator import PrefillProgress, TextChunk
from dungeon.prose import RejectReason
from dungeon.tui.widgets.activity_line import ActivityLine
from dungeon.tui.widgets.story_view import StoryView

_WORTH_TELLING = 24
"""Tokens of a prompt that take long enough to be told of."""

_FLAWS = {
    "loop": "That went in circles",
    "echo": "That only said yours again",
    "speaks_for_player": "That spoke for you",
    "first_person": "That was somebody else's story",
    "forbidden": "That went where no story should",
}
"""Why an attempt is written anew, in the story's voice."""


class TurnPresenter:
    """One turn on the screen."""

    def __init__(self, story: StoryView, foot: ActivityLine, *, anew: bool) -> None:
        """`anew` says that the turn is told in place of the last one."""
        self._story = story
        self._foot = foot
        self._anew = anew
        self._again = ""
        self.begun = False
        """Whether the engine has been asked, so that stopping it leads to an end by itself."""

    async def show(self, event: Event) -> None:
        """Show what has happened."""
        match event:
            case TurnStarted(action):
                if self._anew:
                    await self._story.take_back()
                await self._story.begin(action)
                self._foot.busy("thinking")
            case PrefillProgress(done, total, cached):
                self.begun = True
                if total - cached > _WORTH_TELLING and done < total:
                    self._foot.busy(f"reading {done:,} of {total:,}")
            case TextChunk(text):
                self.begun = True
                self._story.write(text)
                self._foot.busy(self._again or "writing")
            case AttemptRejected(RejectReason.EMPTY):
                await self._story.again()  # nothing was told, and nothing need be said
            case AttemptRejected(flaw):
                self._again = f"{_FLAWS.get(flaw, 'That did not do')}; once more"
                self._foot.busy(self._again)
                await self._story.again()
            case TurnSaved(turn, warning):
                await self._story.settle(turn, saved=not warning)
                self._foot.warn(warning) if warning else self._foot.say("")
            case TurnCancelled():
                self._story.drop()
                self._foot.say("Nothing was written. Your action is back in the line.")
