"""Measure the replies of a model in play: perspective, responsiveness, repetition, rejections.

    python -m benchmarks.prose [--scenarios 13] [--turns 8] [--seeds 1] [--model REF] [--show]

Every scenario is played with the same actions. The metrics are those of `grue evaluate`, with what
only the game knows. None tells whether a story is good: read it, with --show.
"""

import argparse
import asyncio
import re
import statistics
from collections import Counter
from dataclasses import dataclass
from random import Random

import numpy as np

from benchmarks.session import temporary_session
from corpus_scraper.corpus.ngrams import ngram_hashes, tokenize
from dungeon import actions, scenarios
from dungeon.story import Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import TurnCancelled, TurnSaved
from training.evaluation import metrics

ACTIONS = (
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
"""What the player types, turn by turn; it makes sense in every scenario."""

MIN_CHARACTERS = 100
"""Characters; a reply of fewer is short."""

_LAYOUT = re.compile(
    r"^\s*(?:[-*#•]|\d+[.)]|[A-Z][\w ]{0,20}:\s)|\*\*|__|</?\w+>|```", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """A turn, and the attempts at its reply that were rejected."""

    turn: Turn
    """Its text is empty where every attempt was rejected."""
    rejections: tuple[str, ...]
    before: str
    """The story before it."""

    @property
    def reply(self) -> metrics.Reply:
        """The reply as the metrics take it."""
        return metrics.Reply(self.turn.text, ended=True, action=self.turn.action)

    @property
    def copied(self) -> float:
        """The share of its 4-grams that are in the story before it."""
        ngrams = ngram_hashes(tokenize(self.turn.text), 4)
        known = ngram_hashes(tokenize(self.before), 4)
        return float(np.isin(ngrams, known).mean()) if len(ngrams) else 0.0


async def play(game: Game, turns: int) -> list[PlayedTurn]:
    """Play `turns` turns and return them."""
    played: list[PlayedTurn] = []
    before = game.adventure.path()[0].text
    for number in range(turns):
        rejections: list[str] = []
        async for event in game.play(actions.parse_action(ACTIONS[number % len(ACTIONS)], Kind.DO)):
            match event:
                case AttemptRejected(reason):
                    rejections.append(reason)
                case TurnSaved(turn):
                    played.append(PlayedTurn(turn, tuple(rejections), before))
                    before += "\n" + turn.text
                case TurnCancelled(action):
                    empty = Turn("", None, action.kind, action.text, "")
                    played.append(PlayedTurn(empty, tuple(rejections), before))
    await game.close()
    return played


def report(played: list[PlayedTurn]) -> str:
    """Return the measurements as a table."""
    replied = [each for each in played if each.turn.text]
    replies = [each.reply for each in replied]
    lengths = [len(each.turn.text) for each in replied]
    copied = statistics.mean(each.copied for each in replied)
    reasons = Counter(reason for each in played for reason in each.rejections)
    shares = {
        "no reply": [not each.turn.text for each in played],
        "lists, labels or markup": [bool(_LAYOUT.search(each.turn.text)) for each in replied],
        f"shorter than {MIN_CHARACTERS} characters": [
            length < MIN_CHARACTERS for length in lengths
        ],
        "ends with a sentence": [each.turn.provenance.ended == "sentence" for each in replied],
        "rejected at least once": [bool(each.rejections) for each in played],
    }
    rows = {
        "replies in second person": f"{metrics.second_person(replies):.0%}",
        "replies in first person": f"{metrics.first_person(replies):.0%}",
        "responsiveness": f"{metrics.responsiveness(replies):.0%}",
        **{name: f"{statistics.mean(values):.0%}" for name, values in shares.items()},
        "rejected attempts": ", ".join(f"{r} {n}" for r, n in reasons.most_common()) or "none",
        "4-grams that are already in the story": f"{copied:.1%}",
        "characters, median": f"{statistics.median(lengths):.0f}",
    }
    body = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"| {len(played)} turns | |\n|---|---|\n{body}"


async def main() -> None:
    """Play, measure and print."""
    parser = argparse.ArgumentParser(description="Measure the replies of a model in play.")
    parser.add_argument("--scenarios", type=int, default=13)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--model", default="")
    parser.add_argument("--show", action="store_true", help="also print the stories")
    options = parser.parse_args()
    played: list[PlayedTurn] = []
    for seed in range(1, options.seeds + 1):
        async with temporary_session(options.model, seed) as session:
            for scenario in scenarios.available()[: options.scenarios]:
                turns = await play(
                    session.begin(
                        scenarios.fill(scenarios.draw_macros(scenario, Random(seed)), {})
                    ),
                    options.turns,
                )
                played += turns
                if options.show:
                    _show(scenario.title, turns)
    print(report(played))


def _show(title: str, turns: list[PlayedTurn]) -> None:
    print(f"\n# {title}\n")
    for each in turns:
        print(
            f"> {each.turn.action}  {' '.join(each.rejections)}\n\n{each.turn.text}\n", flush=True
        )


if __name__ == "__main__":
    asyncio.run(main())
