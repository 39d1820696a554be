"""Read and write PNG files with text chunks, in which character cards are hidden."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dungeon.transfer.strict_json import refuse

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT = 8 * 1024 * 1024
"""Bytes of a text chunk after decompression."""

MAX_CHUNKS = 100_000

Colour = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, each the number of a colour."""

    palette: Sequence[Colour]
    """At most 256 colours."""
    rows: Sequence[bytes]
    """From top to bottom, all of the same length."""


def write(picture: Picture, texts: Mapping[str, bytes]) -> bytes:
    """Return the PNG file of a picture, with text chunks by keyword: Latin-1, no zero byte."""
    width, height = len(picture.rows[0]), len(picture.rows)
    eight_bits_from_palette = bytes([8, 3, 0, 0, 0])
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    unfiltered = b"".join(b"\0" + row for row in picture.rows)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", size + eight_bits_from_palette),
            _chunk(b"PLTE", b"".join(map(bytes, picture.palette))),
            _chunk(b"IDAT", zlib.compress(unfiltered, 9)),
            *(_chunk(b"tEXt", name.encode() + b"\0" + text) for name, text in texts.items()),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return len(body).to_bytes(4, "big") + kind + body + checksum.to_bytes(4, "big")


def read_texts(name: str, data: bytes) -> dict[str, bytes]:
    """Return the text chunks of the PNG file `data` by keyword; the first of each keyword counts.

    Refuses a file that is cut off, and a text that is larger than MAX_TEXT once decompressed.
    """
    texts: dict[str, bytes] = {}
    for kind, body in _chunks(name, data):
        if kind not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        keyword, separator, rest = body.partition(b"\0")
        if separator:
            text = _text(name, kind, rest)
            texts.setdefault(keyword.decode("latin-1").lower(), text)
    return texts


def _chunks(name: str, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at == len(data):
            return
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 8 + length
        if len(kind) < 4 or end + 4 > len(data):
            refuse(name, "is a PNG picture that is cut off")
        yield kind, data[at + 8 : end]
        if kind == b"IEND":
            return
        at = end + 4
    refuse(name, f"is a PNG picture of more than {MAX_CHUNKS:,} chunks")


def _text(name: str, kind: bytes, rest: bytes) -> bytes:
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _decompress(name, rest[1:])
    is_compressed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]  # behind language and translated keyword
    return _decompress(name, text) if is_compressed else text


def _decompress(name: str, data: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        text = decompressor.decompress(data, MAX_TEXT)
    except zlib.error:
        refuse(name, "has a text chunk that cannot be decompressed")
    if decompressor.unconsumed_tail:
        refuse(name, f"has a text chunk of more than {MAX_TEXT // 1024:,} KiB")
    return text
