"""Split prose into sentences, also while it is still being streamed.

A sentence ends at . ! ? or …, with the quotation marks and brackets that close after it, outside
any quotation; and at the end of its line. Every decision waits for the characters it depends on, so
the way in which a stream is cut into chunks never changes the sentences.

Our own because libraries (pysbd, sentencex) need the whole text, and a reply is shown as it comes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

STOPS = ".!?…。！？"
"""What ends a sentence."""

CLOSERS = "\"”»’'*_)]"
"""What may close after a sentence's end and still belong to it."""

OPENERS = {'"': '"“', "”": "“", "»": "«", "'": "'", "’": "‘"}
"""The marks that begin a quotation, by the mark that ends it."""

_ABBREVIATION = re.compile(
    r"mrs?|ms|dr|st|prof|capt|cpt|lt|sgt|cpl|col|gen|maj|rev|hon|fr|jr|sr|mt|ft|vs|cf|viz|approx"
    r"|fig|vol|ca",
    re.IGNORECASE,
)
_BEFORE_MORE = re.compile(r"etc|al|inc|ltd|co", re.IGNORECASE)
"""Abbreviations that may end a sentence, but not before a small letter."""

_MARK = re.compile(r"\s|[\"“”«»'‘’]")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w*")
_ELISION = re.compile(r"(?:tis|twas|em|cause|til|till|round|bout|n)", re.IGNORECASE)
_DOTTED = re.compile(r"(?:\w\.)+\w")
_LIST_NUMBER = re.compile(r"\(?\d{1,2}\.")
_ENDING = re.compile(
    rf"(?P<word>[^\s{STOPS}]*(?:\.[^\s{STOPS}]+)*)"
    rf"(?P<stops>[{STOPS}]+)(?P<closers>(?:\s?»|[{re.escape(CLOSERS)}])*)$"
)
_REACH = 48
"""Characters searched backwards for a sentence's end: its last word, stops and closers."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or what a line has where a sentence should be."""

    gap: str
    """What stands before it: nothing, spaces, one newline or a blank line."""
    text: str
    whole: bool
    """Whether it ends as a sentence does, outside any quotation."""
    ends_line: bool = False
    """Whether it is the last of its line."""
    awaited: str = ""
    """The mark that would close the quotation it leaves open; empty where none is open."""

    @property
    def opens_line(self) -> bool:
        """Whether it is the first of its line."""
        return not self.gap or "\n" in self.gap


