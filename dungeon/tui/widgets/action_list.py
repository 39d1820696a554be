"""A list whose Enter key is its screen's, so that the footer says what it does."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class ActionList(OptionList, inherit_bindings=False):
    """An OptionList without a binding of Enter; its screen binds it. A click selects as ever."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in OptionList.BINDINGS
        if not (isinstance(binding, Binding) and binding.key == "enter")
    ]
