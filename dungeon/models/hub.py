"""Download models from the Hugging Face hub: safetensors, settings and tokenizers, never a pickle
and never code.
"""

import re
from pathlib import Path

from dungeon.errors import InputRefused, WeightsError
from dungeon.files.disk_room import is_disk_full, write_failure
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes

WELL_KNOWN = ("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "distilgpt2")
"""The hub's names without an owner; any other single word is taken for a typing error."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

_ALLOW = ["*.safetensors", "*.safetensors.index.json", "*.json", "vocab.txt", "merges.txt"]
_IGNORE = ["onnx/*", "openvino/*", "coreml/*", "*.msgpack"]


def is_hub_id(reference: str) -> bool:
    """Whether `reference` has the form of a model id on the hub."""
    return reference in WELL_KNOWN or _NAME.fullmatch(reference) is not None


def canonical_hub_id(name: str) -> str:
    """Return a model's name on the hub with its owner, also for one that is known without."""
    owner = "distilbert" if name == "distilgpt2" else "openai-community"
    return f"{owner}/{name}" if name in WELL_KNOWN else name


def download_from_hub(name: str, advice: str) -> Path:
    """Return the folder of the hub's model `name`, downloaded unless it is in the hub's own cache.

    `advice` is the last sentence of an error: what the user can do instead. Raises InputRefused
    where the hub has no such model, WeightsError where it cannot be reached.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
        )
        from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]
    except ModuleNotFoundError as error:
        raise WeightsError(
            "Models of the hub need transformers, which is not installed. "
            f"Install it with: pip install 'grue[gpu]'. {advice}"
        ) from error
    disable_progress_bars()  # they would be drawn across the game's screen
    unreachable = (
        f"{in_quotes(name, 200)} is not on this machine, and the Hugging Face hub cannot be "
        f"reached. {advice}"
    )
    try:
        return Path(snapshot_download(name, allow_patterns=_ALLOW, ignore_patterns=_IGNORE))
    except LocalEntryNotFoundError as error:
        raise WeightsError(unreachable) from error
    except HfHubHTTPError as error:
        raise InputRefused(
            f"The hub does not give {in_quotes(name, 200)} ({_reason(error)}). {advice}"
        ) from error
    except OSError as error:
        if not is_disk_full(error):
            raise WeightsError(unreachable) from error
        raise _no_room(name, error) from error
    except HFValidationError as error:
        raise InputRefused(
            f"{in_quotes(name, 200)} is not the name of a model. {advice}"
        ) from error


def _no_room(name: str, error: OSError) -> WeightsError:
    from huggingface_hub.constants import HF_HUB_CACHE

    reason = write_failure(error, Path(HF_HUB_CACHE))
    return WeightsError(
        f"{in_quotes(name, 200)} cannot be downloaded to {HF_HUB_CACHE}: {reason}. Make room "
        "there, or name another folder with HF_HUB_CACHE."
    )


def _reason(error: Exception) -> str:
    return clean_line(str(error))[:200].rstrip(".")
