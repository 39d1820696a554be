"""Provides figures of what the model writes: is it the story, in second person, and an answer?

    python -m benchmarks.prose [--openings 13] [--turns 8] [--seeds 1] [--model REF] [--show]

Each opening is played with the same deeds. The figures count what can be counted, and say nothing
of whether a story is good: read it, with --show. Knows nothing of screens.
"""

import argparse
import asyncio
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dungeon import actions, scenarios
from dungeon.game import Game, TurnCancelled, TurnSaved
from dungeon.generation import AttemptRejected
from dungeon.home import Home
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.story import Kind, Scenario, Turn

DEEDS = (
    "look around",
    "",
    "open the door",
    '"Who is there?"',
    "run away",
    "search the floor for a key",
    "",
    "light a fire",
    "hide and listen",
    '"I am not afraid of you."',
    "climb out of the window",
    "go back the way I came",
)
"""What the player types, turn by turn; every opening has some place for it."""

SHORT = 100
"""Characters; a reply of fewer tells next to nothing."""

_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]?")
_YOU = re.compile(r"\byou(?:r|rs|rself|['’]\w+)?\b", re.IGNORECASE)
_I = re.compile(r"\b(?:I|me|my|mine|myself|we|our|us)\b")
_LAYOUT = re.compile(
    r"^\s*(?:[-*#•]|\d+[.)]|[A-Z][\w ]{0,20}:\s)|\*\*|__|</?\w+>|```", re.MULTILINE
)
_WORD = re.compile(r"[a-z’']+")
_COMMON = frozenset(
    "a an and around at back for from i in it of out over the to up way you".split()
)


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, what it answers, and why it had to be written anew."""

    turn: Turn
    """Its text is empty where nothing was told after all attempts."""
    anew: tuple[str, ...]
    before: str
    """All that was told before it."""

    @property
    def narration(self) -> str:
        """The reply without what is said in it."""
        return _QUOTED.sub(" ", self.turn.text)

    @property
    def second_person(self) -> bool:
        """Whether the player is in it as `you`, and the narrator is nobody."""
        return bool(_YOU.search(self.narration)) and not _I.search(self.narration)

    @property
    def first_person(self) -> bool:
        """Whether somebody tells it as `I` or `we`."""
        return bool(_I.search(self.narration))

    @property
    def answers(self) -> bool:
        """Whether a word of the deed comes back: the crudest sign that it was heard."""
        deed = {_stem(w) for w in _WORD.findall(self.turn.action.lower()) if w not in _COMMON}
        return bool(deed & {_stem(w) for w in _WORD.findall(self.turn.text.lower())})

    @property
    def copied(self) -> float:
        """The share of its runs of four words that stood in the story before."""
        runs, known = _runs(self.turn.text), set(_runs(self.before))
        return sum(run in known for run in runs) / len(runs) if runs else 0.0


def _stem(word: str) -> str:
    return word[:4]


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))


async def told(game: Game, turns: int) -> list[Told]:
    """Play `turns` turns and return what was told."""
    replies: list[Told] = []
    before = game.adventure.path()[0].text
    for number in range(turns):
        anew: list[str] = []
        async for event in game.play(actions.parse_action(DEEDS[number % len(DEEDS)], Kind.DO)):
            match event:
                case AttemptRejected(flaw):
                    anew.append(flaw)
                case TurnSaved(turn):
                    replies.append(Told(turn, tuple(anew), before))
                    before += "\n" + turn.text
                case TurnCancelled(action):
                    nothing = Turn("", None, action.kind, action.text, "")
                    replies.append(Told(nothing, tuple(anew), before))
    await game.close()
    return replies


def report(replies: list[Told]) -> str:
    """Return the figures of `replies` as a table."""
    silent = _share(not reply.turn.text for reply in replies)
    flaws = Counter(flaw for reply in replies for flaw in reply.anew)
    anew = _share(bool(reply.anew) for reply in replies)
    turns, replies = len(replies), [reply for reply in replies if reply.turn.text]
    answering = [reply for reply in replies if reply.turn.action]
    lengths = [len(reply.turn.text) for reply in replies]
    rows = {
        "nothing told": silent,
        "in second person": _share(reply.second_person for reply in replies),
        "told by an I or we": _share(reply.first_person for reply in replies),
        "a word of the deed comes back": _share(reply.answers for reply in answering),
        "laid out: lists, labels, markup": _share(
            bool(_LAYOUT.search(reply.turn.text)) for reply in replies
        ),
        f"shorter than {SHORT} characters": _share(length < SHORT for length in lengths),
        "ends with a sentence": _share(
            reply.turn.provenance.ended == "sentence" for reply in replies
        ),
        "written anew at least once": anew,
        "attempts thrown away, by reason": ", ".join(f"{f} {n}" for f, n in flaws.most_common()),
        "runs of four words told before": f"{statistics.mean(r.copied for r in replies):.1%}",
        "characters, median": f"{statistics.median(lengths):.0f}",
    }
    body = "\n".join(f"| {name} | {value or 'none'} |" for name, value in rows.items())
    return f"| {turns} turns | |\n|---|---|\n{body}"


def _share(true: Iterable[bool]) -> str:
    return f"{statistics.mean(true):.0%}"


async def main() -> None:
    """Play, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--openings", type=int, default=13)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--model", default="")
    parser.add_argument("--show", action="store_true", help="print the stories, too")
    chosen = parser.parse_args()
    replies: list[Told] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.models.symlink_to(Home.find().models)
        for seed in range(1, chosen.seeds + 1):
            session = Session(home, Settings(), model=chosen.model, seed=seed)
            for scenario in scenarios.available()[: chosen.openings]:
                replies += await _play(session, scenario, chosen.turns, show=chosen.show)
            await session.close()
    print(report(replies))


async def _play(session: Session, scenario: Scenario, turns: int, *, show: bool) -> list[Told]:
    game = session.begin(scenarios.fill(scenario, {}))
    replies = await told(game, turns)
    if show:
        print(f"\n# {scenario.title}\n")
        for reply in replies:
            print(
                f"> {reply.turn.action}  {' '.join(reply.anew)}\n\n{reply.turn.text}\n", flush=True
            )
    return replies


if __name__ == "__main__":
    asyncio.run(main())
