"""Provides what can be counted in the replies of a model that plays: person, ends, loops, answers.

Each measure is a function of the text alone, defined in its docstring with its limits. Together
they say whether a model keeps to the form of an adventure; none says whether the story is good.
Knows nothing of models or of files.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dungeon.perspective import pronoun_shares
from dungeon.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote after a prompt, up to the player's next line."""

    text: str
    ended: bool
    """Whether the model ended it itself, by the end of the text or by the player's next line;
    otherwise it was cut off at its longest."""
    deed: str
    """The player's action it replies to."""
    others: tuple[str, ...] = ()
    """Actions that it does not reply to."""


Metric = Callable[[Sequence[Reply]], float]
"""From all replies to one number between 0 and 1."""


def share(replies: Sequence[Reply], holds: Callable[[Reply], bool]) -> float:
    """Return the share of the replies for which `holds` is true; 0 where there are none."""
    return sum(map(holds, replies)) / len(replies) if replies else 0.0


# Who is spoken of ---------------------------------------------------------------------------------


def second_person(replies: Sequence[Reply]) -> float:
    """Return the share of replies told to `you`, among those that speak of a you or of an I.

    Counted outside quotations; a reply with more `you` than `I` is told to you. Limits: a reply in
    which only others act counts on neither side (see `nobody`), and a hero called `he` or by name
    is not seen.
    """
    told = [person for reply in replies if any(person := _person(reply))]
    return sum(second > first for first, second in told) / len(told) if told else 0.0


def first_person(replies: Sequence[Reply]) -> float:
    """Return the share of all replies in which an I tells more than a you is told of.

    Counted outside quotations. Limits: a letter or a song without quotation marks counts, too.
    """
    return share(replies, lambda reply: _person(reply)[0] > _person(reply)[1])


def no_protagonist(replies: Sequence[Reply]) -> float:
    """Return the share of all replies that speak of neither a you nor an I outside quotations.

    Limits: this is the right thing now and then, when a room or another's deed is all there is to
    tell. As a habit it means that the hero has become a `he`.
    """
    return share(replies, lambda reply: not any(_person(reply)))


def _person(reply: Reply) -> tuple[float, float]:
    found = pronoun_shares(reply.text)
    return found.first, found.second


# Where it ends ------------------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]*]*$")


def ended(replies: Sequence[Reply]) -> float:
    """Return the share of replies that the model ended itself, at the end of a sentence.

    Limits: it says that the model knows how long a turn is. A game cuts longer replies at a
    sentence and loses nothing but time. A full stop after an abbreviation counts as an end.
    """
    return share(
        replies, lambda reply: reply.ended and bool(_SENTENCE_END.search(reply.text.rstrip()))
    )


def empty(replies: Sequence[Reply]) -> float:
    """Return the share of replies without a single word."""
    return share(replies, lambda reply: not _words(reply.text))


# Repetition ---------------------------------------------------------------------------------------

_OFTEN = 3
_LOOPED_RUN = 5
_FEWEST_DISTINCT = 0.6
_LONG_ENOUGH = 20


def distinct_2(replies: Sequence[Reply]) -> float:
    """Return the share of different ones among all pairs of neighbouring words of all replies.

    Li et al. 2016 (arXiv 1510.03055). Limits: it falls as there are more words, so compare only
    models that were given the same prompts and wrote about as much.
    """
    return _distinct(replies, 2)


def distinct_3(replies: Sequence[Reply]) -> float:
    """Return the share of different ones among all runs of three words of all replies.

    See `distinct_2` for its limits.
    """
    return _distinct(replies, 3)


def loops(replies: Sequence[Reply]) -> float:
    """Return the share of replies that go round in circles.

    A reply does where a sentence or a run of five words comes three times, or where it has twenty
    words or more and fewer than 60 in 100 of its runs of three words differ. Limits: a refrain or a
    litany that is meant counts; a loop over several turns is not seen.
    """
    return share(replies, lambda reply: _goes_round(reply.text))


def _goes_round(text: str) -> bool:
    words = _words(text)
    sentences = Counter(filter(None, (" ".join(_words(s)) for s in _sentences(text))))
    runs = Counter(_runs(words, _LOOPED_RUN))
    if max(sentences.values(), default=0) >= _OFTEN or max(runs.values(), default=0) >= _OFTEN:
        return True
    threes = _runs(words, 3)
    return len(words) >= _LONG_ENOUGH and len(set(threes)) < _FEWEST_DISTINCT * len(threes)


def _distinct(replies: Sequence[Reply], length: int) -> float:
    runs = [run for reply in replies for run in _runs(_words(reply.text), length)]
    return len(set(runs)) / len(runs) if runs else 0.0


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]


# The action ---------------------------------------------------------------------------------------

_REACH = 2
"""Sentences in which an action is to be answered."""
_SHORTEST = 3
_STEM = 4
_COMMON = frozenset(
    "about again all along and another any are ask back behind but down for from have her him his "
    "how into its more next not off out over say see she something than that the their them then "
    "there they this through under until was what when where which while who whose why with you "
    "your yours yourself other others".split()
)


def responsiveness(replies: Sequence[Reply]) -> float:
    """Return the share of replies that take up the action in their first two sentences.

    An action is taken up where one of its content words comes back, known by its first four letters
    (`knock`, `knocking`); actions without one are left out. Limits: it knows words, not meaning.
    `The hinges scream` answers `You open the door` and is not seen; a door that the opening
    mentioned comes back without being an answer. Hold it against `answers_others`, which counts
    just that.
    """
    return _taken_up((reply.text, reply.deed) for reply in replies)


