"""Turn what a player picks or types into an action line: `Open the door` → `You open the door.`

Uses the parser for typed actions, so the model is trained on the lines it will see in play. A link
label may also be a noun, a place, or what happens next; such a label becomes context.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from corpus_scraper.documents.commands import (
    begins_with_command,
    is_action,
    is_movement,
    is_noun_in,
)
from corpus_scraper.documents.names import Names
from corpus_scraper.graph import Choice, ChoiceKind, StoryGraph
from dungeon import transcript
from dungeon.actions import is_question, is_speech, parse_action
from dungeon.actions.verbs import VERBS
from dungeon.errors import InputRefused
from dungeon.perspective import is_first_person, pronoun_shares, to_second_person
from dungeon.text.sentences import split_sentences

MIN_QUOTED = 3
"""Quoted labels in a story whose author puts all speech in quotation marks."""

MAX_UNQUOTED = 4
"""Words of an answer without quotation marks in a story that writes speech with them."""

COMMANDS_FOR_YOU = 2
"""Labels that are commands for each label that begins with `You`, where the latter narrate."""

_MEASURED = 50_000
"""Characters of a story by which its perspective is known."""

_NUMBER = re.compile(r"^(?:\(?(?:\d{1,2}|[a-hA-H])[.):]|[-–—*•→>»]+)\s+")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_TURNS_PAGE = re.compile(
    r"(?:(?:click|tap|press)(?: here)? to )?"
    r"(?:continue(?: the)?(?: story| reading| on)?|next(?: page| chapter| scene| part)?|go on|"
    r"proceed|(?:begin|start)(?:(?: the)? (?:story|game|adventure))?|more|onwards?|turn the page)",
    re.IGNORECASE,
)
"""Labels that only turn a page: the player decides nothing."""

_INTENDS = re.compile(
    r"^(?:I['’]ll|I will|I shall|I['’]m going to|I am going to) (?!be\b|not\b)(?=[a-z])"
)
"""I'll go left: a choice is done as it is picked."""

_ASIDE = re.compile(r"^(?:[(\[][^()\[\]]{1,30}[)\]]\s*)+(?=\S)")
"""How something is said: `(lie) Yes.`"""

_SPEAKER = re.compile(r"^(?P<name>[^\W\d_][\w.'’ -]{0,24}):\s+(?=\S)")
_SPEAKS = re.compile(
    r"(?:answer|ask|comment|exclaim|interject|mumble|reply|respond|say|scream|shout|whisper|yell):\s+"
    r"(?=[^\s\"“‘'])",
    re.IGNORECASE,
)
"""Interject: I like books. What follows is an action of its own, or speech."""

_PLAYER = frozenset(("you", "me", "i", "player"))

_GAP = re.compile(r"(?<![^\s])-{3}(?![^\s])")
"""A name that the program would put in."""

_CONSENTS = re.compile(r"^(?:yes|yeah|okay|ok|sure|alright|fine|no), (?=\w)", re.IGNORECASE)
"""Yes, wait for him: the answer to a question of the program's."""

_THANKS = re.compile(r"(?:no,? )?(?:thanks|thank you)[.!…]*", re.IGNORECASE)
_VALUE = re.compile(r"[^\W\d_][\w ]{0,20}:\s*[+-]?\d[\d/%]*")
"""A figure of the program: `Attack: 5`."""

_ANSWER = re.compile(
    r"(?:maybe|perhaps|alright|all right|fine|never|always|nothing|no one|nobody|certainly|indeed|"
    r"(?:of course|definitely|absolutely)(?: not)?|not (?:really|yet|now|at all|quite|today)|"
    r"very well|um|uh|agreed|never ?mind|not any ?more)[.,!…\s]*",
    re.IGNORECASE,
)
"""Answers that are speech after a question, and otherwise may be anything."""

_QUOTES = '"“”„«‘'
_CLOSING = "\"”»'’)] "
_HAS_WORDS_OF_ITS_OWN = re.compile(r"[:\"“”]|\b(?:what|where|who|why|how|if|whether)\b")
_OFFERED = re.compile(r"\s*\?+(?=\s|$)")
"""The question mark of an action that is offered: `Hold hands?`"""

_STOPS = ".!?… "
_HAS_PLAYER = re.compile(r"(?:^|[,;.!?—–-]\s+|\b\w{1,20}ly |^\w+ )[Yy]ou\b")


