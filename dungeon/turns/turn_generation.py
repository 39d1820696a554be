"""Begin the generation of a turn's reply: what it is compared with, and how it is scored."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from dungeon import prose
from dungeon.dice import contradicts_roll, done_beginning, reply_beginning
from dungeon.generator import Generator, Request
from dungeon.prompt.context import Context
from dungeon.settings.generation import GenerationSettings
from dungeon.state import NOBODY, TheDead, find_dead
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.text import cliches, safety
from dungeon.text.phrases import BannedPhrases, ban, normalise
from dungeon.text.quotations import quoted_texts
from dungeon.transcript import END_MARK
from dungeon.turns.best_of import BestOf
from dungeon.turns.generation import Generation, Score

COMPARED_REPLIES = 6
"""Number of earlier replies that a new one is compared with to detect loops."""

VISIBLE_TURNS = 100
"""Number of earlier replies of which no passage of six words is told again; the opening is always
one of them, and so are the turns that the prompt quotes and the summary."""

_ASKS_AGAIN = re.compile(
    r"\b(?:re-?read|read|recite|repeat|quote|sing|chant|again|once more|what d(?:o|oes|id))\b",
    re.IGNORECASE,
)
"""An action after which the story may quote itself: a sign that is read again, a song, an answer
that was not understood."""

_OPENING_WORD = re.compile(r"\w{1,20}\b")
"""A longer one is a whole sentence, in a language that is written without spaces."""

FIRST_WORDS = ("You", "The")
"""First words of a reply in second person that would otherwise be empty; an answer takes the first,
where the story goes on by itself the seed chooses."""

_NO_END = (END_MARK,)
"""Banned where the story goes on by itself, and no first word is known: there most models would
write the player's next line at once. Other replies may be as short as the model wants."""

SAME_REPLY = prose.Verdict(8, prose.RejectReason.SAME_REPLY)
"""The verdict on a reply that the action has already: worse than all but an empty one."""

DEAD_ACT = prose.Verdict(4, prose.RejectReason.DEAD_ACT)
"""The verdict on a reply in which the dead act, where the last attempt has let them: worse than a
short one and than a loop."""

CONTRADICTS_ROLL = prose.Verdict(2, prose.RejectReason.CONTRADICTS_ROLL)
"""The verdict on a reply that tells a success where the roll has failed: worse than a loop."""

FLAT = prose.Verdict(1, prose.RejectReason.ECHO)
"""The verdict on a reply that says what was done, and not what comes of it: better than a loop."""

FORBIDDEN = prose.Verdict(100, prose.RejectReason.FORBIDDEN)
"""The verdict on a reply that breaks the content rule: worse than any other."""


def prefetch_request(context: Context, settings: GenerationSettings) -> Request:
    """Return the request that reads `context`, whose action is not known yet, ahead."""
    return Request(
        context.prompt,
        max_tokens=0,
        sampling=settings.sampling,
        seed=0,
        unconditional_prompt=context.unconditional_prompt,
        biased_words=settings.biased_words,  # their tokens are looked up ahead, too
        messages=context.messages,
        session=context.session,
        is_opening=context.is_opening,
    )


def begin_generation(
    generator: Generator,
    context: Context,
    settings: GenerationSettings,
    base: Adventure,
    action: Action,
    *,
    seed: int,
    started: float,
    beginning: str | None = None,
    replies: Collection[str] = (),
    dead: Collection[str] | None = None,
) -> Generation:
    """Return the generation of a reply to `action` at the head of `base`; its prompt is `context`.

    The reply begins with `beginning`; where that is None, with the outcome of what was rolled for
    the action, if anything. It should be none of the `replies` that the action has already. The
    `dead` neither speak nor act in it; where that is None, those whom the story tells to be dead.
    """
    path = base.path()
    opening = path[0].text if path else ""
    second_person = prose.is_second_person(opening)
    silent = _find_dead(base, action, settings, beginning) if dead is None else TheDead((*dead,))
    is_answer = action.kind in (Kind.DO, Kind.SAY)
    own = cliches.split(settings.banned_phrases)[0]
    can_begin = second_person and not context.messages  # a server's chat takes no beginning
    after_echo = ""
    if can_begin and is_answer:  # prose of the player's own stands in the story already
        after_echo = done_beginning(action.text, BannedPhrases(own))
    flat = [after_echo]
    if beginning is None:
        beginning = reply_beginning(action.text, BannedPhrases(own)) if can_begin else ""
        flat.append(beginning)
    always = tuple(phrase for phrase in own if not _stands_in(phrase, beginning))
    first_word = _first_word(opening, seed, is_answer=is_answer, is_chat=context.format == "chat")
    given = (action.text, beginning)
    return Generation(
        generator,
        context,
        settings,
        seed=seed,
        score=_scorer(path, given, replies, silent, flat),
        new_reply=lambda banned, dead, beginning: prose.ReplyBuilder(
            action.text,
            target_length=settings.reply_characters,
            second_person=second_person,
            banned=banned,
            dead=dead,
            beginning=beginning,
        ),
        banned=_banned(_visible_texts(path, context), settings, action, given, always),
        always_banned=BannedPhrases(always),
        dead=silent,
        started=started,
        first_word=first_word,
        after_echo=after_echo,
        beginning=beginning,
        banned_tokens=() if is_answer or first_word else _NO_END,
        best_of=BestOf(settings.best_of) if settings.best_of > 1 else None,
    )


