"""Load model folders with transformers, and merge adapters into them with PEFT.

Safetensors only, never a pickle; code that comes with a model is never run; nothing is downloaded.
"""

import warnings
from pathlib import Path
from typing import Any

import transformers
from safetensors import SafetensorError

from dungeon.models.adapter_weights import as_peft_saves
from dungeon.text import clean_line

LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)
"""What the libraries raise for files that are damaged or do not fit one another."""


def load_weights(folder: Path, dtype: Any) -> Any:
    """Return the model in `folder` on the CPU, its weights in `dtype`, a torch dtype.

    Raises LOAD_ERRORS.
    """
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False
    )


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in `folder`. Raises LOAD_ERRORS."""
    return transformers.AutoTokenizer.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )


def merge_adapter(model: Any, folder: Path) -> Any:
    """Return the model with the adapter in `folder` merged: applied at run time it costs speed.

    Raises LOAD_ERRORS, and ModuleNotFoundError where PEFT is not installed.
    """
    from peft import PeftModel

    # PEFT asks transformers for this under its old name.
    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
    with as_peft_saves(folder) as plain:
        return PeftModel.from_pretrained(model, str(plain)).merge_and_unload()


def first_line(error: Exception) -> str:
    """Return the first line of a library's message, clean and short."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return clean_line(lines[0])[:300]
