"""Find turns by number or name, compare two branches, and fork an adventure: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from dungeon.errors import InputRefused
from dungeon.story import Adventure, Turn, checkpoints, new_id
from dungeon.text.counts import numbered
from dungeon.text.error_words import did_you_mean, in_quotes

MAX_CHECKPOINTS = 1_000
"""Checkpoints of an adventure."""

MAX_NAME = 60
"""Characters of a checkpoint's name."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two branches: what they share, and how each goes on from there."""

    shared: tuple[Turn, ...]
    left: tuple[Turn, ...]
    right: tuple[Turn, ...]
    left_name: str
    """What the player knows the branch by, as `name_of_line` says it."""
    right_name: str


def compare(adventure: Adventure, left: str, right: str) -> Comparison:
    """Return where the lines to the turns `left` and `right` part, and both continuations."""
    names = name_of_line(adventure, left), name_of_line(adventure, right)
    one, other = adventure.path_to(left), adventure.path_to(right)
    count = 0
    for a, b in zip(one, other, strict=False):
        if a.id != b.id:
            break
        count += 1
    return Comparison(one[:count], one[count:], other[count:], *names)


def name_of_line(adventure: Adventure, turn_id: str) -> str:
    """Return what to call the line up to a turn: the current one, by a checkpoint, or a branch."""
    if turn_id == adventure.head:
        return "The current line"
    if name := names_of_turns(adventure).get(turn_id):
        return f"“{name}”"
    return f"Branch {numbers_of_branches(adventure)[turn_id]:,}"


def numbers_of_branches(adventure: Adventure) -> Mapping[str, int]:
    """Return the number of the first branch that has each turn, as `find_branch` takes it."""
    numbers: dict[str, int] = {}
    for number, end in enumerate(adventure.branch_ends(), 1):
        turn: Turn | None = end
        while turn is not None and turn.id not in numbers:
            numbers[turn.id] = number
            turn = adventure.turns[turn.parent] if turn.parent is not None else None
    return numbers


def find_by_id(adventure: Adventure, beginning: str) -> Turn:
    """Return the turn of any branch whose id begins so. Raises InputRefused."""
    found = [turn for turn_id, turn in adventure.turns.items() if turn_id.startswith(beginning)]
    if beginning in adventure.turns:
        return adventure.turns[beginning]
    if not beginning or len(found) != 1:
        raise InputRefused(
            f"{len(found) or 'No'} turns of “{adventure.title}” begin with "
            f"{in_quotes(beginning)}. `grue saves search` prints the ids of turns."
        )
    return found[0]


def fork(adventure: Adventure, turn_id: str, title: str) -> Adventure:
    """Return a new adventure: the line up to a turn, with memory, note, lore, summaries and state.

    Its turns keep their ids and hashes; `origin` names the turn it was forked at.
    """
    line = adventure.path_to(turn_id)
    kept = {turn.id: turn for turn in line}
    now = datetime.now(UTC)
    return replace(
        adventure,
        id=new_id(),
        title=title,
        turns=MappingProxyType(kept),
        head=turn_id,
        tip=turn_id,
        created=now,
        changed=now,
        checkpoints=checkpoints.only_of(adventure.checkpoints, kept),
        origin=f"{adventure.id}/{turn_id}",
        summaries=tuple(each for each in adventure.summaries if each.turn in kept),
        state_events=tuple(event for event in adventure.state_events if event.turn in kept),
        favourite=False,
    )


def names_of_turns(adventure: Adventure) -> Mapping[str, str]:
    """Return the checkpoints' names by the ids of their turns; several names with commas."""
    names: dict[str, str] = {}
    for name, ids in adventure.checkpoints.items():
        for turn_id in ids:
            names[turn_id] = f"{names[turn_id]}, {name}" if turn_id in names else name
    return names


def find_checkpoint(adventure: Adventure, name: str) -> str | None:
    """Return the checkpoint called `name`, whatever its capitals, or the only one that begins so.

    Raises InputRefused where several begin so; returns None where none does.
    """
    wanted = name.casefold()
    if not wanted:
        return None
    near = [each for each in adventure.checkpoints if each.casefold().startswith(wanted)]
    exact = [each for each in near if each.casefold() == wanted]
    if exact or len(near) == 1:
        return (exact or near)[0]
    if near:
        several = ", ".join(near[:5]) + (", …" if len(near) > 5 else "")
        raise InputRefused(f"Several checkpoints begin with “{name}”: {several}.")
    return None


def find_turn(adventure: Adventure, where: str) -> Turn:
    """Return the turn at a checkpoint, or the one with that number on the current line.

    The opening is turn 1; turns that redo would bring back count as well. Raises InputRefused.
    """
    line = adventure.path_to(adventure.tip or adventure.head or "") if adventure.head else ()
    return _find(
        adventure,
        where,
        line,
        f"{numbered(len(line), 'turn')} on this line; /turns lists them.",
        f"There is no turn or checkpoint {in_quotes(where, MAX_NAME)}."
        f"{did_you_mean(where, adventure.checkpoints)} /checkpoints lists them.",
    )


def find_branch(adventure: Adventure, where: str) -> Turn:
    """Return the end of the branch with that number, or the turn at a checkpoint.

    Raises InputRefused.
    """
    ends = adventure.branch_ends()
    return _find(
        adventure,
        where,
        ends,
        f"{numbered(len(ends), 'branch', 'branches')}; /branches lists them.",
        f"There is no branch or checkpoint {in_quotes(where, MAX_NAME)}."
        f"{did_you_mean(where, adventure.checkpoints)} /branches and /checkpoints list them.",
    )


def _find(
    adventure: Adventure, where: str, numbered: Sequence[Turn], no_number: str, no_name: str
) -> Turn:
    """Return the turn with that number, or the one at a checkpoint. Raises InputRefused."""
    if where.isascii() and where.isdigit():  # no checkpoint is called by a number
        number = parse_number(where)
        if 1 <= number <= len(numbered):
            return numbered[number - 1]
        raise InputRefused(no_number)
    name = find_checkpoint(adventure, where)
    if name is None:
        raise InputRefused(no_name)
    return adventure.turns[checkpoints.turn_of(adventure, name)]


def parse_number(text: str) -> int:
    """Return the number that was typed; 0, which counts nothing, where it is none.

    Python refuses to read one of thousands of digits; nothing here has a number of ten.
    """
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else 0
