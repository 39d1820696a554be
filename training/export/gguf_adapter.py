"""Export a LoRA adapter alone as a GGUF file, for llama.cpp together with its base.

It is a few megabytes where the merged model is hundreds; llama.cpp applies it at run time, and Grue
merges it when it prepares a model.
"""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.gguf_tensors import check_supported
from dungeon.models.lora import Adapter, read_adapter
from dungeon.models.model_folder import ModelFolder
from training.export.gguf import atomic_output, check_exportable, heads_of

if TYPE_CHECKING:
    from training.models.loading import LoadedModel


def export_adapter(folder: ModelFolder, base: "LoadedModel", path: Path) -> None:
    """Write the adapter in `folder`, trained on `base`, to `path`.

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
