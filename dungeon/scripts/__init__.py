"""Scripts: Python that may change the player's action, the prompt and the reply of every turn.

    from dungeon.scripts import Script

    def on_output(reply, turn):
        return reply.replace("grue", "gnome")

    SCRIPT = Script("Makes every grue a gnome.", on_output=on_output)

A script is a package's entry point in the group `grue.scripts`, or a file in the folder `scripts`,
which stays off until the player trusts it by name and SHA-256. `docs/extending.md` says more.
"""

from dungeon.scripts.contract import (
    ContextHook,
    InputHook,
    Keep,
    LoadedScript,
    OutputHook,
    PromptParts,
    Script,
    StoryTurn,
    TurnInfo,
)
from dungeon.scripts.setting import Setting, Value

__all__ = [
    "ContextHook",
    "InputHook",
    "Keep",
    "LoadedScript",
    "OutputHook",
    "PromptParts",
    "Script",
    "Setting",
    "StoryTurn",
    "TurnInfo",
    "Value",
]
