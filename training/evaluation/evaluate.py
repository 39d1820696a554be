"""Evaluate a model on the held-out text of a corpus, and on its replies to the fixed prompts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dungeon.data_files.folders import Split
from dungeon.text.counts import count
from training.data.corpus import Corpus, take_evenly
from training.data.documents import Document
from training.evaluation.comparison import (
    bits_difference,
    bits_per_byte,
    grouped,
    play_differences,
    play_metrics,
)
from training.evaluation.deadline import Deadline
from training.evaluation.metrics import Reply
from training.evaluation.perplexity import DocumentLoss, HeldOutResult, evaluate_held_out
from training.evaluation.prompts import Prompt, load_prompts
from training.evaluation.replies import BATCH_SIZE, MAX_TOKENS, SAMPLING, generate_replies
from training.evaluation.sources import UNKNOWN, read_sources
from training.evaluation.speed import measure_speed
from training.models.loading import LoadedModel
from training.models.record import format_duration

OnProgress = Callable[[str, float, int], None]
"""Receives the current activity, the number of items that are done, and their total."""

_READING_SHARE = 0.5
"""Share of the time for held-out text, where there are prompts as well."""


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
class Task:
    """The documents and prompts of an evaluation."""

    split: Split
    documents: Sequence[Document]
    prompts: Sequence[Prompt]
    sources: Mapping[str, str]
    """The source of each work, where the corpus says it."""


def select_task(corpus: Corpus, config: EvaluationConfig) -> Task:
    """Return what is to be evaluated. Raises InputRefused where the corpus is broken.

    Without a test split it is the validation split.
    """
    has_split = any(True for _ in corpus.documents(config.split))
    split = config.split if has_split else "validation"
    documents: Sequence[Document] = list(corpus.documents(split))
    documents = take_evenly(documents, config.documents or len(documents))
    prompts = take_evenly(load_prompts().prompts, config.prompts)
    return Task(split, documents, prompts, read_sources(corpus.path))


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """The results of one model."""

    name: str
    sha256: str
    task: Task
    held_out: HeldOutResult
    replies: Mapping[int, Reply]
    """By the number of the prompt."""
    config: EvaluationConfig

    def __repr__(self) -> str:
        return (
            f"Evaluation({self.name!r}, {self.split!r}, "
            f"{count(len(self.held_out.documents), 'document')}, "
            f"{self.held_out.total.bits_per_byte:.4f} bits per byte, "
            f"{count(len(self.replies), 'reply', 'replies')})"
        )

    @property
    def split(self) -> Split:
        """The split that was read."""
        return self.task.split

    @property
    def play(self) -> dict[str, float | None]:
        """Each of `metrics.METRICS` by name, None where no reply counts; empty without replies."""
        return {name: each.value for name, each in play_metrics(self._replies).items()}

    @property
    def _replies(self) -> list[Reply]:
        return list(self.replies.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out because the time was over, in sentences."""
        counts = (
            (len(self.held_out.documents), len(self.task.documents), "documents"),
            (len(self.replies), len(self.task.prompts), "replies"),
        )
        return tuple(
            f"{self.name}: the time was over after {done} of {total} {what}, a random sample."
            for done, total, what in counts
            if done < total
        )

    def source(self, document: DocumentLoss) -> str:
        """Return where the work of a document came from."""
        return self.task.sources.get(document.work, UNKNOWN)

    def to_dict(self) -> dict[str, Any]:
        """Return everything JSON-ready."""
        metrics = self.metrics()
        documents = self.held_out.documents
        held_out = metrics["held_out"] | {
            "sources": _groups(grouped(documents, self.source)),
            "works": _groups(grouped(documents, lambda each: each.work)),
            "per_document": [
                {
                    "id": each.id,
                    "work": each.work,
                    "bytes": each.tally.bytes,
                    "bits_per_byte": each.tally.bits_per_byte,
                }
                for each in documents
            ],
        }
        return {
            "model": {"name": self.name, "sha256": self.sha256},
            "held_out": held_out,
            "play": {
                "prompts": len(self.replies),
                "prompts_version": load_prompts().version,
                "max_tokens": MAX_TOKENS,
                "sampling": SAMPLING.to_dict(),
                "seed": self.config.seed,
                "metrics": self.play,
                "intervals": metrics["play_intervals"],
                "replies": [
                    {"action": reply.action, "reply": reply.text, "ended": reply.ended}
                    for reply in self.replies.values()
                ],
            },
            "notes": list(self.notes),
        }

    def metrics(self) -> dict[str, Any]:
        """Return the metrics for a model folder's grue.json."""
        documents = self.held_out.documents
        second_person = [each for each in documents if each.second_person]
        return {
            "held_out": {
                "split": self.split,
                **_bits(documents),
                **self.held_out.total.to_dict(),
                "second_person": _bits(second_person) | self.held_out.second_person.to_dict(),
            },
            "play": self.play,
            "play_intervals": {
                name: each.interval.to_list() if each.interval else None
                for name, each in play_metrics(self._replies).items()
            },
        }

    def differences(self, baseline: "Evaluation") -> dict[str, Any]:
        """Return the differences to `baseline`, JSON-ready.

        They are computed on the documents and prompts that both have finished.
        """
        ours, theirs = self.held_out.documents, baseline.held_out.documents
        total = bits_difference(ours, theirs)
        play = play_differences(self.replies, baseline.replies)
        return {
            "held_out": {
                "total": total.to_dict() if total else None,
                "second_person": _differences(ours, theirs, _person).get("second"),
                "sources": _differences(ours, theirs, self.source),
                "works": _differences(ours, theirs, lambda each: each.work),
            },
            "play": {name: each.to_dict() if each else None for name, each in play.items()},
        }


