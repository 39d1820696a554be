"""Measure whether a model remembers a fact: planted in the second turn, needed in the fifteenth.

    python -m benchmarks.continuity [MODEL …] [--stories 60] [--guidance 1.5] [--generate] [--json]

MODEL is whatever `grue evaluate` takes; the default is grue and smollm2. Each of sixty stories is
told twice, with one of two facts. The model chooses between two replies that differ in one word, by
their log-probability after the prompt that the game would build. A model that does not remember is
right in half of the choices, whatever it expects: a story and its mirror have the same two replies,
and each of them is right once.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.continuity_scorer import PromptTokens, Scorer, TorchScorer
from benchmarks.continuity_stories import FACT_TURN, ContinuityStory, StoryPair, load_pairs
from dungeon.prompt.composer import PromptComposer
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.state import sentence_of
from dungeon.story import Action, Kind
from dungeon.threads import SerialThread
from dungeon.turns.rolling_summary import SummaryWriter
from training.evaluation.intervals import Interval, ratio_interval, wilson
from training.models.loading import load_causal_lm
from training.trainer.console import StatusLine

SMALL = 0.75
"""Share of the whole prompt's tokens that a small context has; the oldest turns do not fit."""

WHOLE = 1 << 14


@dataclass(frozen=True, slots=True)
class Condition:
    """What the prompt is built with."""

    name: str
    is_small: bool = False
    """Whether the turn with the fact no longer fits."""
    memory: bool = False
    retrieval: bool = False
    summary: bool = False
    guided: bool = False
    state: bool = False
    """Whether the fact is in the state of the story, where it can be."""


CONDITIONS = (
    Condition("the whole story"),
    Condition("the whole story, guidance", guided=True),
    Condition("the fact's turn no longer fits", is_small=True),
    Condition("… the fact in the memory", is_small=True, memory=True),
    Condition("… in the memory, guidance", is_small=True, memory=True, guided=True),
    Condition("… retrieval", is_small=True, retrieval=True),
    Condition("… summary", is_small=True, summary=True),
    Condition("… retrieval and summary", is_small=True, retrieval=True, summary=True),
    Condition("the whole story, state line", state=True),
    Condition("… state line", is_small=True, state=True),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a model chose."""

    number: int
    """Of the story."""
    kind: str
    margin: float
    """Log-probability of the consistent reply minus that of the other one, in nats."""
    has_turn: bool
    """Whether the fact's turn was in the prompt, or a part of it was quoted."""
    has_fact: bool
    """Whether the fact itself was, there or in the memory."""
    reply: str = ""
    """The most likely reply, where it was asked for."""
    named: bool | None = None
    """Whether this reply has the right word; None where it has neither or both."""

    @property
    def score(self) -> float:
        """1 where the model chose the consistent reply, 0 where it did not, half for a tie."""
        return float(self.margin > 0) + 0.5 * (self.margin == 0)


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """A prompt of the game, and what is left in it of the second turn."""

    text: str
    has_turn: bool
    has_fact: bool


class PromptBuilder:
    """Builds the prompts of stories as the game does."""

    def __init__(self, scorer: Scorer, library: Library) -> None:
        self._scorer = scorer
        self._library = library
        self._thread = SerialThread("saves")

    async def build(self, story: ContinuityStory, condition: Condition) -> BuiltPrompt:
        """Return the prompt of the last action."""
        plain = await self._compose(story, Condition("whole"), WHOLE)
        if not condition.is_small:
            return await self._compose(story, condition, WHOLE) if condition.state else plain
        budget = int(self._scorer.count_tokens(plain.text) * SMALL)
        return await self._compose(story, condition, budget)

    async def _compose(
        self, story: ContinuityStory, condition: Condition, budget: int
    ) -> BuiltPrompt:
        adventure = story.adventure(with_memory=condition.memory, with_state=condition.state)
        settings = GenerationSettings(
            retrieval=condition.retrieval,
            summary="extractive" if condition.summary else "off",
            state_line="all",
        )
        if condition.retrieval:
            self._library.create(adventure)
        generator = PromptTokens(self._scorer, budget + settings.max_tokens)
        composer = PromptComposer(generator, self._library, self._thread)
        if condition.summary:
            context = await composer.compose(adventure, None, settings)
            summary = await SummaryWriter(generator).write(adventure, context, settings)
            adventure = adventure.with_changes({"summary": summary})
        context = await composer.compose(adventure, Action(Kind.DO, story.question), settings)
        fact_turn = adventure.path()[1].id
        return BuiltPrompt(
            context.prompt,
            context.left_out < FACT_TURN or fact_turn in context.quoted_ids,
            any(
                text in context.prompt
                for text in (*story.fact_sentences, story.memory, *_stated(story))
            ),
        )


def _stated(story: ContinuityStory) -> tuple[str, ...]:
    """Return the sentence that the state line has for the fact."""
    return (sentence_of(story.change),) if story.change else ()


class Benchmark:
    """Runs the stories on one model."""

    def __init__(
        self, scorer: Scorer, library: Library, guidance: float, *, generate: bool
    ) -> None:
        self._scorer = scorer
        self._prompts = PromptBuilder(scorer, library)
        self._guidance = guidance
        self._generate = generate

    async def choose(self, pair: StoryPair, condition: Condition) -> list[Choice]:
        """Return the choices in a story and in its mirror."""
        stories = (pair.story, pair.mirrored)
        prompts = [await self._prompts.build(story, condition) for story in stories]
        replies = (pair.story.consistent, pair.mirrored.consistent)
        guidance = self._guidance if condition.guided else 1.0
        scores = {  # a single one, where the fact is not in the prompt
            text: self._scorer.log_probabilities(text, replies, guidance)
            for text in dict.fromkeys(prompt.text for prompt in prompts)
        }
        choices = []
        for story, prompt, sign in zip(stories, prompts, (1, -1), strict=True):
            one, other = scores[prompt.text]
            margin = sign * (one - other)
            writes = self._generate and not condition.guided
            reply = self._scorer.generate(prompt.text) if writes else ""
            choices.append(
                Choice(
                    story.number,
                    story.kind,
                    margin,
                    prompt.has_turn,
                    prompt.has_fact,
                    reply,
                    _named(reply, story),
                )
            )
        return choices


def _mentions(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE))


