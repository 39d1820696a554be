"""Provides the way from a corpus to a measured, playable model, and three names for it in Python:

    from training import fine_tune, load_model

    storyteller = fine_tune("tales.txt", "mine", base="smollm2", epochs=2)
    for piece in storyteller.stream("You wake in the snow.\\n\\n> You call for help."):
        print(piece, end="", flush=True)
    storyteller = load_model("mine")

Nothing heavy is imported before one of them is used. Knows nothing of where a corpus comes from,
nor of the game but how its text is written.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.api import StoryModel, fine_tune, load_model

__all__ = ["StoryModel", "fine_tune", "load_model"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training import api

    return getattr(api, name)
