"""Parse a typed line into an action: `take my sword` → `You take your sword.`

Knows nothing of adventures, generators or screens. The line is cleaned here, where it enters, and
comes out as the transcript holds it.
"""

import re

from dungeon import transcript
from dungeon.actions.languages import is_other_language
from dungeon.actions.mixed_line import sentences_of, split_speech
from dungeon.actions.narration import is_unknown_word, to_narration, without_marks
from dungeon.actions.speech import (
    QUOTES,
    capitalise,
    capitalise_speech,
    close_quotation,
    end_sentence,
    is_question,
    is_speech,
    to_speech,
)
from dungeon.actions.verbs import SUBJECTS
from dungeon.errors import InputRefused
from dungeon.perspective import to_second_person
from dungeon.story import Action, Kind
from dungeon.text import clean
from dungeon.text.quotations import quoted_spans

MAX_ACTION = 1_000
"""Characters of an action or speech."""

MAX_STORY = 8_000
"""Characters of prose by the player."""

_MARKS = re.compile(r"^[>\s]+")
_ASIDE = re.compile(
    r"\(+[^()]*\)+[.!?]?|\[+[^\[\]]*\]+[.!?]?|\{+[^{}]*\}+[.!?]?|ooc\b.*", re.IGNORECASE
)
"""What is said to the narrator, not done in the story: `(OOC: make it scarier)`."""
_FIRST_WORD = re.compile(r"[\s,.;:!?—–-]*([^\W_]+)")


def parse_action(
    typed: str, mode: Kind = Kind.DO, *, is_command: bool = False, detect_speech: bool = True
) -> Action:
    """Return the action for what the player typed in `mode`; an empty line is `continue`.

    In do mode a line in quotation marks, a question, a greeting or a call becomes speech; behind it
    a sentence that acts stays an action. A single unknown word stays as it was typed, unless the
    caller knows that it `is_command`, as a transcript of another game does. Without
    `detect_speech`, as behind /do, only quotation marks make speech. An aside in brackets stays as
    it is. Raises InputRefused if the line is too long.
    """
    match mode:
        case Kind.CONTINUE:
            return Action(Kind.CONTINUE)
        case Kind.STORY | Kind.OPENING:
            prose = transcript.normalise(_check_length(clean(typed).strip(), MAX_STORY))
            return Action(Kind.STORY, prose) if prose else Action(Kind.CONTINUE)
        case Kind.SAY:
            return _say(_line(typed))
        case Kind.DO:
            return _do(_line(typed), is_command=is_command, detect_speech=detect_speech)


def _line(typed: str) -> str:
    """Return what was typed as one line, without a leading `>`."""
    line = " ".join(clean(typed).split())
    return _check_length(_MARKS.sub("", line), MAX_ACTION)


def _check_length(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    advice = "Shorten it." if limit == MAX_STORY else "Shorten it, or write it as story."
    raise InputRefused(f"That is {len(text):,} characters; {limit:,} fit into one turn. {advice}")


def _say(line: str) -> Action:
    words = to_speech(line)
    return Action(Kind.SAY, words) if words else Action(Kind.CONTINUE)


def _do(line: str, *, is_command: bool = False, detect_speech: bool = True) -> Action:
    if not any(map(str.isalnum, line)):
        return Action(Kind.CONTINUE)
    if _ASIDE.fullmatch(line):
        return Action(Kind.DO, line)
    if line[0] in QUOTES and next(quoted_spans(line), (-1, 0))[0] == 0:
        return _say_quotation(close_quotation(line), is_command=is_command)
    if not detect_speech:
        return Action(Kind.DO, _narrate(line))
    parts = split_speech(line)
    if len(parts) > 1:
        told = (_ask(part).text if is_said else to_narration(part) for part, is_said in parts)
        return Action(Kind.DO, " ".join(told))
    if is_speech(line):
        return _ask(line)
    return Action(Kind.DO, _narrate(line, is_command=is_command))


def _narrate(line: str, *, is_command: bool = False) -> str:
    """Return a line that is no speech as narration, or as it is where it cannot be."""
    if is_other_language(line) or (is_unknown_word(line) and not is_command):
        return end_sentence(capitalise(close_quotation(without_marks(line))))
    return to_narration(line)


def _ask(line: str) -> Action:
    """Return what is said without quotation marks; a question at its end gets its mark."""
    *_, last = sentences_of(line)
    return _say(f"{line.rstrip('.!,;: ')}?" if is_question(last) and line[-1] != "?" else line)


def _say_quotation(line: str, *, is_command: bool) -> Action:
    """Return the action of a line that begins with a quotation.

    `"Go!" and wave` → `You say "Go!" and wave.`
    """
    _, end = next(quoted_spans(line))
    words, rest = line[:end], line[end:]
    following = _FIRST_WORD.match(rest)
    if following is None:
        return _say(words)
    if not to_speech(words):
        return _do(line.lstrip(QUOTES + " "), is_command=is_command)
    if following[1].lower() in SUBJECTS:
        said = words[0] + capitalise_speech(words[1:])
        return Action(Kind.SAY, to_second_person(end_sentence(said + rest)))
    return Action(
        Kind.SAY, to_second_person(end_sentence(f"{to_speech(words)} {rest.lstrip(' ,.;:')}"))
    )
