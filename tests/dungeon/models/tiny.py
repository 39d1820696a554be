"""Tiny model files, wheels and adapters."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file

from dungeon.models.catalog import CatalogEntry, WheelMember

WIDTH, HEADS, KEY_HEADS, RANK = 64, 4, 2, 3
SHAPES = {
    "token_embd.weight": (96, WIDTH),
    "blk.0.attn_norm.weight": (WIDTH,),
    "blk.0.attn_q.weight": (WIDTH, WIDTH),
    "blk.0.attn_k.weight": (WIDTH // 2, WIDTH),
    "blk.0.ffn_up.weight": (128, WIDTH),
    "blk.0.odd.weight": (8, 40),
}
"""Rows and columns; the last one's rows fit into no quantisation's blocks."""


def write_model(path: Path, seed: int = 0) -> dict[str, np.ndarray]:
    """Write a model of the llama architecture and return its weights."""
    chance = np.random.default_rng(seed)
    weights = {name: chance.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Tiny")
    writer.add_context_length(512)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_license("apache-2.0")
    writer.add_token_list(["a", "é", "\x1b"])
    writer.add_token_scores([0.5, 1.0, -1.0])
    writer.add_add_bos_token(False)
    for name, weight in weights.items():
        writer.add_tensor(name, weight)
    _finish(writer)
    return weights


def halves(seed: int = 1) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return A and B for the query, key and up weights."""
    chance = np.random.default_rng(seed)
    names = ("blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.ffn_up.weight")
    return {
        name: (
            chance.normal(size=(RANK, SHAPES[name][1])).astype(np.float32),
            chance.normal(size=(SHAPES[name][0], RANK)).astype(np.float32),
        )
        for name in names
    }


def write_gguf_adapter(path: Path, parts: dict[str, tuple[np.ndarray, np.ndarray]], alpha: float):
    """Write an adapter as a GGUF file."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for name, (a, b) in parts.items():
        writer.add_tensor(f"{name}.lora_a", a)
        writer.add_tensor(f"{name}.lora_b", b)
    _finish(writer)


def write_peft_adapter(folder: Path, tensors: dict[str, np.ndarray], **config: object) -> None:
    """Write an adapter as PEFT does, in float32."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps(config))
    weights = {name: tensor.astype("<f4") for name, tensor in tensors.items()}
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})


def read_model(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str], dict[str, object]]:
    """Return a file's weights, their types and its metadata."""
    reader = gguf.GGUFReader(path)
    weights = {str(t.name): gguf.dequantize(t.data, t.tensor_type) for t in reader.tensors}
    types = {str(t.name): t.tensor_type.name for t in reader.tensors}
    return weights, types, {name: field.contents() for name, field in reader.fields.items()}


def entry_for(content: bytes, **changes: object) -> CatalogEntry:
    """Return a catalog entry that means a file of `content`."""
    entry = CatalogEntry(
        name="tiny",
        base="tiny",
        title="Tiny",
        licence="CC0-1.0",
        architecture="llama",
        context_length=512,
        prepared="Q8_0",
        source=WheelMember("llm-tiny==1.0", "llm_tiny/tiny.gguf", len(content)),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return replace(entry, **changes)


def write_wheel(path: Path, members: dict[str, bytes]) -> None:
    """Write a wheel that holds `members`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
