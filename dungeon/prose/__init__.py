"""Turn a model's raw stream into a finished reply, and decide whether to generate it again.

    reply = ReplyBuilder(action.text)
    async for piece in stream: show(reply.feed(piece)); stop where reply.done
    finished = reply.finish()
    verdict = score(finished, earlier=the last few replies)

Knows nothing of models, saves or screens: text in, text out.
"""

from dungeon.perspective import is_second_person
from dungeon.prose.filters import RejectReason
from dungeon.prose.quality import Verdict, score
from dungeon.prose.reply import FinishedReply, ReplyBuilder
from dungeon.prose.thinking import ThinkingFilter

__all__ = [
    "FinishedReply",
    "RejectReason",
    "ReplyBuilder",
    "ThinkingFilter",
    "Verdict",
    "is_second_person",
    "score",
]