def _person(document: DocumentLoss) -> str:
    return "second" if document.second_person else "other"


def _groups(groups: Mapping[str, Sequence[DocumentLoss]]) -> dict[str, Any]:
    return {name: _bits(documents) for name, documents in groups.items()}


def _bits(documents: Sequence[DocumentLoss]) -> dict[str, Any]:
    found = bits_per_byte(documents)
    return found.to_dict() if found else {}


def _differences(
    ours: Sequence[DocumentLoss],
    theirs: Sequence[DocumentLoss],
    name: Callable[[DocumentLoss], str],
) -> dict[str, Any]:
    others = grouped(theirs, name)
    found = {
        key: bits_difference(documents, others.get(key, ()))
        for key, documents in grouped(ours, name).items()
    }
    return {key: each.to_dict() for key, each in found.items() if each}


def evaluate(
    loaded: LoadedModel,
    corpus: Corpus | Task,
    config: EvaluationConfig,
    on_progress: OnProgress,
    *,
    on_message: Callable[[str], None] | None = None,
    deadline: Deadline | None = None,
) -> Evaluation:
    """Return the results of a model. Raises InputRefused where the corpus is broken.

    `on_message` receives an estimate of the time, in a sentence, before anything else. What is not
    finished at the deadline is left out, and the rest is a random sample.
    """
    task = corpus if isinstance(corpus, Task) else select_task(corpus, config)
    deadline = deadline or Deadline(None)
    if on_message:
        on_message(_estimate(loaded, task, config))
    reading = deadline.part(_READING_SHARE if task.prompts else 1.0)
    held_out = evaluate_held_out(
        loaded,
        task.documents,
        max_seq_length=config.max_seq_length,
        device=config.device,
        on_progress=lambda done: on_progress("documents", done, len(task.documents)),
        is_time_over=reading.is_over,
    )
    replies = generate_replies(
        loaded,
        task.prompts,
        seed=config.seed,
        device=config.device,
        on_progress=lambda done: on_progress("replies", done, len(task.prompts)),
        is_time_over=deadline.is_over,
    )
    return Evaluation(loaded.name, loaded.sha256, task, held_out, replies, config)


def _estimate(loaded: LoadedModel, task: Task, config: EvaluationConfig) -> str:
    speed = measure_speed(loaded, min(BATCH_SIZE, len(task.prompts) or 1), config.device)
    texts = [document.text for document in task.documents]
    reading = speed.reading_seconds(loaded, texts, config.max_seq_length)
    writing = speed.writing_seconds(len(task.prompts), BATCH_SIZE, MAX_TOKENS)
    writing += speed.reading_seconds(loaded, [prompt.text for prompt in task.prompts])
    return (
        f"{loaded.name}: about {format_duration(reading)} for {count(len(texts), 'document')} and "
        f"at most {format_duration(writing)} for {count(len(task.prompts), 'reply', 'replies')}"
    )
