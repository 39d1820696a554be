"""Read a GGUF model as transformers has it: weights dequantised, plain classes, ready to be trained
and saved.

transformers reads GGUF, too, but takes twice as long, gives a model that refuses to be saved, and
knows GPT-2 with 1,024 positions only.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gguf
import torch

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.gguf_header import read_header
from dungeon.models.gguf_tensors import Heads, check_supported, from_gguf, gguf_name
from training.models.gguf_tokenizer import read_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


def read_gguf(path: Path) -> tuple["PreTrainedModel", "PreTrainedTokenizerFast"]:
    """Return the model, its weights in float32, and the tokenizer in the file.

    Raises InputRefused where it is no GGUF file, or of an architecture or tokenizer unknown here.
    """
    try:
        architecture = read_header(path).architecture  # bounded; the library is not
    except WeightsError as error:
        raise InputRefused(str(error)) from error
    check_supported(architecture)
    from transformers import AutoModelForCausalLM

    reader = gguf.GGUFReader(path)
    tokenizer = read_tokenizer(lambda key: _field(reader, key))
    config = _CONFIGS[architecture](reader)
    config.bos_token_id, config.eos_token_id = tokenizer.bos_token_id, tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    _copy_weights(reader, model, architecture)
    return model.eval(), tokenizer


def _copy_weights(reader: gguf.GGUFReader, model: "PreTrainedModel", architecture: str) -> None:
    """Copy the file's weights into the model, one at a time. Raises InputRefused on a misfit."""
    tensors = {str(tensor.name): tensor for tensor in reader.tensors}
    query = _number(reader, f"{architecture}.attention.head_count")
    heads = Heads(query, _field(reader, f"{architecture}.attention.head_count_kv") or query)
    with torch.no_grad():
        for parameter, weight in model.named_parameters():
            name = gguf_name(architecture, parameter)
            tensor = tensors.pop(name, None) if name else None
            if name is None or tensor is None:
                raise InputRefused(f"The GGUF file has no {name or parameter}.")
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            values = from_gguf(architecture, name, values, heads)
            if values.shape != tuple(weight.shape):
                raise InputRefused(
                    f"The shape of {name} in the GGUF file does not fit its metadata."
                )
            weight.copy_(torch.from_numpy(values.copy()))
    if model.config.tie_word_embeddings:
        tensors.pop("output.weight", None)  # GPT-2's files may hold the embedding twice
    if tensors:
        raise InputRefused(
            f"The GGUF file holds {min(tensors)}, which a plain {architecture} model does not have."
        )


def _field(reader: gguf.GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    return None if field is None else field.contents()


def _gpt2_config(reader: gguf.GGUFReader) -> Any:
    from transformers import GPT2Config

    return GPT2Config(
        vocab_size=_vocabulary(reader),
        n_positions=_number(reader, "gpt2.context_length"),
        n_embd=_number(reader, "gpt2.embedding_length"),
        n_layer=_number(reader, "gpt2.block_count"),
        n_head=_number(reader, "gpt2.attention.head_count"),
        n_inner=_number(reader, "gpt2.feed_forward_length"),
        layer_norm_epsilon=_field(reader, "gpt2.attention.layer_norm_epsilon") or 1e-5,
    )


def _llama_config(reader: gguf.GGUFReader) -> Any:
    from transformers import LlamaConfig

    heads = _number(reader, "llama.attention.head_count")
    width = _number(reader, "llama.embedding_length")
    return LlamaConfig(
        vocab_size=_vocabulary(reader),
        max_position_embeddings=_number(reader, "llama.context_length"),
        hidden_size=width,
        intermediate_size=_number(reader, "llama.feed_forward_length"),
        num_hidden_layers=_number(reader, "llama.block_count"),
        num_attention_heads=heads,
        num_key_value_heads=_field(reader, "llama.attention.head_count_kv") or heads,
        head_dim=_field(reader, "llama.attention.key_length") or width // heads,
        rms_norm_eps=_field(reader, "llama.attention.layer_norm_rms_epsilon") or 1e-6,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": _field(reader, "llama.rope.freq_base") or 10000.0,
        },
        tie_word_embeddings=not any(tensor.name == "output.weight" for tensor in reader.tensors),
    )


_CONFIGS = {"gpt2": _gpt2_config, "llama": _llama_config}


def _number(reader: gguf.GGUFReader, key: str) -> int:
    value = _field(reader, key)
    if not isinstance(value, int) or value <= 0:
        raise InputRefused(f"The GGUF file does not state its {key}.")
    return value


def _vocabulary(reader: gguf.GGUFReader) -> int:
    """Return the number of tokens: the rows of the embedding."""
    for tensor in reader.tensors:
        if tensor.name == "token_embd.weight":
            return int(tensor.shape[1])
    raise InputRefused("The GGUF file has no token_embd.weight.")
