"""Measure the rules of the story's state: how much of what they suggest is right, and is found.

    python -m benchmarks.state_rules [--show] [--json]

Each labelled turn is shown to the rules with what the player has by then; what they suggest is
compared with the labels of benchmarks/state_data. `--show` lists what is wrong, and what is missed.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dungeon.state import sentence_of, suggestions
from dungeon.state.phrases import head_noun
from dungeon.story import Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

LABELS = Path(__file__).parent / "state_data" / "labels.txt"
STORIES = Path(__file__).resolve().parent.parent / "stories" / "held-out"

_LINE = re.compile(
    r"(?P<story>[a-z]-\d+) (?P<first>\d+)(?:-(?P<last>\d+))?"
    r"(?: has (?P<has>[^:]+))?(?::(?P<rest>.*))?"
)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CATEGORIES = {
    "place": Category.PLACE,
    "person": Category.PERSON,
    "injury": Category.INJURY,
    "quest": Category.QUEST,
}


@dataclass(frozen=True, slots=True)
class Label:
    """A change that a player would want noted, or would not mind."""

    category: Category
    word: str
    removed: bool = False
    optional: bool = False

    def fits(self, change: Change) -> bool:
        """Return whether `change` is the one that is meant."""
        alike = (change.category, change.removed) == (self.category, self.removed)
        return alike and self.word in f"{change.name} {change.value}".lower()


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A turn of a story, and what it changes."""

    story: str
    number: int
    has: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(slots=True)
class Score:
    """Counts of suggestions."""

    turns: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def suggested(self) -> int:
        """Suggestions that count."""
        return self.right + len(self.wrong)

    @property
    def expected(self) -> int:
        """Changes that a player would want noted."""
        return self.right + len(self.missed)

    def figures(self) -> dict[str, float]:
        """Return the counts, precision and recall."""
        return {
            "turns": self.turns,
            "expected": self.expected,
            "suggested": self.suggested,
            "right": self.right,
            "precision": round(self.right / max(self.suggested, 1), 3),
            "recall": round(self.right / max(self.expected, 1), 3),
        }


def load_labels(path: Path = LABELS) -> list[LabelledTurn]:
    """Return the labelled turns in the order of the file."""
    turns: dict[tuple[str, int], LabelledTurn] = {}
    for line in path.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path.name}: cannot read {line!r}")
        first = int(match["first"])
        has = tuple(each.strip() for each in (match["has"] or "").split(",") if each.strip())
        labels = tuple(map(_label, filter(str.strip, (match["rest"] or "").split(";"))))
        for number in range(first, int(match["last"] or first) + 1):
            turns[match["story"], number] = LabelledTurn(match["story"], number, has, labels)
    return list(turns.values())


def _label(text: str) -> Label:
    text = text.strip()
    optional, text = text.startswith("?"), text.removeprefix("?")
    if text[0] in "+-":
        return Label(Category.ITEM, text[1:], text[0] == "-", optional)
    category, _, word = text.partition(" ")
    return Label(_CATEGORIES[category], word, optional=optional)


def load_story(name: str) -> tuple[Turn, ...]:
    """Return the turns of a held-out story; a paragraph without an action is a turn of its own."""
    text = _FRONT_MATTER.sub("", (STORIES / f"{name}.txt").read_text("utf-8"), count=1)
    turns: list[Turn] = []
    action = ""
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("> "):
            action = paragraph.removeprefix("> ")
            continue
        kind = _kind(action) if turns else Kind.OPENING
        turns.append(Turn(f"{name} {len(turns)}", None, kind, action, paragraph))
        action = ""
    return tuple(turns)


def _kind(action: str) -> Kind:
    if action.startswith('You say "'):
        return Kind.SAY
    return Kind.DO if action else Kind.CONTINUE


def suggested(turn: Turn, before: Sequence[Change]) -> list[Change]:
    """Return what is suggested in `turn` where `before` is true."""
    opening = Turn("before", None, Kind.OPENING, "", "")
    events = tuple(StateEvent("before", each, Decision.ACCEPTED, Source.PLAYER) for each in before)
    story = Adventure("a", "T", state_events=events).with_turn(opening)
    story = story.with_turn(replace(turn, parent="before"))
    return [one.change for one in suggestions(story) if one.turn == turn.id]


def measure(turns: Sequence[LabelledTurn]) -> Score:
    """Return how the suggestions compare with the labels."""
    score, stories = Score(), {each.story: load_story(each.story) for each in turns}
    story, known = "", dict[str, Change]()
    for each in turns:
        if each.story != story:
            story, known = each.story, {}
        for name in each.has:
            known[name] = Change(Category.ITEM, name)
        turn = stories[each.story][each.number]
        found = suggested(turn, list(known.values()))
        compare(each, found, score)
        _play(each, found, known)
    return score


def compare(turn: LabelledTurn, found: Sequence[Change], score: Score) -> None:
    """Count what is suggested in a turn."""
    score.turns += 1
    open_labels = [label for label in turn.labels if not label.optional]
    place = f"{turn.story} {turn.number}"
    for change in found:
        if fitting := [label for label in open_labels if label.fits(change)]:
            open_labels.remove(fitting[0])
            score.right += 1
        elif not any(label.fits(change) for label in turn.labels if label.optional):
            score.wrong.append(f"{place}: {sentence_of(change)}")
    score.missed += [
        f"{place}: {label.category} {'-' if label.removed else ''}{label.word}"
        for label in open_labels
    ]


def _play(turn: LabelledTurn, found: Sequence[Change], known: dict[str, Change]) -> None:
    """Confirm what is right, dismiss the rest, and add what was missed, as an ideal player does."""
    for label in turn.labels:
        fitting = next(filter(label.fits, found), None)
        if label.removed:
            for name in [name for name, each in known.items() if label.word in each.name]:
                del known[name]
        elif fitting is not None or (not label.optional and label.category is Category.ITEM):
            change = fitting or Change(label.category, f"the {label.word}")
            known[
                head_noun(change.name) if change.category is Category.ITEM else change.category
            ] = change


def report(score: Score, *, show: bool) -> Iterator[str]:
    """Yield the figures in words."""
    figures = score.figures()
    yield (
        f"{score.turns} turns, {score.expected} changes; {score.suggested} suggested, "
        f"{score.right} of them right: precision {figures['precision']:.0%}, "
        f"recall {figures['recall']:.0%}"
    )
    if show:
        yield from (f"wrong   {each}" for each in score.wrong)
        yield from (f"missed  {each}" for each in score.missed)


def main(arguments: Sequence[str]) -> None:
    """Measure, and print."""
    print_score("state_rules", lambda: measure(load_labels()), arguments)


def print_score(name: str, score_all: Callable[[], Score], arguments: Sequence[str]) -> None:
    """Print what a benchmark of suggestions has measured, as its arguments say."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--show", action="store_true", help="list what is wrong and what is missed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    score = score_all()
    if options.json:
        print(json.dumps(score.figures()))
    else:
        print("\n".join(report(score, show=options.show)))


if __name__ == "__main__":
    main(sys.argv[1:])
