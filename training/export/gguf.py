"""Export a model with its tokenizer, or a LoRA adapter alone, as a GGUF file."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import gguf
import numpy as np
import torch

from dungeon.errors import InputRefused, NotSaved, WeightsError
from dungeon.files.atomic_file import atomic_path
from dungeon.files.disk_room import write_advice, write_failure
from dungeon.models.gguf_tensors import (
    Heads,
    check_supported,
    gguf_name,
    is_transposed,
    to_gguf,
    write_header,
)
from dungeon.models.lora import Adapter, read_adapter
from dungeon.models.model_folder import ModelFolder
from training.models.gguf_tokenizer import write_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from training.models.loading import LoadedModel

OutputType = Literal["F16", "Q8_0", "F32"]

_FILE_TYPES = {
    "F32": gguf.LlamaFileType.ALL_F32,
    "F16": gguf.LlamaFileType.MOSTLY_F16,
    "Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}

_ALWAYS_F32 = ("position_embd.weight",)
"""Tables that llama.cpp wants in full: a row is added to the embedding as it is."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One tensor on its way into the file."""

    name: str
    """Its GGUF name."""
    weight: torch.Tensor
    """In transformers' layout and the model's dtype, on the CPU."""
    shape: tuple[int, ...]
    """In GGUF's layout, rows first."""
    dtype: gguf.GGMLQuantizationType


def export_gguf(loaded: "LoadedModel", path: Path, output_type: OutputType = "F16") -> None:
    """Write the model to `path`, its matrices as `output_type`, replacing a file that is there.

    Raises InputRefused where the model is of a kind that GGUF or the engine would get wrong, or the
    file cannot be written.
    """
    model, config = loaded.model, loaded.model.config
    architecture = str(config.model_type)
    check_supported(architecture)
    check_exportable(config)
    tensors = list(_tensors(model, architecture, gguf.GGMLQuantizationType[output_type]))
    heads = heads_of(config)
    needed = sum(_bytes(tensor) for tensor in tensors)
    with (
        atomic_output(path, needed) as part,
        closing(gguf.GGUFWriter(part, architecture)) as writer,
    ):
        writer.add_name(loaded.name)
        writer.add_license(loaded.licence)
        writer.add_file_type(_FILE_TYPES[output_type])
        _WRITE_CONFIG[architecture](writer, config)
        write_tokenizer(writer, loaded.tokenizer, int(config.vocab_size))  # type: ignore[arg-type]
        write_header(writer, [(tensor.name, tensor.shape, tensor.dtype) for tensor in tensors])
        for tensor in tensors:
            weight = to_gguf(architecture, tensor.name, tensor.weight.float().numpy(), heads)
            writer.write_tensor_data(gguf.quantize(np.ascontiguousarray(weight), tensor.dtype))


def export_adapter(folder: ModelFolder, base: "LoadedModel", path: Path) -> None:
    """Write the adapter in `folder`, trained on `base`, to `path`, for llama.cpp beside its base.

    It is a few megabytes where the merged model is hundreds; llama.cpp applies it at run time.
    Raises InputRefused where it changes more than pairs of matrices can express, or the file cannot
    be written.
    """
    config = base.model.config
    check_supported(config.model_type)
    check_exportable(config)
    try:
        adapter = read_adapter(folder.path, config.model_type, heads_of(config))
    except WeightsError as error:
        raise InputRefused(
            f"{error} Export it merged into its base, without --adapter-only."
        ) from error
    if any(delta.magnitude is not None for delta in adapter.values()):
        raise InputRefused(
            f"{folder.path} holds a DoRA adapter, which llama.cpp cannot apply to a base. Export "
            "it merged into its base, without --adapter-only."
        )
    _check_layers_only(folder, adapter)
    first = next(iter(adapter.values()))
    alpha = first.scale * first.a.shape[0]  # llama.cpp divides it by the rank
    with (
        atomic_output(path) as part,
        closing(gguf.GGUFWriter(part, config.model_type)) as writer,
    ):
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_name(folder.name)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
        for name, delta in adapter.items():
            # The file has one alpha: where a weight's rank or alpha differs, B is scaled instead.
            factor = np.float32(delta.scale * delta.a.shape[0] / alpha)
            writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(delta.a))
            writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(delta.b * factor))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _check_layers_only(folder: ModelFolder, adapter: Adapter) -> None:
    for name in adapter:
        if not name.startswith("blk."):
            raise InputRefused(
                f"The adapter in {folder.path} changes {name}, which an adapter file cannot hold. "
                "Export it merged into its base, without --adapter-only."
            )


def check_exportable(config: Any) -> None:
    """Raise InputRefused where the model computes something that llama.cpp would not."""
    required: dict[str, dict[str, tuple[Any, ...]]] = {
        "gpt2": {
            "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
            "scale_attn_weights": (True,),
            "scale_attn_by_inverse_layer_idx": (False,),
        },
        "llama": {"hidden_act": ("silu",)},
    }
    for setting, allowed in required[config.model_type].items():
        if (found := getattr(config, setting)) not in allowed:
            raise InputRefused(
                f"The model's {setting} is {found!r}; a GGUF file of the {config.model_type} "
                f"architecture always means {allowed[0]!r}, so the model would write nonsense."
            )
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type", "default") != "default":
        raise InputRefused(
            f"The model scales its positions ({rope['rope_type']}), which cannot be written to "
            "GGUF here."
        )


def heads_of(config: Any) -> Heads:
    """Return the numbers of attention heads in a config of transformers."""
    query = int(config.num_attention_heads)
    return Heads(query, int(getattr(config, "num_key_value_heads", None) or query))


@contextmanager
def atomic_output(path: Path, needed: int = 0) -> Iterator[Path]:
    """Give a temporary path that becomes `path` at the end, or is removed after an error.

    `needed` is about how many bytes will be written. Raises NotSaved where that fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part:
            yield part
    except OSError as error:
        reason = write_failure(error, path.parent, needed=needed)
        raise NotSaved(
            f"{path} cannot be written: {reason}. "
            f"{write_advice(error, 'or name another place with --gguf')}"
        ) from error


def _tensors(
    model: "PreTrainedModel", architecture: str, dtype: gguf.GGMLQuantizationType
) -> Iterator[_Tensor]:
    for parameter, weight in model.named_parameters():
        name = gguf_name(architecture, parameter)
        if name is None:
            raise InputRefused(
                f"The model has {parameter}, for which GGUF's {architecture} has no name."
            )
        shape = tuple(weight.shape)
        if is_transposed(architecture, name):
            shape = shape[::-1]
        yield _Tensor(name, weight.detach().cpu(), shape, _tensor_dtype(name, shape, dtype))


def _bytes(tensor: _Tensor) -> int:
    """Return how many bytes a tensor takes in the file."""
    block, size = gguf.GGML_QUANT_SIZES[tensor.dtype]
    return tensor.weight.numel() // block * size


def _tensor_dtype(
    name: str, shape: tuple[int, ...], dtype: gguf.GGMLQuantizationType
) -> gguf.GGMLQuantizationType:
    """Return F32 for vectors, and F16 where the rows are no multiple of a quantisation block."""
    if len(shape) < 2 or name in _ALWAYS_F32:
        return gguf.GGMLQuantizationType.F32
    block, _ = gguf.GGML_QUANT_SIZES[dtype]
    return dtype if shape[-1] % block == 0 else gguf.GGMLQuantizationType.F16


def _write_gpt2_config(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)


def _write_llama_config(writer: gguf.GGUFWriter, config: Any) -> None:
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


_WRITE_CONFIG = {"gpt2": _write_gpt2_config, "llama": _write_llama_config}
