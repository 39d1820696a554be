"""Provides what turns a model's raw stream into a finished reply, and says when to ask again.

    reply = Reply(action.text)
    async for piece in stream: show(reply.feed(piece)); stop where reply.done
    finished = reply.finish()
    verdict = judge(finished, earlier=the last few replies)

Knows nothing of models, saves or screens: text in, text out.
"""

from dungeon.prose.flaws import Flaw
from dungeon.prose.loops import Verdict, judge
from dungeon.prose.narrator import told_to_you
from dungeon.prose.reply import Finished, Reply, shape

__all__ = ["Finished", "Flaw", "Reply", "Verdict", "judge", "shape", "told_to_you"]
