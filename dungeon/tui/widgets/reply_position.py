"""The number of a chosen turn, and which of several replies is shown: ‹ 2/4 ›."""

from dungeon.story import Adventure
from dungeon.tui.widgets.safe_text import SafeStatic


class ReplyPosition(SafeStatic):
    """Hidden where there is only one reply, and no turn is chosen."""

    def __init__(self) -> None:
        super().__init__(id="replies")

    def show(self, adventure: Adventure, chosen: str, *, is_writing: bool) -> None:
        """Show the number of the turn `chosen` and the position of its reply, or of the head's."""
        turn_id = chosen or adventure.head or ""
        replies = () if is_writing else [turn.id for turn in adventure.replies(turn_id)]
        parts = [f"Turn {len(adventure.path_to(chosen)):,}"] if chosen else []
        if len(replies) > 1:
            parts.append(f"‹ {replies.index(turn_id) + 1}/{len(replies)} ›")
        self.display = bool(parts)
        self.update("  ".join(parts))
