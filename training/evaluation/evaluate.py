"""Provides `evaluate()`: a model's measures, on held-out text and in play, and those of another to
hold them against.

Knows nothing of the command line; it tells how far it is through a callback.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from training.data.corpus import Corpus, Document, Split
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.perplexity import HeldOut, evaluate_held_out
from training.evaluation.prompts import prompts
from training.evaluation.replies import MAX_TOKENS, SAMPLING, generate_replies
from training.models.loading import LoadedModel

Heard = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much."""

SAMPLES = 6
"""Replies that are told word for word."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, the same for every model."""

    split: Split = "test"
    documents: int = 0
    """Documents of the split, evenly spread; 0 means all."""
    prompts: int = 1 << 30
    """Prompts that are played, evenly spread; 0 leaves playing out."""
    width: int = 0
    """The most tokens a model reads of held-out text at once; 0 means as many as it can."""
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured of one model."""

    name: str
    sha256: str
    split: Split
    text: HeldOut
    play: dict[str, float]
    """Each of `measures.MEASURES` by name; empty where nothing was played."""
    replies: tuple[Reply, ...]
    plan: Plan

    def document(self) -> dict[str, Any]:
        """Return everything as a JSON-ready dictionary, with a few replies word for word."""
        whole, told = self.text.whole, self.text.second_person
        step = max(len(self.replies) // SAMPLES, 1)
        return {
            "model": {"name": self.name, "sha256": self.sha256},
            "held_out": {
                "split": self.split,
                "documents": whole.documents,
                "tokens": whole.tokens,
                "bytes": whole.bytes,
                "perplexity": _known(whole.perplexity),
                "bits_per_byte": _known(whole.bits_per_byte),
                "second_person": {
                    "documents": told.documents,
                    "bytes": told.bytes,
                    "bits_per_byte": _known(told.bits_per_byte),
                },
            },
            "play": {
                "prompts": len(self.replies),
                "prompts_version": prompts().version,
                "max_tokens": MAX_TOKENS,
                "sampling": dict(SAMPLING),
                "seed": self.plan.seed,
                "measures": self.play,
                "replies": [
                    {"action": reply.deed, "reply": reply.text, "ended": reply.ended}
                    for reply in self.replies[::step][:SAMPLES]
                ],
            },
        }

    def measures(self) -> dict[str, Any]:
        """Return the numbers for a model folder's grue.json."""
        document = self.document()
        return {"held_out": document["held_out"], "play": document["play"]["measures"]}


def evaluate(loaded: LoadedModel, corpus: Corpus, plan: Plan, heard: Heard) -> Evaluation:
    """Return the measures of the model. Raises InputRefused where the corpus is broken."""
    split = plan.split if any(True for _ in corpus.documents(plan.split)) else "validation"
    documents = list(_spread(corpus, split, plan.documents))
    text = evaluate_held_out(
        loaded,
        documents,
        width=plan.width,
        device=plan.device,
        heard=lambda done: heard("reading", done, len(documents)),
    )
    asked = prompts().spread(plan.prompts)
    told = generate_replies(
        loaded,
        asked,
        seed=plan.seed,
        device=plan.device,
        heard=lambda done: heard("playing", done, len(asked)),
    )
    play = {name: measure(told) for name, measure in METRICS.items()} if told else {}
    return Evaluation(loaded.name, loaded.sha256, split, text, play, tuple(told), plan)


def _spread(corpus: Corpus, split: Split, count: int) -> Iterable[Document]:
    """Yield `count` documents, evenly spread over the split."""
    found = corpus.documents(split)
    if count <= 0:
        return found
    total = sum(1 for _ in corpus.documents(split))
    step = max(total // count, 1)
    return islice(islice(found, 0, None, step), count)


def _known(value: float) -> float | None:
    return None if value != value else value  # NaN is no JSON
