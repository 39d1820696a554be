"""The Python API: what the command line does, each function a few lines around its module."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, get_args

from dungeon.errors import InputRefused
from dungeon.text import clean
from dungeon.transcript import STOP, as_prompt
from training.arguments import MAX_SEED, Argument, checked
from training.data.corpus import read_corpus
from training.data.documents import TrainOn
from training.evaluation.evaluate import Evaluation, EvaluationConfig, evaluate
from training.evaluation.replies import SAMPLING
from training.models.loading import LoadedModel, load_causal_lm
from training.trainer.devices import find_device
from training.trainer.options import HYPERPARAMETERS
from training.trainer.reporting import Tracker

if TYPE_CHECKING:
    from training.export.gguf import OutputType
    from training.export.safetensors_folder import WeightType
    from training.trainer.hyperparameters import Method

_DEVICE = Argument(str, choices=("cuda", "mps", "cpu"))
_PATH = Argument(PurePath)
_FLAG = Argument(bool)
_COUNT = Argument(int, minimum=0)

_SAMPLING = {
    "prompt": Argument(str),
    "max_tokens": Argument(int, minimum=1),
    "temperature": Argument(float, minimum=0),
    "top_k": _COUNT,
    "top_p": Argument(float, minimum=0, maximum=1, open=True),
    "min_p": Argument(float, minimum=0, maximum=1),
    "repeat_penalty": Argument(float, minimum=0, open=True),
    "seed": _COUNT,
    "stop": Argument(str),
}
_EVALUATION = {
    "corpus": _PATH,
    "split": Argument(str, choices=("test", "validation", "train")),
    "documents": _COUNT,
    "prompts": _COUNT,
    "max_seq_length": _COUNT,
    "seed": _COUNT,
    "device": _DEVICE,
}
_TRAINING = {name: option.argument for name, option in HYPERPARAMETERS.items()} | {
    "corpus": _PATH,
    "out": _PATH,
    "base": _PATH,
    "from_scratch": _FLAG,
    "freeze_layers": _COUNT,
    "train_on": Argument(str, choices=get_args(TrainOn)),
    "mix": Argument(dict),
    "seed": Argument(int, minimum=0, maximum=MAX_SEED),
    "resume": _FLAG,
    "minutes": Argument(float, minimum=0, open=True),
    "device": _DEVICE,
    "report_to": Argument(str, choices=get_args(Tracker)),
    "quiet": _FLAG,
}


@dataclass(frozen=True, slots=True, repr=False)
class StoryModel:
    """A model in memory that continues a text."""

    loaded: LoadedModel
    """The model, its tokenizer, and where they came from."""
    device: str
    folder: Path | None = None
    """The folder it was saved to or loaded from; None for another source."""

    def __repr__(self) -> str:
        return f"StoryModel({self.loaded.name!r}, device={self.device!r})"

    @checked(_SAMPLING)
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

    @checked(_SAMPLING, also=_SAMPLING)
    def generate(self, prompt: str, **settings: Any) -> str:
        """Return the whole text that `stream` yields with the same settings."""
        return "".join(self.stream(prompt, **settings)).strip()

    @checked({"path": _PATH, "output_type": Argument(str, choices=("F16", "Q8_0", "F32"))})
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

    @checked({"path": _PATH, "weight_type": Argument(str, choices=("F16", "F32"))})
    def save(self, path: str | Path, weight_type: "WeightType" = "F16") -> Path:
        """Write the model, an adapter merged into its base, as a folder for transformers.

        Raises InputRefused where the folder has files in it.
        """
        from training.export.safetensors_folder import export_safetensors

        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputRefused(f"{path} exists already. Give another folder.")
        export_safetensors(self.loaded, path, weight_type, self.folder)
        return path

    @checked({"repo": Argument(str), "private": _FLAG})
    def push_to_hub(self, repo: str, *, private: bool = False) -> str:
        """Publish the model's folder on the Hugging Face hub, and return the address.

        Raises InputRefused where it has no folder, or where the hub does not accept it; GrueError
        where the hub cannot be reached.
        """
        from training.export.hub import open_repository, publish_folder

        if self.folder is None:
            raise InputRefused(f"{self.loaded.name} has no folder to publish. Use `save` first.")
        repository = open_repository(repo, private=private)
        publish_folder(self.folder, repository)
        return repository.url

    @checked(_EVALUATION, also=[each.name for each in fields(EvaluationConfig)])
    def evaluate(self, corpus: str | Path, **config: Any) -> Evaluation:
        """Return the model's metrics on a corpus's held-out text and in play.

        `config` are the fields of `training.evaluation.evaluate.EvaluationConfig`.
        """
        settings = EvaluationConfig(**{"device": self.device} | config)
        return evaluate(self.loaded, read_corpus(Path(corpus)), settings, lambda *_: None)


@checked(_TRAINING, also=HYPERPARAMETERS)
def fine_tune(
    corpus: str | Path,
    out: str | Path,
    *,
    base: str | Path | None = None,
    method: "Method | None" = None,
    from_scratch: bool = False,
    freeze_layers: int | None = None,
    train_on: "TrainOn | None" = None,
    mix: Mapping[str, float] | None = None,
    seed: int | None = None,
    resume: bool = False,
    minutes: float | None = None,
    device: str | None = None,
    report_to: Tracker = "none",
    quiet: bool = False,
    **overrides: Any,
) -> StoryModel:
    """Fine-tune a model on a corpus folder, a text file or data, and return it.

    `base` is what `grue train --base` takes, `gpt2` by itself; `out` becomes a model folder. With
    `minutes` it is over in that time. `mix` has weights by the names of works and sources, as
    `grue train --mix` has. `overrides` set hyperparameters that are chosen by rule otherwise:
    epochs, max_steps, learning_rate, batch_size, max_seq_length, lora_rank and the others of
    `grue train --help`. Progress goes to standard error unless `quiet`. Raises InputRefused with a
    sentence that says what to change; a wrong argument is refused before anything is loaded.
    """
    from training.trainer.config import TrainConfig
    from training.trainer.console import ConsoleReporter
    from training.trainer.finetune import finetune

    config = TrainConfig(
        base=None if base is None else str(base),
        from_scratch=from_scratch,
        freeze_layers=freeze_layers,
        train_on=train_on,
        mix=None if mix is None else tuple(f"{name}={weight}" for name, weight in mix.items()),
        seed=seed,
        resume=resume,
        minutes=minutes,
        device=device,
        report_to=report_to,
        overrides={n: v for n, v in (overrides | {"method": method}).items() if v is not None},
    )
    reporter = None if quiet else ConsoleReporter()
    result = finetune(
        read_corpus(Path(corpus)), Path(out), config, load=load_causal_lm, reporter=reporter
    )
    return load_model(result.folder, device=device)


@checked({"reference": _PATH, "device": _DEVICE})
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
