"""Write a character card of SillyTavern as a PNG picture, the form in which most are exchanged.

The card is in the text chunk `chara`, as version 2; one of version 3 is in `ccv3` as well. The
picture is drawn here: two eyes in the dark, in a colour of the character's own.
"""

import base64
import colorsys
import hashlib
import math
from collections.abc import Iterator
from typing import Any

from dungeon.story import Adventure
from dungeon.transfer import png, silly_tavern_lorebook
from dungeon.transfer.foreign_json import write_json
from dungeon.transfer.formats import Format
from dungeon.transfer.png import Colour, Picture
from dungeon.transfer.silly_tavern_card import CARD
from dungeon.transfer.silly_tavern_card_writer import SECOND_VERSION, card_of, losses

WIDTH, HEIGHT = 200, 300
"""Pixels; cards are two to three."""

_SHADES = 48
_EYE, _PUPIL = _SHADES, _SHADES + 1
"""The colours behind the shades of the dark."""

_EYES = ((65, 130), (135, 130))
"""Their centres, from the left and from the top."""

_EYE_SIZE = (26, 16)
_PUPIL_WIDTH = 4
_GLOW = 180
"""How far the light of the eyes reaches."""


def write(adventure: Adventure) -> bytes:
    """Return the card as a PNG picture."""
    card = card_of(adventure)
    texts = {"chara": _encoded({**card, **SECOND_VERSION})}
    if card["spec"] == "chara_card_v3":
        texts["ccv3"] = _encoded(card)
    return png.write(draw(str(card["data"]["name"])), texts)


def _encoded(card: dict[str, Any]) -> bytes:
    return base64.b64encode(write_json(card).encode())


def draw(name: str) -> Picture:
    """Return the picture of a character; the same name has the same colours."""
    hue = hashlib.sha256(name.encode()).digest()[0] / 256
    palette = [*_dark(hue), _colour(hue + 0.5, 0.5, 1.0), _colour(hue, 0.6, 0.1)]
    rows = [bytes(_pixel(x, y) for x in range(WIDTH)) for y in range(HEIGHT)]
    return Picture(palette, rows)


def _dark(hue: float) -> Iterator[Colour]:
    """Yield the shades around the eyes, from black on."""
    for number in range(_SHADES):
        yield _colour(hue, 0.7, 0.55 * number / (_SHADES - 1))


def _colour(hue: float, saturation: float, brightness: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, brightness)
    return round(255 * red), round(255 * green), round(255 * blue)


def _pixel(x: int, y: int) -> int:
    nearest = min(_EYES, key=lambda eye: abs(x - eye[0]))
    right, down = x - nearest[0], y - nearest[1]
    width, height = _EYE_SIZE
    if (right / width) ** 2 + (down / height) ** 2 <= 1:
        return _PUPIL if abs(right) < _PUPIL_WIDTH else _EYE
    distance = math.hypot(right, down)
    return round((_SHADES - 1) * max(1 - distance / _GLOW, 0))


CARD_PICTURE = Format(
    "sillytavern-card-png",
    "a character card of SillyTavern as a picture",
    write=write,
    summary="the same card as a PNG picture",
    extension="png",
    keeps=CARD.keeps,
    holds_fields_of=(CARD.id, silly_tavern_lorebook.ID),
    loses=losses,
)
