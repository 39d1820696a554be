"""Shape a whole reply at once."""

from dungeon.prose import FinishedReply, ReplyBuilder


def shape_reply(text: str, action: str = "") -> FinishedReply:
    """Return the finished reply of a stream that is already whole, of any length."""
    reply = ReplyBuilder(action, target_length=2 * len(text) + 1, max_length=len(text) + 1)
    reply.feed(text)
    return reply.finish()