def _named(reply: str, story: ContinuityStory) -> bool | None:
    right, wrong = (_mentions(reply, word) for word in (story.right_word, story.wrong_word))
    return None if right == wrong else right


# Results ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a model chose the consistent reply."""

    share: float
    interval: Interval | None
    """Stories are resampled, each with its mirror."""
    follows: float
    """Share of stories in which the fact moved the choice the right way, whatever the model expects
    without it: the margins of the story and its mirror have a positive sum."""
    follows_interval: Interval | None


def accuracy(choices: Iterable[Choice]) -> Accuracy:
    """Return the accuracy over `choices`, each story with its mirror."""
    stories: dict[int, list[Choice]] = defaultdict(list)
    for choice in choices:
        stories[choice.number].append(choice)
    rights = np.array([sum(each.score for each in both) for both in stories.values()])
    counts = np.array([len(both) for both in stories.values()], np.float64)
    sums = [sum(each.margin for each in both) for both in stories.values()]
    follows = sum((each > 0) + 0.5 * (each == 0) for each in sums) / len(sums)
    return Accuracy(
        float(rights.sum() / counts.sum()),
        ratio_interval(rights, counts),
        follows,
        wilson(follows, len(sums)) if any(sums) else Interval(0.5, 0.5),
    )


def report(results: dict[str, dict[str, list[Choice]]]) -> str:
    """Return the results, by model and condition, as a table."""
    lines = [
        "| model | prompt | right choices | 95 % | follows the fact | 95 % | turn | fact |"
        + "".join(f" {kind} |" for kind in _kinds(results)),
        "|---|---|---|---|---|---|---|---|" + "---|" * len(_kinds(results)),
    ]
    for model, conditions in results.items():
        for name, choices in conditions.items():
            found = accuracy(choices)
            turn = sum(each.has_turn for each in choices) / len(choices)
            fact = sum(each.has_fact for each in choices) / len(choices)
            kinds = (
                accuracy(each for each in choices if each.kind == kind).share
                for kind in _kinds(results)
            )
            lines.append(
                f"| {model} | {name} | {found.share:.0%} | {_span(found.interval)} | "
                f"{found.follows:.0%} | {_span(found.follows_interval)} | {turn:.0%} | {fact:.0%} |"
                + "".join(f" {share:.0%} |" for share in kinds)
            )
    return "\n".join([*lines, *_reply_lines(results)])


