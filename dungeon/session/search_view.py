"""What both front ends say of the turns that a search has found, and which of them is meant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dungeon.errors import InputRefused
from dungeon.story.branching import parse_number
from dungeon.text.counts import count, numbered

if TYPE_CHECKING:  # with the database, once it is searched
    from dungeon.saves.search import Hit

HOW_TO_OPEN = "Open one where it stands with /open N."


def place_of(hit: "Hit") -> str:
    """Return which turn it is, as /turns and /goto number it, and on which branch: one of those
    that /branches lists; none is named for the line that is played.
    """
    turn = f"turn {hit.number:,}"
    return f"{turn}, branch {hit.branch:,} of {hit.branches:,}" if hit.branch else turn


def places_of(hit: "Hit") -> str:
    """Return which turn it is, and on how many other branches and in how many other adventures the
    same turn is.
    """
    branches = sum(each.adventure_id == hit.adventure_id for each in hit.copies)
    adventures = len({each.adventure_id for each in hit.copies} - {hit.adventure_id})
    others = [
        f"on {count(branches, 'other branch', 'other branches')}" if branches else "",
        f"in {count(adventures, 'other adventure')}" if adventures else "",
    ]
    also = " and ".join(filter(None, others))
    return f"{place_of(hit)}; also {also}" if also else place_of(hit)


def hit_lines(hits: Sequence["Hit"]) -> list[str]:
    """Return two lines for each turn that was found: its number and place, and its words."""
    lines = []
    for number, hit in enumerate(hits, 1):
        lines += [f"{number:>4}  {hit.title}, {places_of(hit)}", f"      {hit.snippet}"]
    return lines


def find_hit(found: Sequence["Hit"] | None, number: str) -> "Hit":
    """Return the turn with that number in the last search, if any. Raises InputRefused."""
    if not found:
        why = "Nothing was searched for yet" if found is None else "The last search found nothing"
        raise InputRefused(f"{why}. /search WORDS finds turns to open.")
    at = parse_number(number.strip())
    if not 1 <= at <= len(found):
        which = numbered(len(found), "place")
        raise InputRefused(f"{which} in the last search; try /open 1. /do acts: /do open the door.")
    return found[at - 1]


def no_hits(query: str) -> str:
    """Return a sentence for a search that found nothing."""
    from dungeon.saves.search import ends_in_a_letter  # with the database, once it is searched

    if ends_in_a_letter(query):
        return "No adventure says that. One letter is searched for as a word: type two or more."
    return "No adventure says that."
