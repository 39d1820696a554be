"""The Python API: what the command line does, each function a few lines around its module."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dungeon.errors import InputRefused
from dungeon.text import clean
from dungeon.transcript import STOP, as_prompt
from training.data.corpus import read_corpus
from training.evaluation.evaluate import Evaluation, EvaluationConfig, evaluate
from training.evaluation.replies import SAMPLING
from training.models.loading import LoadedModel, load_causal_lm
from training.trainer.devices import find_device

if TYPE_CHECKING:
    from training.data.documents import TrainOn
    from training.export.gguf import OutputType
    from training.trainer.hyperparameters import Method


@dataclass(frozen=True, slots=True)
class StoryModel:
    """A model in memory that continues a text."""

    loaded: LoadedModel
    """The model, its tokenizer, and where they came from."""
    device: str
    folder: Path | None = None
    """The folder it was saved to or loaded from; None for another source."""

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int = 80,
        temperature: float = SAMPLING.temperature,
        top_k: int = SAMPLING.top_k,
        top_p: float = SAMPLING.top_p,
        min_p: float = SAMPLING.min_p,
        repeat_penalty: float = SAMPLING.repeat_penalty,
        seed: int | None = None,
        stop: str = STOP,
    ) -> Iterator[str]:
        """Yield the continuation of `prompt` in pieces, until `max_tokens` or `stop`.

        `stop` is the player's next line by default; an empty one leaves the end to the model. A
        temperature of 0 is greedy. Closing the iterator stops the model. A prompt that is too long
        loses its beginning. Raises InputRefused where there is no prompt or no room.
        """
        from dungeon.generator.torch_decoding import TorchDecoder

        decoder = TorchDecoder(self.loaded.model, self.loaded.tokenizer)
        ids = decoder.encode(as_prompt(clean(prompt)))
        room = self.loaded.context_length - max_tokens
        if max_tokens < 1 or room < 1 or not ids:
            raise InputRefused(
                f"Give a prompt, and from 1 to {self.loaded.context_length - 1} tokens to write."
            )
        sampling = replace(
            SAMPLING,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            repeat_penalty=repeat_penalty,
        )
        seed = random.randrange(1 << 32) if seed is None else seed
        continuation = decoder.continuation(ids[-room:], sampling, seed, (stop,))
        for [text] in decoder.decode([continuation], max_tokens):
            if text:
                yield text

    def generate(self, prompt: str, **settings: Any) -> str:
        """Return the whole text that `stream` yields with the same settings."""
        return "".join(self.stream(prompt, **settings)).strip()

    def export(self, path: str | Path, output_type: "OutputType" = "F16") -> Path:
        """Export the model to a GGUF file, check it in llama.cpp, and return its path.

        Raises InputRefused and GrueError as `grue export` does.
        """
        from training.export.gguf import export_gguf
        from training.export.gguf_check import check

        export_gguf(self.loaded, Path(path), output_type)
        self.loaded.model.to("cpu")  # type: ignore[arg-type]
        check(Path(path), self.loaded, output_type)
        self.loaded.model.to(self.device)  # type: ignore[arg-type]
        return Path(path)

    def evaluate(self, corpus: str | Path, **config: Any) -> Evaluation:
        """Return the model's metrics on a corpus's held-out text and in play.

        `config` are the fields of `training.evaluation.evaluate.EvaluationConfig`.
        """
        settings = EvaluationConfig(**{"device": self.device} | config)
        return evaluate(self.loaded, read_corpus(Path(corpus)), settings, lambda *_: None)


def fine_tune(
    corpus: str | Path,
    out: str | Path,
    *,
    base: str | None = None,
    method: "Method | None" = None,
    from_scratch: bool = False,
    train_on: "TrainOn | None" = None,
    mix: Mapping[str, float] | None = None,
    seed: int | None = None,
    resume: bool = False,
    minutes: float | None = None,
    device: str | None = None,
    quiet: bool = False,
    **overrides: Any,
) -> StoryModel:
    """Fine-tune a model on a corpus folder, a text file or data, and return it.

    `base` is what `grue train --base` takes, `gpt2` by itself; `out` becomes a model folder. With
    `minutes` it is over in that time. `mix` has weights by the names of works and sources, as
    `grue train --mix` has. `overrides` set hyperparameters that are chosen by rule otherwise:
    epochs, max_steps, learning_rate, batch_size, max_seq_length, lora_rank and the others of
    `grue train --help`. Progress goes to standard error unless `quiet`. Raises InputRefused with a
    sentence that says what to change.
    """
    from training.trainer.config import TrainConfig
    from training.trainer.console import ConsoleReporter
    from training.trainer.finetune import finetune

    config = TrainConfig(
        base=base,
        from_scratch=from_scratch,
        train_on=train_on,
        mix=None if mix is None else tuple(f"{name}={weight}" for name, weight in mix.items()),
        seed=seed,
        resume=resume,
        minutes=minutes,
        device=device,
        overrides=overrides | ({"method": method} if method else {}),
    )
    reporter = None if quiet else ConsoleReporter()
    result = finetune(
        read_corpus(Path(corpus)), Path(out), config, load=load_causal_lm, reporter=reporter
    )
    return load_model(result.folder, device=device)


def load_model(reference: str | Path, *, device: str | None = None) -> StoryModel:
    """Load a model: a folder, an adapter's folder, a .gguf file, `smollm2`, or a name of the hub.

    `device` is `cuda`, `mps` or `cpu`, the best one available for None. Raises InputRefused and
    WeightsError.
    """
    loaded = load_causal_lm(str(reference))
    kind = find_device(device).kind
    model: Any = loaded.model
    model.to(kind)
    path = Path(reference).expanduser()
    return StoryModel(loaded, kind, path if path.is_dir() else None)
