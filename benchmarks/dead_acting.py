"""Count the replies of written adventures that the game would reject since the dead act in them.

    python -m benchmarks.dead_acting [--show] [--json] [FILE_OR_FOLDER …]

In `stories/`, the default, hardly anybody acts who is dead: what is found there is a false alarm,
but for those whom the story raises. `--show` lists the replies with who is dead before them.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dungeon import transcript
from dungeon.state import find_dead
from dungeon.state.the_dead import died_in
from dungeon.state.tracking import decided_turns
from dungeon.story import Action, Adventure, Kind, Turn

STORIES = Path(__file__).resolve().parent.parent / "stories"

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FIELD = re.compile(r"^(title|memory|note): (.*)$", re.MULTILINE)


@dataclass(slots=True)
class Count:
    """What was counted."""

    adventures: int = 0
    replies: int = 0
    after_death: int = 0
    """Replies before which somebody is dead who cannot be taken for another."""
    rejected: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the counts, and the rejected replies in a thousand."""
        return {
            "adventures": self.adventures,
            "replies": self.replies,
            "after a death": self.after_death,
            "rejected": len(self.rejected),
            "rejected per 1,000": round(1000 * len(self.rejected) / max(self.replies, 1), 3),
        }


def read_adventure(path: Path) -> Adventure:
    """Return the adventure in a file, with memory and note."""
    text = path.read_text("utf-8")
    matter = _FRONT_MATTER.match(text)
    fields = dict(_FIELD.findall(matter[1])) if matter else {}
    memory, note = fields.get("memory", ""), fields.get("note", "")
    adventure = Adventure(path.stem, fields.get("title", ""), memory=memory, note=note)
    action = ""
    for block in transcript.read(text[matter.end() :] if matter else text):
        match block:
            case transcript.ActionLine(did):
                action = did
            case transcript.Prose(told):
                adventure = adventure.with_turn(_turn(adventure, action, told))
                action = ""
    return adventure


def _turn(before: Adventure, action: str, told: str) -> Turn:
    says = action.startswith('You say "')
    kind = Kind.SAY if says else Kind.DO if action else Kind.CONTINUE
    kind = kind if before.head else Kind.OPENING
    return Turn(str(len(before.turns)), before.head, kind, action, told)


def count(paths: Sequence[Path]) -> Count:
    """Return what the game would reject in the adventures of these files."""
    found = Count()
    for path in paths:
        adventure = read_adventure(path)
        found.adventures += 1
        found.replies += len(adventure.turns) - 1
        for line in _rejected(adventure, found):
            found.rejected.append(f"{path.stem} {line}")
    return found


def _rejected(adventure: Adventure, found: Count) -> Iterator[str]:
    turns = adventure.path()
    deaths = [number for number, each in enumerate(decided_turns(adventure)) if died_in([each])]
    for turn in turns[deaths[0] + 1 :] if deaths else ():
        action = Action(turn.kind, turn.action)
        dead = find_dead(adventure.with_head(turn.parent or ""), action)
        found.after_death += bool(dead.names)
        if dead.act_in_text(turn.text, turn.action):
            yield f"{turn.id} {', '.join(dead.names)}\n  > {turn.action}\n  {turn.text}"


def main(arguments: Sequence[str]) -> None:
    """Count, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dead_acting")
    parser.add_argument("paths", nargs="*", type=Path, default=[STORIES])
    parser.add_argument("--show", action="store_true", help="list the rejected replies")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    files = [
        file
        for path in options.paths
        for file in (sorted(path.rglob("[a-z]-*.txt")) if path.is_dir() else [path])
    ]
    found = count(files)
    print(json.dumps(found.figures()) if options.json else found.figures())
    if options.show:
        print("\n".join(found.rejected))


if __name__ == "__main__":
    main(sys.argv[1:])
