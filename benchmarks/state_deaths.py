"""Measure who is suggested to be dead after an attack, in replies of the default model.

    python -m benchmarks.state_deaths [--show] [--json]

The replies and their labels are in benchmarks/state_data/attacks.txt. `--show` lists what is wrong,
and what is missed.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.state_rules import Label, LabelledTurn, Score, compare, print_score
from dungeon.state import suggestions
from dungeon.story import Adventure, Kind, Turn
from dungeon.story.state_events import Category

ATTACKS = Path(__file__).parent / "state_data" / "attacks.txt"


def load_attacks(path: Path = ATTACKS) -> Iterator[tuple[Adventure, LabelledTurn]]:
    """Yield an adventure up to each attack, and the label of its last turn."""
    story = Adventure("a", "T")
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        number = str(len(story.turns))
        if line.startswith("= "):
            opening = Turn("0", None, Kind.OPENING, "", line.removeprefix("= "))
            story = Adventure("a", "T").with_turn(opening)
            continue
        action, reply, dead = (part.strip() for part in line.split("|"))
        story = story.with_turn(Turn(number, story.head, Kind.DO, action, reply))
        word = dead.removeprefix("?")
        labels = (Label(Category.PERSON, word, optional=dead != word),) if word else ()
        yield story, LabelledTurn(action, int(number), labels=labels)


def measure(path: Path = ATTACKS) -> Score:
    """Return how the suggested deaths compare with the labels."""
    score = Score()
    for story, turn in load_attacks(path):
        deaths = [
            one.change
            for one in suggestions(story)
            if one.turn == story.head and one.change.value in ("is dead", "are dead")
        ]
        compare(turn, deaths, score)
    return score


def main(arguments: Sequence[str]) -> None:
    """Measure, and print."""
    print_score("state_deaths", measure, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
