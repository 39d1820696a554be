"""Provides what turns a model's raw stream into a finished reply, and says when to ask again.

    reply = Reply(action.text)
    async for piece in stream: show(reply.feed(piece)); stop where reply.done
    finished = reply.finish()
    verdict = judge(finished, earlier=the last few replies)

Knows nothing of models, saves or screens: text in, text out.
"""

from dungeon.perspective.narration import is_second_person
from dungeon.prose.filters import RejectReason
from dungeon.prose.quality import Verdict, score
from dungeon.prose.reply import FinishedReply, Reply, shape_reply

__all__ = [
    "FinishedReply",
    "RejectReason",
    "Reply",
    "Verdict",
    "is_second_person",
    "score",
    "shape_reply",
]
