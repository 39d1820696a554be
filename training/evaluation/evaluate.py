"""Evaluate a model on the held-out text of a corpus, and on its replies to the fixed prompts.

Sampling is the game's, and a reply ends where the game would stop it: at the player's next line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.sampling import PRESETS
from dungeon.transcript import STOP
from training.data.corpus import Corpus, Document, Split, take_evenly
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.perplexity import HeldOutResult, evaluate_held_out
from training.evaluation.prompts import Prompt, load_prompts
from training.models.loading import LoadedModel

OnProgress = Callable[[str, int, int], None]
"""Receives the current activity, the number of items that are done, and their total."""

SAMPLING = replace(next(iter(PRESETS.values())), dry_multiplier=0.0)
"""The game's default, without the DRY penalty, which would hide a model's loops."""

MAX_TOKENS = 80
"""Length at which a reply is cut off."""

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
            "held_out": self.metrics()["held_out"],
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
        total, second_person = self.held_out.total, self.held_out.second_person
        held_out = total.to_dict() | {"second_person": second_person.to_dict()}
        return {"held_out": {"split": self.split, **held_out}, "play": self.play}


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


def generate_replies(
    loaded: LoadedModel,
    prompts: Sequence[Prompt],
    *,
    seed: int = 0,
    batch_size: int = 12,
    device: str = "cpu",
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[Reply]:
    """Return the model's reply to each prompt; nothing is corrected afterwards, as the game would.

    The same model and seed give the same replies on the same device, up to its rounding.
    `on_progress` receives the number of replies that are written.
    """
    model: Any = loaded.model
    decoder = TorchDecoder(model.to(device), loaded.tokenizer)
    max_tokens = min(MAX_TOKENS, loaded.context_length // 2)
    max_prompt_tokens = loaded.context_length - max_tokens
    replies: list[Reply] = []
    for start in range(0, len(prompts), batch_size):
        batch = prompts[start : start + batch_size]
        continuations = [
            decoder.continuation(
                decoder.encode(prompt.text)[-max_prompt_tokens:], SAMPLING, seed + number, (STOP,)
            )
            for number, prompt in enumerate(batch, start)
        ]
        texts = decoder.complete(continuations, max_tokens)
        for prompt, each, text in zip(batch, continuations, texts, strict=True):
            has_ended = each.finish_reason == "stop"
            replies.append(Reply(text.strip(), has_ended, prompt.action, prompt.other_actions))
        on_progress(len(replies))
    return replies
