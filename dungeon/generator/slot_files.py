"""Saved KV states of llama.cpp's slots: files in a private folder, the least recently used deleted.

A state is found again by the beginning of its prompt, of which only hashes are kept beside it. It
is a cache: whatever is missing or damaged is evaluated again.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dungeon.models.hashes import file_sha256

BLOCK = 256
"""Characters by which two prompts are compared."""

MAX_OPENINGS = 8
"""Openings of a model whose states are kept, those used last: 6 MB each with the default model."""

_STATE, _INDEX = ".kv", ".json"
_PRIVATE = 0o700


def prefix_hashes(text: str) -> tuple[str, ...]:
    """Return a hash of each beginning of `text` that has a whole number of blocks."""
    digest, found = hashlib.sha256(), []
    for start in range(0, len(text) - BLOCK + 1, BLOCK):
        digest.update(text[start : start + BLOCK].encode("utf-8", "surrogatepass"))
        found.append(digest.hexdigest()[:32])
    return tuple(found)


def common_blocks(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """Return how many blocks two texts have in common at their beginning."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))


def state_key(model_sha256: str, context_length: int) -> str:
    """Return the name of the folder for the states of a model: another model, context length or
    engine cannot read them.
    """
    try:
        engine = version("xllamacpp")
    except PackageNotFoundError:
        engine = ""
    text = f"{model_sha256} {context_length} {engine}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class SavedSlot:
    """A state on the disk."""

    name: str
    """Of its file."""
    prefixes: tuple[str, ...]
    """The prefix hashes of its prompt."""
    size: int
    sha256: str
    is_opening: bool = False
    """Whether the prompt is that of an opening: no adventure replaces it."""


class SlotFiles:
    """The saved states of one model. `limit_bytes` bounds those of all models under `root`."""

    def __init__(self, root: Path, key: str, limit_bytes: int) -> None:
        self.folder = root / key
        self._root = root
        self._limit = limit_bytes
        self._saved = {slot.name: slot for slot in self._read()}

    def create_folder(self) -> None:
        """Create the folder for this user alone. Raises OSError."""
        for folder in (self._root, self.folder):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            folder.chmod(_PRIVATE)

    def find(
        self, prefixes: tuple[str, ...], *, is_opening: bool = False
    ) -> tuple[SavedSlot | None, int]:
        """Return the state whose prompt has the longest beginning in common, and its blocks. Of
        several that of an opening is preferred, or not, as `is_opening` says.
        """

        def fit(slot: SavedSlot) -> tuple[int, bool]:
            return common_blocks(slot.prefixes, prefixes), slot.is_opening == is_opening

        best = max(self._saved.values(), key=fit, default=None)
        blocks = common_blocks(best.prefixes, prefixes) if best else 0
        return (best, blocks) if blocks else (None, 0)

    def new_name(self) -> str:
        """Return a name for a state that is going to be saved."""
        return secrets.token_hex(8) + _STATE

    def is_intact(self, slot: SavedSlot) -> bool:
        """Whether the file is what was saved. It then counts as used; otherwise it is deleted."""
        path = self.folder / slot.name
        with suppress(OSError):
            if path.stat().st_size == slot.size and file_sha256(path) == slot.sha256:
                os.utime(path)
                return True
        self.remove(slot.name)
        return False

    def add(self, name: str, prefixes: tuple[str, ...], *, is_opening: bool = False) -> bool:
        """Take over the file that the engine has written, in place of the states of which it is the
        continuation, or of old openings. Returns whether it was kept: it is deleted where it
        exceeds the limit.
        """
        path = self.folder / name
        try:
            slot = SavedSlot(name, prefixes, path.stat().st_size, file_sha256(path), is_opening)
            if slot.size > self._limit:
                self.remove(name)
                return False
            # Not flushed to the disk: one that is torn is evaluated again.
            path.with_suffix(_INDEX).write_text(json.dumps(asdict(slot)))
        except OSError:
            self.remove(name)
            return False
        for other in list(self._saved.values()):
            is_continued = common_blocks(other.prefixes, prefixes) == len(other.prefixes)
            if is_continued and other.is_opening == is_opening:
                self.remove(other.name)
        self._saved[name] = slot
        self._trim_openings()
        self._trim()
        return True

    def remove(self, name: str) -> None:
        """Delete a state."""
        self._saved.pop(name, None)
        _delete(self.folder / name)

    def _trim_openings(self) -> None:
        """Delete the openings that were not used for longest until few enough are left."""
        states = _states(self._root)
        used = {path.name: time for path, time, _ in states if path.parent == self.folder}
        openings = [slot.name for slot in self._saved.values() if slot.is_opening]
        openings.sort(key=lambda name: used.get(name, 0.0), reverse=True)
        for name in openings[MAX_OPENINGS:]:
            self.remove(name)

    def _trim(self) -> None:
        """Delete the states that were not used for longest until all are within the limit."""
        found = sorted(_states(self._root), key=lambda state: state[1])
        total = sum(size for _, _, size in found)
        for path, _, size in found:
            if total <= self._limit:
                return
            _delete(path)
            total -= size
            if path.parent == self.folder:
                self._saved.pop(path.name, None)

    def _read(self) -> Iterator[SavedSlot]:
        for index in sorted(self.folder.glob("*" + _INDEX)):
            state = index.with_suffix(_STATE)
            try:
                yield _parse(json.loads(index.read_bytes()), state.name)
            except (OSError, ValueError, RecursionError):
                _delete(state)


def _parse(document: Any, name: str) -> SavedSlot:
    """Return the state that an index describes. Raises ValueError."""
    match document:
        case {
            "name": str(named),
            "prefixes": list(prefixes),
            "size": int(size),
            "sha256": str(sha),
        }:
            if named == name and all(isinstance(each, str) for each in prefixes):
                is_opening = document.get("is_opening") is True
                return SavedSlot(name, tuple(prefixes), size, sha, is_opening)
    raise ValueError(name)


def _states(root: Path) -> Iterator[tuple[Path, float, int]]:
    """Yield each state, when it was last used, and its bytes."""
    for path in root.glob(f"*/*{_STATE}"):
        with suppress(OSError):
            status = path.stat()
            yield path, status.st_mtime, status.st_size


def _delete(state: Path) -> None:
    with suppress(OSError):
        state.unlink(missing_ok=True)
        state.with_suffix(_INDEX).unlink(missing_ok=True)