def _find_dead(
    base: Adventure, action: Action, settings: GenerationSettings, beginning: str | None
) -> TheDead:
    """Return who is dead, where changes of the state are looked for at all; nobody where the player
    begins the reply with words about them.
    """
    dead = NOBODY if settings.state == "off" else find_dead(base, action)
    return NOBODY if beginning and dead.may_act_in(beginning) else dead


def _stands_in(phrase: str, text: str) -> bool:
    return BannedPhrases([phrase]).scan(text, is_whole=True).phrase_start is not None


def _first_word(opening: str, seed: int, *, is_answer: bool, is_chat: bool) -> str:
    """Return the word with which a reply begins that would otherwise be empty, where one is known.

    In a chat the story goes on by itself with the word with which it opened, in whatever person and
    language: what a chat model writes at the end of its reply is no text, and cannot be banned.
    """
    if prose.is_second_person(opening):
        return FIRST_WORDS[0 if is_answer else seed % 2]
    found = _OPENING_WORD.match(opening) if is_chat and not is_answer else None
    return found[0] if found else ""


def _scorer(
    path: Sequence[Turn],
    given: tuple[str, str],
    replies: Collection[str],
    dead: TheDead,
    flat: Iterable[str],
) -> Score:
    """Return what scores a reply after `path`; to repeat what is `given`, the player's action and
    the beginning, costs nothing, and the `dead` should not act in it. It should say more than one
    of the texts that are `flat`.
    """
    earlier = [turn.text for turn in (*path[:1], *path[1:][-COMPARED_REPLIES:])]
    same = set(map(normalise, replies))
    too_little = set(map(normalise, flat))
    is_wanted = contradicts_roll(*given)  # by a player who begins the reply with a success

    def score(reply: prose.FinishedReply) -> prose.Verdict:
        if safety.violates(reply.text):
            return FORBIDDEN
        if reply.text and normalise(reply.text) in same:
            return SAME_REPLY
        verdicts = [prose.score(reply, earlier=earlier, given=given)]
        if dead.act_in_text(reply.text, given[0]):
            verdicts.append(DEAD_ACT)
        if normalise(reply.text) in too_little:
            verdicts.append(FLAT)
        if not is_wanted and contradicts_roll(given[0], reply.text):
            verdicts.append(CONTRADICTS_ROLL)
        return max(verdicts)

    return score


def _banned(
    visible: Sequence[str],
    settings: GenerationSettings,
    action: Action,
    given: Sequence[str],
    always: Sequence[str],
) -> BannedPhrases:
    """Return what a reply must not say, but for the words of the texts `given`; the phrases
    `always`, the player's own, it says in no case.
    """
    return ban(
        settings.banned_phrases,
        visible if settings.bans_passages else (),
        allowed=given,
        repeatable=_asked_again(action, visible),
        always=always,
    )


def _visible_texts(path: Sequence[Turn], context: Context) -> list[str]:
    """Return the texts of which no reply repeats a passage."""
    quoted = [turn for turn in path if turn.id in context.quoted_ids]
    visible = [turn.text for turn in (*path[:1], *quoted, *path[1:][-VISIBLE_TURNS:])]
    visible += [context.summary.text] if context.summary else []
    return visible + [part.text for part in context.parts if part.name == "state"]


def _asked_again(action: Action, visible: Sequence[str]) -> Iterator[str]:
    """Yield the quotations of the story, where the player asks to read, hear or sing one again."""
    if _ASKS_AGAIN.search(action.text):
        yield from chain.from_iterable(map(quoted_texts, visible))
