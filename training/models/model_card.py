"""Render the model card: Markdown with the front matter that the Hugging Face hub reads."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dungeon.text.counts import count
from training.models.licences import OTHER, UNKNOWN, hub_identifier, is_known
from training.models.plots import BITS_PER_BYTE, LOSS
from training.models.record import ModelRecord, TrainingCost, format_duration

CARD = "README.md"
"""Its file in a model folder, as the hub shows it."""

_METHODS = {
    "lora": "A LoRA adapter",
    "merged": "A model with a LoRA adapter merged in, which was trained",
    "full": "A fine-tune of all weights",
    "scratch": "A model trained from random weights",
}


def render_card(record: ModelRecord) -> str:
    """Return the card as Markdown."""
    sections = (
        _front_matter(record),
        f"# {record.name}",
        _introduction(record),
        _licence(record),
        _metrics(record.metrics),
        _pictures(record),
        _data(record),
        _recipe(record),
        _cost(record.cost),
        _samples(record),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _front_matter(record: ModelRecord) -> str:
    values = {"license": hub_identifier(record.licence)}
    if values["license"] == OTHER:
        values["license_name"] = _licence_name(record)
    if record.base.hub_id and record.method != "scratch":
        values["base_model"] = record.base.hub_id
        values["base_model_relation"] = "adapter" if record.method == "lora" else "finetune"
    values["library_name"] = "peft" if record.method == "lora" else "transformers"
    values["pipeline_tag"] = "text-generation"
    lines = (f"{name}: {json.dumps(value)}" for name, value in values.items())
    return "\n".join(("---", *lines, "tags: [grue, text-adventure]", "---"))


def _introduction(record: ModelRecord) -> str:
    relation = "of the shape" if record.method == "scratch" else "on"
    return (
        f"{_METHODS[record.method]} {relation} {record.base.name}, for text adventures. It "
        "continues a transcript: paragraphs of prose, and each action of the player on a line like "
        "`> You open the door.` Play it with\n\n"
        f"    grue play --model FOLDER\n\n"
        f"It reads and writes at most {record.context_length} tokens at a time. It is a small "
        "model that makes things up; nothing it says is meant to be true."
    )


def _licence_name(record: ModelRecord) -> str:
    """Return the name of a licence that the hub has no identifier for, in the form it wants."""
    if is_known(record.licence):
        return re.sub(r"[^a-z0-9.]+", "-", record.licence.lower()).strip("-.") or UNKNOWN
    return "mixed" if all(map(is_known, record.licences)) else UNKNOWN


def _licence(record: ModelRecord) -> str:
    """Return what is known of the licences; where they differ, each of them, and no summary."""
    if is_known(record.licence):
        return f"Licence: {record.licence}."
    lines = ["## Licences", "No single licence covers this model:"]
    listed = []
    if record.method != "scratch":
        listed.append(f"- the base, {record.base.name}: {_cell(record.base.licence)}")
    counts = record.corpus.licences or {UNKNOWN: 0}
    for name, number in counts.items():
        listed.append(f"- {number or 'all'} training documents: {_cell(name)}")
    lines.append("\n".join(listed))
    if not all(map(is_known, record.licences)):
        lines.append("What is unknown may forbid publishing the model, or using it commercially.")
    return "\n\n".join(lines)


def _metrics(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return ""
    table = "## Metrics\n\n" + _table(("metric", "value"), _rows(metrics))
    before, after = metrics.get("bits_per_byte_before"), metrics.get("bits_per_byte")
    if before is not None and after is not None and after >= before:
        verdict = "worse than" if after > before else "no better than"
        table += (
            f"\n\nHeld-out text is predicted **{verdict} before** the training: {before:.4f} bits "
            f"per byte became {after:.4f}."
        )
    return table


def _pictures(record: ModelRecord) -> str:
    pictures = []
    if any(point.loss is not None for point in record.history):
        pictures.append(f"![Loss by step]({LOSS})")
    if any(point.bits_per_byte is not None for point in record.history):
        pictures.append(f"![Held-out bits per byte by step]({BITS_PER_BYTE})")
    return "\n".join(pictures)


def _data(record: ModelRecord) -> str:
    corpus = record.corpus
    rows = ((licence, str(count)) for licence, count in corpus.licences.items())
    documents = sum(corpus.licences.values())
    return (
        f"## Data\n\n{count(documents, 'document')} of the corpus `{corpus.name}` (SHA-256 of its "
        "manifest: "
        f"`{corpus.sha256}`).\n\n" + _table(("licence", "documents"), rows)
    )


def _recipe(record: ModelRecord) -> str:
    rows = [("base", f"{record.base.name} `{record.base.sha256[:12] or 'random'}`")]
    return "## Recipe\n\n" + _table(("setting", "value"), [*rows, *_rows(record.recipe)])


def _cost(cost: TrainingCost | None) -> str:
    if cost is None:
        return ""
    speed = cost.tokens / cost.seconds if cost.seconds else 0.0
    text = (
        f"## Cost\n\n{cost.tokens:,} tokens in {format_duration(cost.seconds)} on {cost.device}: "
        f"{speed:,.0f} tokens per second"
    )
    if cost.mfu is not None:
        text += f", {cost.mfu:.0%} of the device's peak"
    if cost.price is not None:
        text += f". At {cost.per_hour:.2f} an hour that is {cost.price:.2f}"
    return text + "."


def _samples(record: ModelRecord) -> str:
    if not record.samples:
        return ""
    quoted = (
        f"{_quote(sample.prompt)}\n>\n{_quote(sample.text, strong=True)}"
        for sample in record.samples
    )
    return "## Samples\n\nThe model's part is bold.\n\n" + "\n\n---\n\n".join(quoted)


def _quote(text: str, *, strong: bool = False) -> str:
    """Return text as a block quotation, its Markdown escaped, an action's `>` included."""
    lines = []
    for line in text.strip().split("\n"):
        escaped = re.sub(r"([\\`*_<>\[\]#|])", r"\\\1", line.strip())
        lines.append(f"> **{escaped}**" if strong and escaped else f"> {escaped}".rstrip())
    return "\n".join(lines)


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    lines += [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows]
    return "\n".join(lines)


def _rows(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value with its name; a nested value has both names."""
    for name, value in values.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _rows(value, f"{label}, ")
        else:
            yield label, _number(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