class LabelReader:
    """Reads the labels of one story, whose prose says what is a name and how speech is written."""

    def __init__(self, graph: StoryGraph) -> None:
        texts = {passage.id: passage.text for passage in graph.passages}
        labels = [choice.text for choice in graph.choices if choice.kind is ChoiceKind.LABEL]
        self._texts = texts
        self._names = Names(texts.values() if labels else ())
        self._quotes_speech = (
            sum(label.startswith(tuple(_QUOTES)) for label in labels) >= MIN_QUOTED
        )
        self._narrates_you = _has_narrated_labels(labels)
        shares = pronoun_shares(_sample(texts.values()) if labels else "")
        self._is_first_person = shares.first > shares.second

    def read(self, choice: Choice) -> Choice:
        """Return `choice` as documents hold it: with an action line, with context, or without text.

        Numbers, bullets and brackets around the whole of a label are the page's, not the player's.
        """
        if choice.kind is not ChoiceKind.LABEL:
            text = (
                typed_action_line(choice.text) if choice.kind is ChoiceKind.ACTION else choice.text
            )
            return replace(choice, text=text)
        line = _bare(choice.text)
        if turns_page(line):
            return replace(choice, text="", kind=ChoiceKind.ACTION)
        action = self._action(line, self._texts.get(choice.origin, ""))
        if action and (action[0] in _QUOTES or _HAS_PLAYER.search(action)):
            return replace(choice, text=action, kind=ChoiceKind.ACTION)
        return replace(choice, text=_on_one_line(_sentence(line)), kind=ChoiceKind.CONTEXT)

    def _action(self, line: str, before: str) -> str:
        """Return the action line of a label; empty where it is no action."""
        if aside := _ASIDE.match(line):
            said = line[aside.end() :]
            return self._action(said, before) or (_said(said) if "lie" in aside[0].lower() else "")
        if line[0] in _QUOTES:
            return _parsed(line)
        if _VALUE.fullmatch(line) or _GAP.search(line):
            return ""
        line = self._names.recase(_INTENDS.sub("", line))
        if (spoken := self._after_colon(line, before)) is not None:
            return spoken
        if self._narrates_you and line.startswith("You "):
            return ""
        if self._done(_CONSENTS.sub("", line)):
            return self._deed(_CONSENTS.sub("", line), before)
        if not self._is_said(line, before):
            return ""
        return _parsed(line) if is_speech(line) else _said(line)

    def _after_colon(self, line: str, before: str) -> str | None:
        """Return the action line of `Shout: Stop!` or `Rowan: Stop!`; None where it is neither."""
        if speech := _SPEAKS.match(line):
            said = line[speech.end() :]
            return self._deed(said, before) or _parsed(f'{speech[0]}"{said}"')
        speaker = _SPEAKER.match(line)
        if speaker and speaker["name"].lower() in _PLAYER:
            return _said(line[speaker.end() :])
        return "" if speaker and not begins_with_command(line, self._names.is_name) else None

    def _deed(self, line: str, before: str) -> str:
        """Return the action line of what the player does; empty where `line` is no such thing."""
        done = self._done(line)
        if not done or is_noun_in(before, done.rstrip(_STOPS)):
            return ""
        action = _parsed(self._as_typed(done))
        is_other = self._quotes_speech and action.startswith('You say "') and '"' not in line
        return "" if is_other else action

    def _done(self, line: str) -> str:
        """Return `line` from its first sentence on that is an action; empty where none is."""
        sentences = [each.text for each in split_sentences(line)]
        for at, sentence in enumerate(sentences):
            if is_action(sentence, self._names.is_name) and not self._names.begin(sentence):
                return " ".join(sentences[at:])
        return ""

    def _is_said(self, line: str, before: str) -> bool:
        """Return whether a label without quotation marks that is no action is speech."""
        if is_question(line):
            return not self._quotes_speech and not self._is_first_person
        is_call = is_speech(line) and not is_speech(line[0].lower() + line[1:])
        if is_call and not self._names.begin(line):
            return False
        if is_speech(line) or _THANKS.fullmatch(line):
            return not self._quotes_speech or len(line.split()) <= MAX_UNQUOTED
        if _ANSWER.fullmatch(line):
            return before.rstrip(_CLOSING).endswith("?")
        return (
            is_first_person(line)
            and line.startswith(("I ", "I'", "I’"))
            and not (self._quotes_speech or self._is_first_person)
        )

    def _as_typed(self, line: str) -> str:
        """Return an action as a player would type it: in small letters, and not as a question."""
        if not _HAS_WORDS_OF_ITS_OWN.search(line):
            line = _OFFERED.sub(".", line)
        begun = line[:1].lower() + line[1:]
        if is_movement(line):
            return f"go {begun}"
        return begun if begins_with_command(line, self._names.is_name) else line


def _has_narrated_labels(labels: Iterable[str]) -> bool:
    """Return whether labels are commands, so that `You fall asleep` tells what happens."""
    first = [label.split(" ", 1)[0].lower() for label in labels]
    commands = sum(word in VERBS for word in first)
    return 0 < COMMANDS_FOR_YOU * first.count("you") < commands


def turns_page(label: str) -> bool:
    """Return whether a label only leads to the next page."""
    return not any(map(str.isalpha, label)) or bool(_TURNS_PAGE.fullmatch(label.strip(" .…!>→»")))


def typed_action_line(typed: str) -> str:
    """Return the action line of what a player typed; empty where it only continues the story."""
    line = _bare(typed)
    return "" if turns_page(line) else _parsed(_INTENDS.sub("", line))


def _parsed(line: str) -> str:
    try:
        action = parse_action(line, is_command=True).text
    except InputRefused:  # longer than a player may type, and yet a choice
        action = to_second_person(line)
    return _on_one_line(action)


def _said(words: str) -> str:
    return _parsed(f'"{words}"') if words[0] not in _QUOTES else _parsed(words)


def _sample(texts: Iterable[str]) -> str:
    """Return about `_MEASURED` characters of prose."""
    sample, left = [], _MEASURED
    for text in texts:
        sample.append(text[:left])
        left -= len(text)
        if left <= 0:
            break
    return "\n\n".join(sample)


def _on_one_line(text: str) -> str:
    return " ".join(transcript.normalise(text).split())


def _sentence(line: str) -> str:
    line = line[:1].upper() + line[1:]
    return line if line[-1] in ".!?…:\"'”’)" else f"{line}."


def _bare(label: str) -> str:
    line = _NUMBER.sub("", " ".join(label.split()))
    while line[:1] in _BRACKETS and line.endswith(_BRACKETS[line[0]]) and line.count(line[0]) == 1:
        line = line[1:-1].strip()
    return line