def _kinds(results: dict[str, dict[str, list[Choice]]]) -> list[str]:
    return sorted(
        {c.kind for each in results.values() for choices in each.values() for c in choices}
    )


def _span(interval: Interval | None) -> str:
    return f"{interval.low * 100:.0f} to {interval.high * 100:.0f}" if interval else ""


def _reply_lines(results: dict[str, dict[str, list[Choice]]]) -> list[str]:
    rows = [
        f"| {model} | {name} | {rights:.0%} | {wrongs:.0%} |"
        for model, conditions in results.items()
        for name, choices in conditions.items()
        if any(each.reply for each in choices)
        for rights, wrongs in [
            [sum(c.named is wanted for c in choices) / len(choices) for wanted in (True, False)]
        ]
    ]
    head = [
        "",
        "| model | prompt | reply names the right one | the wrong one |",
        "|---|---|---|---|",
    ]
    return [*head, *rows] if rows else []


def _document(results: dict[str, dict[str, list[Choice]]]) -> dict[str, Any]:
    return {
        model: {
            name: {"accuracy": asdict(accuracy(choices)), "choices": [asdict(c) for c in choices]}
            for name, choices in conditions.items()
        }
        for model, conditions in results.items()
    }


async def measure(
    name: str,
    benchmark: Benchmark,
    pairs: Sequence[StoryPair],
    conditions: Sequence[Condition] = CONDITIONS,
) -> dict[str, list[Choice]]:
    """Return the choices of a model in each condition."""
    status = StatusLine()
    results: dict[str, list[Choice]] = {condition.name: [] for condition in conditions}
    total = len(pairs) * len(conditions)
    for number, pair in enumerate(pairs):
        for step, condition in enumerate(conditions, 1):
            results[condition.name] += await benchmark.choose(pair, condition)
            done = number * len(conditions) + step
            status.update(f"{name}: {done} of {total} pairs of prompts", is_last=done == total)
    return results


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure whether a model remembers a fact.")
    parser.add_argument("models", nargs="*", default=["grue", "smollm2"], metavar="MODEL")
    parser.add_argument("--stories", type=int, default=60, help="the first N of sixty")
    parser.add_argument("--kind", default="", help="stories of one kind only: carry, dead, …")
    parser.add_argument("--only", default="", help="conditions with these words in their name")
    parser.add_argument("--guidance", type=float, default=1.5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--generate", action="store_true", help="also write a reply to each prompt")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pairs = [pair for pair in load_pairs() if options.kind in ("", pair.story.kind)]
    pairs = pairs[: options.stories]
    conditions = [each for each in CONDITIONS if options.only in each.name]
    results: dict[str, dict[str, list[Choice]]] = {}
    for model in options.models:
        print(f"Loading {model}", file=sys.stderr)
        loaded = load_causal_lm(model)
        scorer = TorchScorer(loaded, options.device)
        with (
            tempfile.TemporaryDirectory() as folder,
            Library.open(Path(folder) / "s.db") as library,
        ):
            benchmark = Benchmark(scorer, library, options.guidance, generate=options.generate)
            results[loaded.name] = await measure(loaded.name, benchmark, pairs, conditions)
    print(json.dumps(_document(results), indent=1) if options.json else report(results))


if __name__ == "__main__":
    asyncio.run(main())
