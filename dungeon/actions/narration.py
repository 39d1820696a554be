"""Turn a typed command into narration: `draw my sword` → `You draw your sword.`

A command has no subject, so it gets one; a sentence with a subject keeps it. No list of verbs is
complete: an unknown first word counts as a command.
"""

import re
from collections.abc import Callable

from dungeon.actions.direct_speech import quote_direct_speech
from dungeon.actions.short_directions import expand_directions
from dungeon.actions.speech import TO_ONESELF, capitalise, close_quotation, end_sentence
from dungeon.actions.verbs import (
    ABBREVIATIONS,
    AUXILIARIES,
    CONNECTIVES,
    DIRECTIONS,
    LONE_VERBS,
    PHRASE_STARTS,
    QUESTION_WORDS,
    SUBJECTS,
    VERBS,
)
from dungeon.actions.words import WORD
from dungeon.perspective import to_second_person
from dungeon.text.quotations import replace_quotations, split_quotations
from dungeon.text.sentences import split_sentences


def to_narration(line: str) -> str:
    """Return `line` as narration: second person, verbs agreeing, ending as a sentence."""
    line = close_quotation(without_marks(line))
    match WORD.findall(line):
        case [word]:
            line = ABBREVIATIONS.get(word.lower(), line)
        case _:
            line = TO_ONESELF.sub(r"\g<act> myself", _EXAMINE.sub("examine ", line))
            line = _outside_quotations(line, expand_directions)
    line = quote_direct_speech(_restore_apostrophes(_lower_capitals(line)))
    sentences = (
        _sentence(sentence, at) for at, sentence in enumerate(s.text for s in split_sentences(line))
    )
    return to_second_person(end_sentence(" ".join(sentences)))


def without_marks(line: str) -> str:
    """Return `line` without the marks around it that mean nothing: `- look`, `*look*`."""
    return line.rstrip("*_ ").lstrip(_BULLETS)


def is_unknown_word(line: str) -> bool:
    """Return whether `line` is one word that is no command: `xyzzy`, `lamp`, a name.

    With `you` before it, it would be a verb that there is not.
    """
    match WORD.findall(line):
        case [word]:
            return word.lower() not in _KNOWN_ALONE and not _has_subject(word)
    return False


_KNOWN_ALONE = VERBS.union(LONE_VERBS, ABBREVIATIONS, CONNECTIVES, PHRASE_STARTS, DIRECTIONS)
_BULLETS = " .,;:!?…*_-–—"
"""What may precede a line without a meaning: `- look`, `...look`."""

# One sentence.

_EXAMINE = re.compile(r"^[xX] (?=\w)")
_EXPANSIONS = {"be": "are", "not": "do not"}
_PHRASE = re.compile(r"([^,]*,)\s+(?=\S)")
_PLACE = re.compile(r"(?:the|an?|my|your|his|her|its|their|our|this|that|north|south|east|west)\b")


def _sentence(sentence: str, at: int) -> str:
    """Return one sentence of several with a subject; `at` is how many went before it.

    Only the first is taken for a command if its first word is unknown: a later one is more likely
    a statement.
    """
    return capitalise(_with_subject(sentence, sure=at > 0))


def _with_subject(sentence: str, *, sure: bool, leads: int = 3) -> str:
    """Return `sentence` with `you` before its command, if it is a command.

    At most `leads` words or phrases may lead up to it: `then, with my sword, carefully attack`.
    """
    found = WORD.match(sentence)
    if not leads:
        return sentence
    if found is None:
        return sentence if sure else f"you {sentence}"
    word = found[0].lower()
    rest = sentence[found.end() :].lstrip(" ,;:")
    goes_on = WORD.search(rest) is not None
    match word:
        case _ if _has_subject(word) or (word in _INVERTED and _begins_with_subject(rest)):
            return sentence
        case "let's" | "let’s" | "to" if goes_on and not (
            word == "to" and _PLACE.match(rest.lower())
        ):
            return _with_subject(rest, sure=False, leads=leads - 1)
        case "be" | "not" if goes_on and not rest.startswith("going "):
            return f"you {_EXPANSIONS[word]} {rest}"
        case _ if word in CONNECTIVES and goes_on and not rest.startswith("to "):
            link = sentence[: len(sentence) - len(rest)].rstrip()
            return f"{link} {_with_subject(rest, sure=sure, leads=leads - 1)}"
        case _ if word in PHRASE_STARTS or (word.endswith("ly") and word not in VERBS):
            return _after_phrase(sentence, rest, sure=sure, leads=leads)
        case _ if word in DIRECTIONS and _is_direction(word, rest):
            return f"you go {_decapitalise(sentence)}"
        case _ if word not in VERBS and (sure or _has_named_subject(sentence, rest)):
            return sentence
        case _:
            return f"you {_decapitalise(sentence)}"


