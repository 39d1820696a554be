"""Train, evaluate and export models for text adventures; three names are for use from Python:

    from training import fine_tune, load_model

    model = fine_tune("tales.txt", "mine", base="smollm2", epochs=2)
    for text in model.stream("You wake in the snow.\\n\\n> You call for help."):
        print(text, end="", flush=True)
    model = load_model("mine")

Nothing heavy is imported before one of them is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.api import StoryModel, fine_tune, load_model

__all__ = ["StoryModel", "fine_tune", "load_model"]


def __getattr__(name: str) -> Any:
    """Import a name of `training.api` when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training import api

    return getattr(api, name)
