"""Provides `export_adapter()`: a LoRA adapter alone as a GGUF file, for an engine with its base.

It is a few megabytes where the merged model is hundreds; llama.cpp applies it while running, and
Grue merges it when it prepares a model. Knows nothing of engines.
"""

import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gguf
import torch

from dungeon.errors import InputRefused
from dungeon.models.model_folder import ModelFolder
from training.export.gguf import refuse_what_would_go_wrong, written_whole
from training.models.architectures import architecture, heads_of, place, to_file

if TYPE_CHECKING:
    from training.models.loading import LoadedModel

_KEY = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is added to one weight: `scale * b @ a`."""

    name: str
    a: torch.Tensor
    """(rank, in)"""
    b: torch.Tensor
    """(out, rank)"""
    scale: float

    @property
    def alpha(self) -> float:
        """By which llama.cpp means `scale`: it divides it by the rank."""
        return self.scale * self.a.shape[0]


def export_adapter(folder: ModelFolder, base: "LoadedModel", path: Path) -> None:
    """Write the adapter in `folder`, made for `base`, to `path`.

    Raises InputRefused where it changes more than pairs of matrices can say, or the file cannot be
    written.
    """
    config = base.model.config
    known = architecture(config.model_type)
    refuse_what_would_go_wrong(config)
    pairs = _pairs(folder, base)
    alpha = pairs[0].alpha
    with written_whole(path) as part, closing(gguf.GGUFWriter(part, known.name)) as writer:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_name(folder.name)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
        for pair in pairs:
            b = pair.b * (pair.alpha / alpha)  # ranks and alphas may differ from weight to weight
            writer.add_tensor(f"{pair.name}.lora_a", pair.a.contiguous().numpy())
            writer.add_tensor(f"{pair.name}.lora_b", b.contiguous().numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _pairs(folder: ModelFolder, base: "LoadedModel") -> list[_Pair]:
    """Return the adapter's pairs under llama.cpp's names, rows in its order.

    PEFT keeps A as (rank, in) and B as (out, rank) even for GPT-2's Conv1D, whose own weight lies
    the other way round; llama.cpp wants them just so.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        halves = {k: v.float() for file in folder.weights for k, v in load_file(file).items()}
    except (OSError, SafetensorError) as error:
        raise InputRefused(f"{folder.path} holds damaged weights: {error}.") from error
    known, heads = architecture(base.model.config.model_type), heads_of(base.model.config)
    scales = _scales(folder, base)
    pairs = []
    for key, a in halves.items():
        match = _KEY.fullmatch(key)
        found = place(known, f"{match[1]}.weight") if match else None
        if match is None or found is None or found.tensor.startswith(("token_embd", "output")):
            raise InputRefused(
                f"The adapter in {folder.path} changes {key}, which an adapter file cannot say. "
                "Export it merged into its base, without --adapter-only."
            )
        if match[2] == "A":
            turn = "" if found.turn == "transposed" else found.turn
            b = to_file(halves[key.replace("lora_A", "lora_B")], turn, heads)
            pairs.append(_Pair(found.tensor, a, b, scales[match[1]]))
    if not pairs:
        raise InputRefused(f"{folder.path} holds an adapter that changes nothing.")
    return pairs


def _scales(folder: ModelFolder, base: "LoadedModel") -> dict[str, float]:
    """Return the scale of each changed module, as PEFT itself works it out."""
    from peft import PeftModel

    adapted: Any = PeftModel.from_pretrained(base.model, str(folder.path))
    scales = {
        name.removeprefix("base_model.model."): float(module.scaling["default"])
        for name, module in adapted.named_modules()
        if isinstance(getattr(module, "scaling", None), dict) and "default" in module.scaling
    }
    adapted.unload()
    return scales
