"""Transfer: export adventures, and import files after detecting their format from the content."""

from dataclasses import replace
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.encoding import decode_file, read_bytes, unify_line_ends
from dungeon.transfer import png, registry, strict_json
from dungeon.transfer.advice import COMMAND_LINE, Advice
from dungeon.transfer.formats import Document
from dungeon.transfer.imports import Imported
from dungeon.transfer.silly_tavern_card import json_in_png

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read; a thousand turns are about one megabyte."""


def read_file(
    path: Path,
    format_id: str = "",
    *,
    max_bytes: int = MAX_BYTES,
    advice: Advice = COMMAND_LINE,
) -> Imported:
    """Return what is in the file at `path`; its format is recognised unless `format_id` names it.

    `advice` says what to do about a file that is not read. Raises InputRefused, naming the file and
    the place in it, if the file cannot be read or is in none of the formats.
    """
    chosen = registry.find(format_id, registry.READ) if format_id else None
    data = read_bytes(path, max_bytes=max_bytes, advice=advice.too_large)
    name = clean_line(path.name)
    if data.startswith(png.SIGNATURE):
        text = json_in_png(name, data)
    else:
        text = unify_line_ends(decode_file(path, data))
    document = _open(name, text)
    found = chosen or registry.recognise(document, advice)
    if found.read is None:
        raise InputRefused(f"{name}: Grue writes {found.title}, and does not read it.")
    imported = found.read(document)
    return replace(imported, report=replace(imported.report, is_written=found.write is not None))


def _open(name: str, text: str) -> Document:
    """Return the document. Text that begins as JSON must be JSON, or a chat: JSON on every line."""
    if not text.lstrip().startswith(("{", "[")):
        return Document(name, text)
    try:
        return Document(name, text, strict_json.parse(name, text))
    except InputRefused:
        document = Document(name, text)
        if not any(each.recognises and each.recognises(document) for each in registry.READ):
            raise
        return document
