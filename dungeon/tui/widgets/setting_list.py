"""A list of settings with their values, changed with Left and Right."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from dungeon.tui.widgets.action_list import ActionList


class SettingList(ActionList):
    """The list; its screen has an action `step` that changes the highlighted line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.step(-1)", "Less", id="sampling.less"),
        Binding("right", "screen.step(1)", "More", id="sampling.more"),
    ]


def setting_option(
    name: str, value: str, default: str, summary: str, *, option_id: str = ""
) -> Option:
    """Return the line of a setting; an empty `default` is not mentioned.

    `option_id` tells it from others of the same name.
    """
    usual = f"   default {default}" if default and default != value else ""
    shown = Content.assemble(
        (f"{name:<19} ", "bold"), (value, "$primary"), (usual, "$text-muted"), "\n",
        (summary, "$foreground 80%"),
    )  # fmt: skip
    return Option(shown, id=option_id or name)
