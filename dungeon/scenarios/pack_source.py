"""Read a pack from wherever a player says that it is: a file, a folder or an address."""

from dungeon.scenarios.packs import Pack, read_pack
from dungeon.text import typed_path

_SUFFIXES = (".toml", ".zip")


def is_url(typed: str) -> bool:
    """Return whether `typed` is the address of a web page."""
    return typed.strip().lower().startswith(("https://", "http://"))


def may_be_pack(typed: str) -> bool:
    """Return whether `typed` is an address, a folder, or a file that is called as packs are."""
    path = typed_path(typed)
    return is_url(typed) or path.suffix.lower() in _SUFFIXES or path.is_dir()


def read_source(typed: str) -> Pack:
    """Return the pack, or the single scenario, that is there. Blocks. Raises InputRefused."""
    if not is_url(typed):
        return read_pack(typed_path(typed))
    from dungeon.scenarios.pack_download import download_pack  # httpx is slow to import

    return download_pack(typed.strip())
