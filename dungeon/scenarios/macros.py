"""Draw the random macros of a scenario: `{{random::a::b}}`, `{{pick::a::b}}` and `{{roll:2d6}}`."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from dungeon.errors import InputRefused
from dungeon.scenarios.derived import derive, own_fields
from dungeon.story import Scenario
from dungeon.text.error_words import did_you_mean

NAMES = ("pick", "random", "roll")

MAX_OPTIONS = 50
MAX_DICE = 100
MAX_SIDES = 1000

_MACRO = re.compile(r"\{\{((?:\$\{[^{}\n]*\}|[^{}])*)\}\}")
_BEGINNING = re.compile(r"\{\{[ \t]*([A-Za-z]{1,20})[ \t]*(:?)")
_BODY = re.compile(r"\s*([A-Za-z]{1,20})(\s*::?|\s+)(.*)", re.DOTALL)
_DICE = re.compile(r"\s*(\d{0,3})d(\d{1,4})\s*(?:([+-])\s*(\d{1,4}))?\s*", re.IGNORECASE)

_Draw = Callable[[Random], str]


def draw_macros(scenario: Scenario, rng: Random) -> Scenario:
    """Return `scenario` with every macro in its texts drawn by `rng`; its lore has none.

    Each `random` is drawn by itself; every `pick` among the same options has the same result.
    """
    picked: dict[str, str] = {}

    def drawn(match: re.Match[str]) -> str:
        parsed = _parse(match[1])
        if parsed is None:
            return match[0]
        name, result = parsed
        if name == "pick":
            return picked.setdefault(match[1].strip(), result(rng))
        return result(rng)

    def draw(text: str) -> str:
        return _MACRO.sub(drawn, text)

    opening = draw(scenario.opening)
    return replace(
        scenario,
        opening=opening,
        memory=draw(scenario.memory),
        note=draw(scenario.note),
        **derive(scenario, opening, draw),
    )


def has_macros(scenario: Scenario) -> bool:
    """Return whether anything that the model reads of `scenario` may have to be drawn."""
    texts = (scenario.opening, scenario.memory, scenario.note)
    return any(map(_MACRO.search, texts))


def check_macros(scenario: Scenario, source: str) -> None:
    """Raise InputRefused for a macro that is not written as one can be drawn."""
    texts = {key: getattr(scenario, key) for key in ("opening", "memory", "note")}
    for key, text in (texts | own_fields(scenario)).items():
        _check_text(text, f"{source}: `{key}`")


def without_faults(text: str) -> str:
    """Return `text` with the words of each macro that cannot be drawn, without its braces."""
    text = _without_braces(text, [(start, end) for start, end, _ in _faults(text)])
    # Braces that meant nothing may be some now; there is no end to that where they are nested.
    return text.replace("{{", "") if next(_faults(text), None) else text


def _without_braces(text: str, macros: Sequence[tuple[int, int | None]]) -> str:
    cuts = sorted(
        [(start, start + 2) for start, _ in macros]
        + [(end - 2, end) for _, end in macros if end is not None]
    )
    begins = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return "".join(text[begin:end] for begin, end in zip(begins, ends, strict=True))


def _check_text(text: str, place: str) -> None:
    for _, _, fault in _faults(text):
        raise InputRefused(f"{place} has {fault}")


def _faults(text: str) -> Iterator[tuple[int, int | None, str]]:
    """Yield where each macro that cannot be drawn begins and ends, if it does, and why."""
    whole = {match.start(): match for match in _MACRO.finditer(text)}
    for beginning in _BEGINNING.finditer(text):
        start, name = beginning.start(), beginning[1].lower()
        found = whole.get(start)
        if fault := _fault(name, found and found[1], is_called=bool(beginning[2])):
            what, hint = fault
            yield start, found and found.end(), f"{what}: {text[start : start + 40]}{hint}"


def _fault(name: str, body: str | None, *, is_called: bool) -> tuple[str, str] | None:
    """Return what is wrong with a macro, and a hint; None where it can be drawn."""
    if name not in NAMES:
        similar = did_you_mean(name, NAMES) if is_called else ""
        # Without a similar name it is another program's, or braces that mean nothing.
        return ("an unknown macro", similar) if similar else None
    if body is None:
        return (
            "a macro that does not end, or holds another one",
            " Close it with }} before the next one begins.",
        )
    return None if _parse(body) else ("a macro that cannot be drawn", f" {_HINTS[name]}")


_OPTIONS_HINT = f"Give it 2 to {MAX_OPTIONS} options, as in {{{{random::a grey cat::an old dog}}}}."
_HINTS = {
    "random": _OPTIONS_HINT,
    "pick": _OPTIONS_HINT.replace("random", "pick"),
    "roll": f"Give it 1 to {MAX_DICE} dice with 2 to {MAX_SIDES} sides, as in {{{{roll:2d6}}}}.",
}


def _parse(body: str) -> tuple[str, _Draw] | None:
    """Return the macro's name and how it is drawn, or None where it is not a macro."""
    match = _BODY.fullmatch(body)
    if match is None:
        return None
    name, colons, argument = match[1].lower(), match[2].strip(), match[3]
    if not colons and name != "roll":
        return None
    draw = _roll(argument) if name == "roll" else _choice(argument, colons)
    return None if draw is None or name not in NAMES else (name, draw)


def _choice(argument: str, colons: str) -> _Draw | None:
    """Options are separated by `::`, or by commas behind a single colon, as in SillyTavern."""
    options = [option.strip() for option in argument.split("::" if colons == "::" else ",")]
    if not 2 <= len(options) <= MAX_OPTIONS:
        return None
    return lambda rng: rng.choice(options)


def _roll(argument: str) -> _Draw | None:
    match = _DICE.fullmatch(argument)
    if match is None:
        return None
    dice, sides = int(match[1] or 1), int(match[2])
    bonus = int(f"{match[3]}{match[4]}") if match[4] else 0
    if not (1 <= dice <= MAX_DICE and 2 <= sides <= MAX_SIDES):
        return None
    return lambda rng: str(sum(rng.randint(1, sides) for _ in range(dice)) + bonus)