def responsiveness_by_chance(replies: Sequence[Reply]) -> float:
    """Return how often a reply takes up, by the same rule, an action that was not asked for.

    Over the other actions of the same opening: what `answers` would be if the model had not read
    the action at all.
    """
    return _taken_up((reply.text, other) for reply in replies for other in reply.others)


def _taken_up(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the share of pairs of a reply and an action in which the one takes up the other."""
    found = [
        bool(wanted & _stems(" ".join(_sentences(text)[:_REACH])))
        for text, deed in pairs
        if (wanted := _stems(deed))
    ]
    return sum(found) / len(found) if found else 0.0


def _stems(text: str) -> set[str]:
    words = (word for word in _words(text) if len(word) >= _SHORTEST and word not in _COMMON)
    return {word[:_STEM] for word in words}


# The player's part --------------------------------------------------------------------------------

_SPEAK = (
    r"(?:say|ask|reply|answer|shout|whisper|mutter|yell|exclaim|respond|murmur|scream|stammer|tell|"
    r"call|cry|declare|announce|demand|add|continue|insist|agree|admit|suggest|beg|plead)"
)
_YOU_SPEAK = re.compile(
    rf"\byou\s+(?:\w+ly\s+)?{_SPEAK}\b[^.!?\"“”]{{0,50}}[\"“](?P<after>[^\"”]+)"
    rf"|[\"“](?P<before>[^\"“”]+)[\"”],?\s+you\s+(?:\w+ly\s+)?{_SPEAK}\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W{0,3}(?:you|player|user|human)\W{0,2}:", re.IGNORECASE | re.MULTILINE)


def speaks_for_player(replies: Sequence[Reply]) -> float:
    """Return the share of replies that put words in the player's mouth.

    Quoted words that `you` say, which the action did not say, or a line `You: …`. Limits: what is
    said without quotation marks, thought or done is not seen.
    """
    return share(replies, _speaks_for_the_player)


def _speaks_for_the_player(reply: Reply) -> bool:
    if _LABEL.search(reply.text):
        return True
    said = " ".join(_words(reply.deed))
    quoted = (found["after"] or found["before"] for found in _YOU_SPEAK.finditer(reply.text))
    return any(" ".join(_words(words)) not in said for words in quoted)


# The assistant ------------------------------------------------------------------------------------

_ASSISTANT = re.compile(
    r"""(?:^|(?<=[.!?]\s)|(?<=\n))\W{0,3}(?:
    as\san\s(?:ai|artificial)\b
    | i(?:['’]m|\sam)\s(?:just\s)?an?\s(?:ai|language\smodel|assistant)\b
    | i(?:['’]m|\sam)\ssorry,?\s(?:but\s)?(?:as\s|i\s(?:can['’]t|cannot|don['’]t|am\snot))
    | i\s?(?:can['’]t|cannot|['’]m\sunable\sto|\sam\sunable\sto)\s
        (?:assist|help\syou\swith|continue\s(?:this|the|with)|write|fulfil|provide|create|generate)
    | (?:sure|certainly|of\scourse|absolutely)[!,.]?\s(?:here\b|i\scan\b|i['’]d\s|i['’]ll\s)
    | here(?:['’]s|\sis|\sare)\s(?:a|an|the|your|my|one|some)\s(?:\w+\s){0,2}
        (?:story|continuation|version|example|list|summary|response|scene|text|rewrite|outline)\b
    | let\sme\sknow\b | i\shope\s(?:this|that)\shelps? | feel\sfree\sto\b
    | please\s(?:provide|let\sme\sknow|note\sthat)\b | would\syou\slike\sme\sto\b
    | is\sthere\sanything\selse\b | how\s(?:can|may)\si\s(?:help|assist)\b
    | in\sthis\s(?:story|scenario|version|exercise|response|text)\b
    | (?:note|assistant|response|answer|prompt|instructions?|summary)\s?:
    | the\s(?:story|prompt|user|text)\s(?:is|should|asks|wants|continues|ends|begins|concludes)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LAID_OUT = re.compile(r"^\s*(?:\#{1,6}\s|\d{1,2}[.)]\s|[-*•]\s+\*\*|```)", re.MULTILINE)


def assistant(replies: Sequence[Reply]) -> float:
    """Return the share of replies that speak as an assistant does: of the task, of the text, of
    itself, with offers of help, or laid out as a list or under headings.

    Limits: a fixed list of how such sentences begin. A narrator who lectures in other words is not
    seen; a character who says `Sure, I'll come` at the start of a line without quotation marks is.
    """
    return share(replies, _speaks_as_assistant)


def _speaks_as_assistant(reply: Reply) -> bool:
    return bool(_ASSISTANT.search(reply.text) or _LAID_OUT.search(reply.text))


METRICS: dict[str, Metric] = {
    measure.__name__: measure
    for measure in (
        second_person,
        first_person,
        no_protagonist,
        ended,
        empty,
        distinct_2,
        distinct_3,
        loops,
        responsiveness,
        responsiveness_by_chance,
        speaks_for_player,
        assistant,
    )
}
"""Every measure by name, in the order it is told in."""


_WORD = re.compile(r"\w+(?:['’]\w+)*")


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _sentences(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]
