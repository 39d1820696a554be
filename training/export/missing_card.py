"""Make the model card of a folder that has a record and no card, such as a joined adapter."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from safetensors import SafetensorError

from dungeon.models.adapter_weights import has_8_bit_weights
from dungeon.models.model_folder import ModelFolder
from training.models.model_card import render_card
from training.models.record import read_record

_IN_8_BITS = """
## Weights

The weights are int8, with a scale for each rank beside them (`NAME_scale`), which Grue reads and
PEFT does not. `grue export FOLDER --safetensors MERGED` writes the whole model as transformers
reads it, and `--gguf FILE` as llama.cpp does.
"""


def make_card(folder: ModelFolder) -> str | None:
    """Return a card for the model in `folder`; None where it has no record of ours."""
    in_8_bits = False
    with suppress(OSError, SafetensorError):  # damaged weights are no matter of the card
        in_8_bits = folder.is_adapter and has_8_bit_weights(folder.path)
    return card_from(folder.grue_json, in_8_bits=in_8_bits)


def card_from(document: Mapping[str, Any], *, in_8_bits: bool) -> str | None:
    """Return a card for the content of a grue.json; None where that is no record of ours."""
    try:
        card = render_card(read_record(document, ()))
    except (ValueError, KeyError, TypeError, AttributeError):  # of another program
        return None
    return card + _IN_8_BITS if in_8_bits else card
