"""Words and phrases that a player makes likelier or less likely in replies, and by how much."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes
from dungeon.text.phrases import normalise

MAX_WORDS = 100
"""Entries of a player's list."""

MAX_CHARACTERS = 100
"""Characters of one."""

MAX_BIAS = 20.0
"""The strongest bias: next to it hardly anything else counts."""


@dataclass(frozen=True, slots=True)
class BiasedWords:
    """A word or a phrase, and its bias."""

    text: str
    bias: float
    """What is added to the logits of its tokens: above 0 it becomes likelier, below 0 less
    likely."""

    @property
    def line(self) -> str:
        """The entry as it is typed: `lantern 2`."""
        return f"{self.text} {self.bias:.15g}"


Biases = tuple[BiasedWords, ...]
"""A player's list; no words stand in it twice."""


def parse_line(line: str) -> BiasedWords:
    """Return the entry that `lantern 2` says; `lantern off` has the bias 0. Raises InputRefused."""
    words, _, typed = clean_line(line).rpartition(" ")
    if typed.lower() == "off":
        return BiasedWords(_check_words(words), 0.0)
    try:
        bias = float(typed) if len(typed) < MAX_CHARACTERS else math.nan
    except ValueError:
        raise InputRefused(
            f"Say by how much, behind the words: `lantern 2` makes them likelier, `lantern -2` "
            f"less likely, up to {MAX_BIAS:g}; {describe(line)} ends with no number."
        ) from None
    return BiasedWords(_check_words(words), _check_bias(words, bias))


def parse_lines(lines: Iterable[str]) -> Biases:
    """Return the list with an entry in each line that is not blank. Raises InputRefused."""
    return _check_list(parse_line(line) for line in lines if line.strip())


def parse_table(value: object) -> Biases:
    """Return the list that a table of the settings file has. Raises InputRefused."""
    if not isinstance(value, Mapping):
        raise InputRefused(
            f"`biased_words` must be a table headed [biased_words], not {describe(value)}."
        )
    found = []
    for words, bias in value.items():
        if not isinstance(bias, int | float) or isinstance(bias, bool):
            raise InputRefused(
                f"`biased_words`: the bias of {describe(words)} must be a number from "
                f"{-MAX_BIAS:g} to {MAX_BIAS:g}, not {describe(bias)}."
            )
        found.append(BiasedWords(_check_words(str(words)), _check_bias(str(words), bias)))
    return _check_list(found)


def parse_recorded(value: object) -> Biases:
    """Return the list that a reply was written with, as its provenance has it; empty where that is
    no such list.
    """
    lines = value if isinstance(value, list | tuple) else ()
    try:
        return parse_lines(map(str, lines))
    except InputRefused:
        return ()


def with_entry(biases: Biases, entry: BiasedWords) -> Biases:
    """Return the list with `entry`, instead of one with the same words. Raises InputRefused."""
    others = (each for each in biases if normalise(each.text) != normalise(entry.text))
    return _check_list((*others, entry))


def _check_list(entries: Iterable[BiasedWords]) -> Biases:
    """Return the entries without those that change nothing; of the same words the last counts."""
    found = {normalise(entry.text): entry for entry in entries}
    kept = tuple(entry for entry in found.values() if entry.bias)
    if len(kept) > MAX_WORDS:
        raise InputRefused(f"At most {MAX_WORDS} words can be biased, not {len(kept):,}.")
    return kept


def _check_words(text: str) -> str:
    words = clean_line(text)
    if not words:
        raise InputRefused("Say which words, before the number: `lantern 2`.")
    if not normalise(words):
        raise InputRefused(f"A bias needs a word; {describe(text)} has none.")
    if len(words) > MAX_CHARACTERS:
        raise InputRefused(
            f"Biased words have at most {MAX_CHARACTERS} characters; {in_quotes(words)} is longer."
        )
    return words


def _check_bias(words: str, bias: float) -> float:
    if -MAX_BIAS <= bias <= MAX_BIAS:
        return float(bias)
    raise InputRefused(
        f"The bias of {describe(words)} must be a number from {-MAX_BIAS:g} to {MAX_BIAS:g}, "
        f"not {bias:g}."
    )
