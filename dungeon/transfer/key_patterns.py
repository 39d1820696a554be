"""Turn a key that is a regular expression into words, where it only lists a few of them.

`/\\b(iron )?gates?\\b/i` is "gate", "gates", "iron gate" and "iron gates". A pattern with
repetitions, wildcards or look-around has no such list.
"""

import re

MAX_WORDS = 16
"""Words that a pattern may stand for."""

_MAX_PATTERN = 200
_MAX_DEPTH = 8
_PATTERN = re.compile(r"/(.+)/[a-z]*")
_BOUNDARIES = {"b"}
_SPACES = {"s"}
_NO_LITERALS = frozenset("*+{}.|)")


class _Unlisted(Exception):
    """The pattern is more than a list of words."""


def is_pattern(key: str) -> bool:
    """Return whether a key is a regular expression in other programs."""
    return _PATTERN.fullmatch(key) is not None


def list_words(key: str) -> tuple[str, ...]:
    """Return the words that a pattern stands for; none where they cannot be listed."""
    match = _PATTERN.fullmatch(key)
    if match is None or len(match[1]) > _MAX_PATTERN:
        return ()
    reader = _Reader(match[1])
    try:
        found = reader.alternatives(0)
    except _Unlisted:
        return ()
    words = (" ".join(each.split()) for each in found)
    return tuple(dict.fromkeys(filter(None, words))) if reader.is_at_end else ()


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self, depth: int) -> list[str]:
        """Return the texts of what is separated by `|`, up to the end or a closing bracket."""
        if depth > _MAX_DEPTH:
            raise _Unlisted
        found = self._sequence(depth)
        while self._take("|"):
            found = [*found, *self._sequence(depth)]
        return found

    def _sequence(self, depth: int) -> list[str]:
        found = [""]
        while not self.is_at_end and self._peek() not in "|)":
            atoms = self._atom(depth)
            if self._take("?"):
                atoms = ["", *atoms]
            found = [before + after for before in found for after in atoms]
            if len(found) > MAX_WORDS:
                raise _Unlisted
        return found

    def _atom(self, depth: int) -> list[str]:
        character = self._next()
        match character:
            case "^" | "$":
                return [""]
            case "\\":
                return [self._escaped()]
            case "[":
                return self._one_of()
            case "(":
                if self._take("?") and not self._take(":"):
                    raise _Unlisted
                found = self.alternatives(depth + 1)
                if not self._take(")"):
                    raise _Unlisted
                return found
        if character in _NO_LITERALS:
            raise _Unlisted
        return [character]

    def _escaped(self) -> str:
        character = self._next()
        if character in _BOUNDARIES:
            return ""
        if character in _SPACES:
            return " "
        if character.isalnum():
            raise _Unlisted
        return character

    def _one_of(self) -> list[str]:
        """Return the characters of a class such as `[ae]`."""
        found: list[str] = []
        while not self._take("]"):
            character = self._next()
            if character in "^-\\[" or len(found) >= MAX_WORDS:
                raise _Unlisted
            found.append(character)
        return found

    def _peek(self) -> str:
        return self._pattern[self._at]

    def _next(self) -> str:
        if self.is_at_end:
            raise _Unlisted
        self._at += 1
        return self._pattern[self._at - 1]

    def _take(self, character: str) -> bool:
        """Go past `character` where it is next; return whether it was."""
        is_next = not self.is_at_end and self._peek() == character
        self._at += is_next
        return is_next
