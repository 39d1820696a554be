"""The containers of a compiled ink program, and the paths through it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Container:
    """A list of instructions and containers, some of which are reached only by name."""

    path: str = ""
    """Its own path from the root."""
    items: list[Any] = field(default_factory=list)
    named: dict[str, "Container"] = field(default_factory=dict)
    parent: "Container | None" = None
    index: int = -1
    """Its index in its parent; -1 where it is reached only by name."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the program."""

    container: Container
    index: int

    @property
    def item(self) -> Any:
        """The instruction there; None past the last one."""
        items = self.container.items
        return items[self.index] if self.index < len(items) else None

    @property
    def path(self) -> str:
        """The place as a path."""
        return f"{self.container.path}.{self.index}" if self.index else self.container.path

    def instruction(self) -> "Cursor | None":
        """Return the instruction at this place: enter containers, and leave those at their end.

        None at the end of the program.
        """
        at: Cursor = self
        while True:
            if isinstance(at.item, Container):
                at = Cursor(at.item, 0)
            elif at.index < len(at.container.items):
                return at
            elif at.container.parent is None or at.container.index < 0:
                return None
            else:
                at = Cursor(at.container.parent, at.container.index + 1)

    def next(self) -> "Cursor | None":
        """Return the next instruction."""
        return Cursor(self.container, self.index + 1).instruction()


def parse_container(value: list[Any], path: str = "") -> Container:
    """Return the container that a JSON list describes."""
    made = Container(path)
    *items, last = value or [None]
    if last is not None and not isinstance(last, dict):
        items.append(last)
    for index, item in enumerate(items):
        if isinstance(item, list):
            inner = parse_container(item, f"{path}.{index}" if path else str(index))
            inner.parent, inner.index = made, index
            made.items.append(inner)
            if name := _name_of(item):
                made.named.setdefault(name, inner)
        else:
            made.items.append(item)
    if isinstance(last, dict):
        for name, item in last.items():
            if isinstance(item, list):
                inner = parse_container(item, f"{path}.{name}" if path else name)
                inner.parent = made
                made.named[name] = inner
    return made


def _name_of(value: list[Any]) -> str:
    last = value[-1] if value else None
    name = last.get("#n") if isinstance(last, dict) else None
    return name if isinstance(name, str) else ""


def resolve(path: str, at: Cursor) -> Cursor | None:
    """Return the place that `path`, used at `at`, leads to; None where there is none.

    A path that starts with a dot is relative: its first `^` is the container that holds it.
    """
    steps = path.split(".")
    place: Container | None
    if steps[0]:
        place = at.container
        while place.parent is not None:
            place = place.parent
    else:
        place, steps = at.container, steps[1:]
        if steps[:1] == ["^"]:
            steps = steps[1:]
    for number, step in enumerate(steps, 1):
        if step == "^":
            place = place.parent
        elif step.isdecimal() and len(step) < 9:
            index = int(step)
            if index >= len(place.items):
                return None
            if not isinstance(place.items[index], Container):
                return Cursor(place, index) if number == len(steps) else None
            place = place.items[index]
        else:
            place = place.named.get(step)
        if place is None:
            return None
    return Cursor(place, 0)
