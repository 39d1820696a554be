"""Provides `export()`: a model as one GGUF file that llama.cpp, and so the game, plays.

Whole weights with the tokenizer in them, an adapter merged in, or an adapter alone. Written without
llama.cpp's own converter. Knows the architectures of `architectures.py`, and nothing of engines.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import gguf
import numpy as np
import torch

from dungeon.errors import InputRefused
from dungeon.models.progress import Progress, no_progress
from training.models.architectures import Architecture, architecture, heads_of, place, to_file
from training.models.gguf_tokenizer import write_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from training.models.loading import LoadedModel

Kind = Literal["F16", "Q8_0", "F32"]

_FILE_TYPES = {
    "F32": gguf.LlamaFileType.ALL_F32,
    "F16": gguf.LlamaFileType.MOSTLY_F16,
    "Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}

_WHOLE = ("position_embd.weight",)
"""Tables that llama.cpp wants in full: a row is added to the text as it is."""


@dataclass(frozen=True, slots=True)
class _Weight:
    """One weight on its way into the file."""

    name: str
    numbers: torch.Tensor
    turn: str
    kind: gguf.GGMLQuantizationType

    @property
    def shape(self) -> tuple[int, ...]:
        """As it lies in the file."""
        shape = tuple(self.numbers.shape)
        return shape[::-1] if self.turn == "transposed" else shape


def export_gguf(
    loaded: "LoadedModel", path: Path, kind: Kind = "F16", *, progress: Progress = no_progress
) -> None:
    """Write the model to `path`, whole, its matrices as `kind`; a file that is there is replaced.

    Raises InputRefused where the model is of a kind that GGUF or the engine would get wrong, or the
    file cannot be written.
    """
    model, config = loaded.model, loaded.model.config
    known = architecture(config.model_type)
    refuse_what_would_go_wrong(config)
    weights = list(_weights(model, known, gguf.GGMLQuantizationType[kind]))
    heads = heads_of(config)
    total, done = sum(weight.numbers.numel() for weight in weights), 0
    with written_whole(path) as part, closing(gguf.GGUFWriter(part, known.name)) as writer:
        writer.add_name(loaded.name)
        writer.add_license(loaded.licence)
        writer.add_file_type(_FILE_TYPES[kind])
        _SETTINGS[known.name](writer, config)
        write_tokenizer(writer, loaded.tokenizer, int(config.vocab_size))  # type: ignore[arg-type]
        for weight in weights:
            _announce(writer, weight)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for weight in weights:
            numbers = to_file(weight.numbers.float(), weight.turn, heads).numpy()
            writer.write_tensor_data(gguf.quantize(np.ascontiguousarray(numbers), weight.kind))
            done += weight.numbers.numel()
            progress("Exporting", done, total)


def refuse_what_would_go_wrong(config: Any) -> None:
    """Raise InputRefused where the model computes something that llama.cpp would not."""
    right_ones: dict[str, dict[str, tuple[Any, ...]]] = {
        "gpt2": {
            "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
            "scale_attn_weights": (True,),
            "scale_attn_by_inverse_layer_idx": (False,),
        },
        "llama": {"hidden_act": ("silu",)},
    }
    for setting, right in right_ones[config.model_type].items():
        if (found := getattr(config, setting)) not in right:
            raise InputRefused(
                f"The model's {setting} is {found!r}; a GGUF file of the {config.model_type} "
                f"architecture always means {right[0]!r}, and would write nonsense."
            )
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type", "default") != "default":
        raise InputRefused(
            f"The model stretches its positions ({rope['rope_type']}), which cannot be written to "
            "GGUF here."
        )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a name beside `path` that becomes `path` at the end, or is gone where something failed.

    Raises InputRefused where nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".export-", suffix=".part", dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.chmod(0o644)  # a temporary file is the owner's alone
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputRefused(
            f"{path} cannot be written: {error.strerror or error}. Name another place with --gguf."
        ) from error


def _weights(
    model: "PreTrainedModel", known: Architecture, kind: gguf.GGMLQuantizationType
) -> Iterator[_Weight]:
    for name, weight in model.named_parameters():
        found = place(known, name)
        if found is None:
            raise InputRefused(f"The model has {name}, for which GGUF's {known.name} has no place.")
        numbers = weight.detach().cpu()
        form = _Weight(found.tensor, numbers, found.turn, kind)
        yield _Weight(found.tensor, numbers, found.turn, _kind(form))


def _kind(weight: _Weight) -> gguf.GGMLQuantizationType:
    """Return the type a weight gets: vectors stay whole, and rows that fit no block become F16."""
    if len(weight.shape) < 2 or weight.name in _WHOLE:
        return gguf.GGMLQuantizationType.F32
    block, _ = gguf.GGML_QUANT_SIZES[weight.kind]
    return weight.kind if weight.shape[-1] % block == 0 else gguf.GGMLQuantizationType.F16


def _announce(writer: gguf.GGUFWriter, weight: _Weight) -> None:
    block, block_bytes = gguf.GGML_QUANT_SIZES[weight.kind]
    size = weight.numbers.numel() // block * block_bytes
    kind = np.dtype(np.float32)
    writer.add_tensor_info(weight.name, weight.shape, kind, size, raw_dtype=weight.kind)


def _gpt2(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)


def _llama(writer: gguf.GGUFWriter, config: Any) -> None:
    size = int(
        getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    )
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_rope_dimension_count(size)
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)


_SETTINGS = {"gpt2": _gpt2, "llama": _llama}
