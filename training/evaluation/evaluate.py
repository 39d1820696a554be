"""Evaluate a model on the held-out text of a corpus and on the fixed prompts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training.data.corpus import Corpus, Document, Split, take_evenly
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.perplexity import HeldOutResult, evaluate_held_out
from training.evaluation.prompts import load_prompts
from training.evaluation.replies import MAX_TOKENS, SAMPLING, generate_replies
from training.models.loading import LoadedModel

OnProgress = Callable[[str, int, int], None]
"""Receives the current activity, the number of items that are done, and their total."""

SAMPLES = 6
"""Replies that are included word for word."""


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """What is evaluated, the same for every model."""

    split: Split = "test"
    documents: int = 0
    """Evenly spaced documents of the split; 0 means all."""
    prompts: int = 1 << 30
    """Evenly spaced prompts that are replied to; 0 means none."""
    max_seq_length: int = 0
    """Window in tokens for held-out text; 0 means the model's context length."""
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of one model."""

    name: str
    sha256: str
    split: Split
    held_out: HeldOutResult
    play: dict[str, float]
    """Each of `metrics.METRICS` by name; empty without prompts."""
    replies: tuple[Reply, ...]
    config: EvaluationConfig

    def to_dict(self) -> dict[str, Any]:
        """Return everything JSON-ready, with a few replies word for word."""
        step = max(len(self.replies) // SAMPLES, 1)
        return {
            "model": {"name": self.name, "sha256": self.sha256},
            "held_out": self._held_out(),
            "play": {
                "prompts": len(self.replies),
                "prompts_version": load_prompts().version,
                "max_tokens": MAX_TOKENS,
                "sampling": SAMPLING.to_dict(),
                "seed": self.config.seed,
                "metrics": self.play,
                "replies": [
                    {"action": reply.action, "reply": reply.text, "ended": reply.ended}
                    for reply in self.replies[::step][:SAMPLES]
                ],
            },
        }

    def metrics(self) -> dict[str, Any]:
        """Return the metrics for a model folder's grue.json."""
        return {"held_out": self._held_out(), "play": self.play}

    def _held_out(self) -> dict[str, Any]:
        total, second_person = self.held_out.total, self.held_out.second_person
        return {
            "split": self.split,
            "documents": total.documents,
            "tokens": total.tokens,
            "bytes": total.bytes,
            "perplexity": _number_or_none(total.perplexity),
            "bits_per_byte": _number_or_none(total.bits_per_byte),
            "second_person": {
                "documents": second_person.documents,
                "bytes": second_person.bytes,
                "bits_per_byte": _number_or_none(second_person.bits_per_byte),
            },
        }


def evaluate(
    loaded: LoadedModel, corpus: Corpus, config: EvaluationConfig, on_progress: OnProgress
) -> Evaluation:
    """Return the results of a model. Raises InputRefused where the corpus is broken."""
    has_split = any(True for _ in corpus.documents(config.split))
    split = config.split if has_split else "validation"
    documents: Sequence[Document] = list(corpus.documents(split))
    documents = take_evenly(documents, config.documents or len(documents))
    held_out = evaluate_held_out(
        loaded,
        documents,
        max_seq_length=config.max_seq_length,
        device=config.device,
        on_progress=lambda done: on_progress("documents", done, len(documents)),
    )
    prompts = take_evenly(load_prompts().prompts, config.prompts)
    replies = generate_replies(
        loaded,
        prompts,
        seed=config.seed,
        device=config.device,
        on_progress=lambda done: on_progress("replies", done, len(prompts)),
    )
    play = {name: metric(replies) for name, metric in METRICS.items()} if replies else {}
    return Evaluation(loaded.name, loaded.sha256, split, held_out, play, tuple(replies), config)


def _number_or_none(value: float) -> float | None:
    return None if value != value else value  # JSON has no NaN
