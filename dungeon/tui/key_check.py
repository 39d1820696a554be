"""Check the player's own keys: names of bindings, names of keys, and keys that two things share."""

import importlib
import pkgutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys

from dungeon.files.toml_file import describe
from dungeon.text.error_words import did_you_mean
from dungeon.tui import screens
from dungeon.tui.key_bindings import command_bindings

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMED = frozenset(key.value for key in Keys)


def key_problems(own_keys: Mapping[str, str], app: type[DOMNode]) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with `own_keys`, by binding id."""
    if not own_keys:
        return
    known = {binding.id for binding in bindings_of_the_game(app) if binding.id}
    for name, keys in own_keys.items():
        if name not in known:
            yield f"`keys.{name}` in the settings is no binding.{did_you_mean(name, known)}"
        for key in keys.split(","):
            if not is_key(key):
                yield (
                    f"`keys.{name}` in the settings names {describe(key)}, which is no key. Write "
                    'it like "f5", "ctrl+r" or "question_mark".'
                )
    yield from _shared(own_keys, app)


def is_key(key: str) -> bool:
    """Return whether Textual may report a key of that name."""
    *modifiers, last = key.split("+")
    if not set(modifiers) <= _MODIFIERS or not last:
        return False
    if len(last) == 1:  # Textual knows Ctrl+R as ctrl+r, and Ctrl+? as ctrl+question_mark
        return not modifiers or (last.isalnum() and last == last.lower())
    if key in _NAMED or last in _NAMED:
        return True
    with suppress(KeyError):
        return bool(unicodedata.lookup(last.replace("_", " ").upper()))
    return False


def _shared(own_keys: Mapping[str, str], app: type[DOMNode]) -> Iterator[str]:
    """Yield which bindings of the game have a key in common that the player has set."""
    owners: dict[str, list[str]] = {}
    while_playing = [*command_bindings(), *bindings_of(app)]
    for binding in while_playing:
        name = binding.id or ""
        for key in own_keys.get(name, binding.key).split(","):
            if name and name not in owners.setdefault(key, []):
                owners[key].append(name)
    for key, names in owners.items():
        if len(names) > 1 and any(key in own_keys.get(name, "").split(",") for name in names):
            yield (
                f"The key {key} is set for {' and '.join(sorted(names))}: only one of them gets "
                "it. Give the others another key under [keys] in the settings."
            )


def bindings_of_the_game(app: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings of the commands, of the app, and of every screen and widget of the game;
    some more than once.
    """
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    ours = (each for each in _subclasses(DOMNode) if each.__module__.startswith("dungeon."))
    yield from command_bindings()
    for each in (app, *ours):
        yield from bindings_of(each)


def bindings_of(node: type[DOMNode]) -> Iterator[Binding]:
    """Return the bindings that a class declares itself."""
    return (each for each in node.__dict__.get("BINDINGS", ()) if isinstance(each, Binding))


def _subclasses(node: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for each in node.__subclasses__():
        yield each
        yield from _subclasses(each)
