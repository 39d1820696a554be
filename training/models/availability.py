"""Tell whether a model that a command was given is there, before anything large is read."""

from collections.abc import Callable

from dungeon.errors import InputRefused
from dungeon.models.hub import download_from_hub
from dungeon.models.model_folder import read_folder
from dungeon.models.resolver import MAX_ADAPTERS, FolderModel, HubModel, resolve_local

INSTEAD_OF_HUB = (
    "Give the folder of a model that is here, a .gguf file, or smollm2. `grue train` can also "
    "begin with random weights: --from-scratch with a size like gpt2-tiny."
)
"""What to do where the hub cannot be reached."""


def check_available(reference: str, on_hub_model: Callable[[str], None] = lambda _: None) -> None:
    """Raise InputRefused or WeightsError where there is no such model, or not the base it needs.

    A model of the hub is downloaded: whether it is there is not known before, and `on_hub_model` is
    called with its name, since that may take long. One of the catalogue always is there.
    """
    for _ in range(MAX_ADAPTERS + 1):
        match resolve_local(reference):
            case HubModel(name):
                on_hub_model(name)
                folder = read_folder(download_from_hub(name, INSTEAD_OF_HUB))
            case FolderModel(folder):
                pass
            case _:
                return
        if not folder.is_adapter:
            return
        reference = folder.base
    raise InputRefused(f"{reference} holds an adapter that is its own base.")