class SentenceSplitter:
    """Takes a text apart into sentences while it arrives, in time linear in its length."""

    def __init__(self) -> None:
        self._text = ""
        self._start = 0  # where the current sentence begins in _text
        self._at = 0  # up to where _text is read
        self._gap = ""
        self._awaited = ""
        self._first = True

    @property
    def rest(self) -> Sentence:
        """The current sentence."""
        text = self._text[self._start :].rstrip()
        return Sentence(self._plain_gap(), text, whole=False, awaited=self._awaited)

    def feed(self, piece: str) -> Iterator[Sentence]:
        """Yield the sentences that end with the help of `piece`."""
        self._text = self._text[self._start :] + piece
        self._at -= self._start
        self._start = 0
        return self._scan(final=False)

    def close(self) -> Iterator[Sentence]:
        """Yield what is left, knowing that nothing follows."""
        yield from self._scan(final=True)
        if self._text[self._start :].strip():
            yield self._cut(len(self._text), ends_line=True)

    def _scan(self, *, final: bool) -> Iterator[Sentence]:
        while mark := _MARK.search(self._text, self._at):
            position = mark.start()
            if not mark[0].isspace():
                if not self._meet_quotation_mark(position, final=final):
                    return
                continue
            resumed = _end(_SPACES, self._text, position)
            if position == self._start:
                self._gap += self._text[position:resumed]
                self._start = self._at = resumed
                continue
            line_ends = "\n" in self._text[position:resumed]
            following = self._text[resumed : resumed + 1]
            if not line_ends and not following:
                return  # what follows the spaces decides; at the very end, close() does
            if line_ends or self._ends_at(position, following):
                yield self._cut(position, ends_line=line_ends)
            else:
                self._at = resumed

    def _ends_at(self, position: int, following: str) -> bool:
        """Return whether a sentence ends at `position`, looking back no further than needed."""
        begin = max(self._start, position - _REACH)
        return not self._awaited and ends_sentence(self._text[begin:position], following)

    def _cut(self, end: int, *, ends_line: bool) -> Sentence:
        """Return the sentence up to `end`; the next one begins there, outside any quotation."""
        text = self._text[self._start : end].rstrip()
        whole = not self._awaited and ends_sentence(text)
        sentence = Sentence(self._plain_gap(), text, whole, ends_line, self._awaited)
        self._start = self._at = end
        self._gap = self._awaited = ""  # a quotation may go on over paragraphs, but opens anew
        self._first = False
        return sentence

    def _plain_gap(self) -> str:
        if self._first:
            return ""
        return "\n" * min(self._gap.count("\n"), 2) or self._gap

    def _meet_quotation_mark(self, position: int, *, final: bool) -> bool:
        """Note what the mark at `position` opens or closes; return False to wait for more text."""
        text = self._text
        word_end = _end(_WORD, text, position + 1)
        if word_end == len(text) and not final:
            return False
        before = text[position - 1] if position > self._start else ""
        after = text[position + 1 : position + 2]
        match text[position]:
            case "“" | "«" as mark:
                self._awaited = "”" if mark == "“" else "»"
            case "”" | "»" as mark:
                if self._awaited in (mark, '"'):
                    self._awaited = ""
            case '"':
                self._meet_straight(before, after)
            case _:
                self._meet_single(position, text[position + 1 : word_end])
        self._at = position + 1
        return True

    def _meet_straight(self, before: str, after: str) -> None:
        """Open or close at a straight mark, which says neither by itself."""
        space_before = not before or before.isspace()
        space_after = not after or after.isspace()
        if self._awaited in ('"', "”"):
            opens_again = bool(before) and space_before and not space_after  # one was forgotten
            self._awaited = '"' if opens_again else ""
        elif not self._awaited:
            stray = not space_before and space_after  # closes what was never opened
            self._awaited = "" if stray else '"'

    def _meet_single(self, position: int, word: str) -> None:
        """Open or close at a single mark, which is an apostrophe more often than not.

        It opens only where speech is led up to (`She says, 'No.'`), and not before an elision
        (`'tis`); it closes only after a word, but not after a plural (`the knights' hall`).
        """
        mark = self._text[position]
        before = self._text[max(self._start, position - 8) : position]
        led_up_to = not before or (before[-1].isspace() and before.rstrip()[-1:] in (",", ":"))
        opens = (mark == "‘" or led_up_to) and word and not _ELISION.fullmatch(word)
        if not self._awaited and opens:
            self._awaited = "’" if mark == "‘" else "'"
        elif self._awaited in ("'", "’") and not word and before[-1:] not in ("s", "S", " ", ""):
            self._awaited = ""


def split_sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text that is already whole."""
    splitter = SentenceSplitter()
    return [*splitter.feed(text), *splitter.close()]


def sentence_ends(text: str) -> list[int]:
    """Return the offsets in `text` at which its whole sentences end."""
    ends, position = [], 0
    for sentence in split_sentences(text):
        position = text.index(sentence.text, position) + len(sentence.text)
        if sentence.whole:
            ends.append(position)
    return ends


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where what `pattern` matches at `position` ends."""
    match = pattern.match(text, position)
    return match.end() if match else position


def ends_sentence(text: str, following: str = "") -> bool:
    """Return whether a sentence ends with `text` where `following` is the next character.

    Empty `following` means that nothing follows, or a new line: what ends before some other
    character always ends there too.
    """
    ending = _ENDING.search(text[-_REACH:])
    if not ending or _LIST_NUMBER.fullmatch(text):
        return False
    word = ending["word"].lstrip("\"“«'‘(*_[")
    only_full_stop = ending["stops"] == "."
    if only_full_stop and _abbreviates(word, following):
        return False
    if following.islower():  # "Stop!" he says. But some write no capitals at all.
        plain_word = len(word) > 1 and word.isalpha() and not _BEFORE_MORE.fullmatch(word)
        return only_full_stop and not ending["closers"] and plain_word
    return True


def _abbreviates(word: str, following: str) -> bool:
    """Return whether a full stop after `word` abbreviates it: `Mr.`, `J.`, `e.g.`, `No. 5`."""
    lower = word.lower()
    if _ABBREVIATION.fullmatch(word) or (lower == "no" and following.isdigit()):
        return True
    if _DOTTED.fullmatch(word):
        return lower not in ("a.m", "p.m")
    return len(word) == 1 and "A" <= word <= "Z" and word != "I"
