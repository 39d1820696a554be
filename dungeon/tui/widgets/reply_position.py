"""Which of several replies to an action is shown: ‹ 2/4 ›."""

from dungeon.story import Adventure
from dungeon.tui.widgets.safe_text import SafeStatic


class ReplyPosition(SafeStatic):
    """Hidden where there is only one reply."""

    def __init__(self) -> None:
        super().__init__(id="replies")

    def show(self, adventure: Adventure, *, is_writing: bool) -> None:
        """Show the position of the reply at the head."""
        replies = () if is_writing else adventure.replies()
        self.display = len(replies) > 1
        if self.display:
            at = 1 + [turn.id for turn in replies].index(adventure.head or "")
            self.update(f"‹ {at}/{len(replies)} ›")
