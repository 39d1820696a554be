"""A small corpus on which a tiny model improves within seconds."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.models import shapes
from training.trainer.config import TrainConfig

WORDS = "door lamp hall stair dark open go take look under old key cold wind".split()

TINY = {
    "max_seq_length": 64,
    "batch_size": 8,
    "micro_batch_size": 4,
    "eval_steps": 4,
    "eval_rows": 1_000,
    "early_stopping_patience": 100,
}
"""Overrides for a run of seconds; each test sets `max_steps`."""


def record(number: int, *, licence: str = "CC0-1.0") -> dict[str, Any]:
    """Return a story of a few turns, after a paragraph that is context only."""
    chance = random.Random(number)

    def some(count: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(count))

    turns = "".join(f"\n\n> You {some(1)}.\n\nThe {some(12)}." for _ in range(number % 5 + 1))
    spans = [
        {"text": f"You stand in the {some(10)}.", "train": False},
        {"text": turns, "train": True},
    ]
    return {"id": str(number), "work": f"work-{number % 3}", "licence": licence, "spans": spans}


def write_corpus(folder: Path, train: int = 60, validation: int = 8) -> Path:
    """Write a corpus folder as `grue corpus build` does, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_records(folder / "train.jsonl", [record(n) for n in range(train)])
    write_records(folder / "validation.jsonl", [record(n + 10_000) for n in range(validation)])
    (folder / "manifest.json").write_text('{"made for": "a test"}', encoding="utf-8")
    return folder


def write_base(folder: Path) -> Path:
    """Write a tiny model without dropout, so that training is deterministic."""
    texts = ("".join(span["text"] for span in record(n)["spans"]) for n in range(20))
    tokenizer = shapes.train_tokenizer(texts, 400)
    model = shapes.create_model(shapes.get_shape("gpt2-tiny"), tokenizer, seed=1)
    for name in ("resid_pdrop", "embd_pdrop", "attn_pdrop"):
        setattr(model.config, name, 0.0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_records(file: Path, records: Sequence[dict[str, Any]]) -> None:
    lines = (json.dumps(each, ensure_ascii=False) for each in records)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tiny_config(steps: int, *, from_scratch: bool = True, **rest: Any) -> TrainConfig:
    """Return the configuration to train a tiny model on the CPU, from random weights."""
    overrides = {**TINY, "max_steps": steps, **rest.pop("overrides", {})}
    overrides |= {name: rest.pop(name) for name in ("method", "fsdp") if name in rest}
    base = {"base": "gpt2-tiny"} if from_scratch else {}
    settings = {"from_scratch": from_scratch, "device": "cpu", "overrides": overrides}
    return TrainConfig(**{**settings, **base, **rest})