def _after_phrase(sentence: str, rest: str, *, sure: bool, leads: int) -> str:
    """Return a sentence that opens with a phrase or an adverb: `Carefully, you open the door`."""
    if phrase := _PHRASE.match(sentence):
        sure = sure or _mentions_player(phrase[1])
        command = sentence[phrase.end() :]
        return f"{phrase[1]} {_with_subject(command, sure=sure, leads=leads - 1)}"
    word, following = WORD.match(sentence), WORD.match(rest)
    opening = word[0].lower() if word else ""
    is_statement = (
        opening not in PHRASE_STARTS and following is not None and _has_subject(following[0])
    )
    if is_statement or _mentions_player(sentence):
        return sentence
    return f"you {'go ' if opening in DIRECTIONS else ''}{_decapitalise(sentence)}"


_INVERTED = AUXILIARIES - {"do", "don't", "have"}


def _begins_with_subject(text: str) -> bool:
    """Return whether it does: now is `the time`."""
    word = WORD.match(text)
    return word is not None and word[0].lower() in SUBJECTS


_PLAYER = re.compile(r"\b(?:I|i|you)\b")
_THIRD = re.compile(r"([a-z]+?)(?:es|s)\b")


def _has_subject(word: str) -> bool:
    """Return whether a sentence that begins with `word` has a subject: `I’ll`, `the`, `who`."""
    return re.split("['’]", word.lower())[0] in SUBJECTS | QUESTION_WORDS


def _mentions_player(text: str) -> bool:
    return _PLAYER.search(replace_quotations(text, " ")) is not None


def _is_direction(word: str, rest: str) -> bool:
    """Return whether a first word is a direction: `left`, but not `left hand`."""
    return word not in {"in", "out", "left", "right", "home", "away"} or not rest.strip(" .!")


def _has_named_subject(sentence: str, rest: str) -> bool:
    """Return whether `sentence` begins with a name and a verb in third person: `Rowan smiles`."""
    third = _THIRD.match(rest)
    return (
        sentence[0].isupper() and third is not None and {third[1], third[1] + "e"} & VERBS != set()
    )


def _decapitalise(sentence: str) -> str:
    """Return `sentence` with its first word in small letters, unless it is an acronym or a name."""
    word = re.match(r"\w*", sentence)
    first = word[0] if word else ""
    if first.lower() in VERBS:
        return first.lower() + sentence[len(first) :]
    return sentence if first[1:] != first[1:].lower() else first.lower() + sentence[len(first) :]


# A whole line.

_NO_APOSTROPHE = re.compile(r"\b([Ii])(m|ve)\b")


def _lower_capitals(line: str) -> str:
    """Return `line` in small letters if all of it is in capitals; quotations stay as they are."""
    if not capitalise(line).isupper() or sum(map(str.isalpha, line)) < 2:
        return line
    return _outside_quotations(line, str.lower)


def _restore_apostrophes(line: str) -> str:
    """Return `line` with the missing apostrophes of `im` and `ive`."""
    return _outside_quotations(line, lambda text: _NO_APOSTROPHE.sub(r"I'\2", text))


def _outside_quotations(line: str, change: Callable[[str], str]) -> str:
    """Return `line` with `change` applied to everything that is not a quotation."""
    return "".join(part if quoted else change(part) for part, quoted in split_quotations(line))
