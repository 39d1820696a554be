"""A character card goes out as a PNG picture, and comes in again from it."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from dungeon import scenarios, transfer
from dungeon.story import Adventure
from dungeon.transfer import png, registry
from dungeon.transfer.silly_tavern_card import CARD
from dungeon.transfer.silly_tavern_card_picture import CARD_PICTURE, HEIGHT, WIDTH
from dungeon.transfer.silly_tavern_card_picture import write as write_picture
from dungeon.turns.adventure_store import new_adventure
from tests.dungeon.transfer.test_exports import stories
from tests.dungeon.transfer.test_silly_tavern_card import CARD_V2, played

CARD_V3: dict[str, Any] = CARD_V2 | {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": CARD_V2["data"] | {"group_only_greetings": [], "nickname": "Mi"},
}


def cards_in(picture: bytes) -> dict[str, Any]:
    texts = png.read_texts("card.png", picture)
    return {name: json.loads(base64.b64decode(text)) for name, text in texts.items()}


def as_json(adventure: Adventure) -> Any:
    assert CARD.write
    return json.loads(CARD.write(adventure))


@pytest.mark.parametrize("card", [CARD_V2, CARD_V3])
def test_a_card_goes_out_as_a_picture_and_comes_in_again(
    card: dict[str, Any], tmp_path: Path
) -> None:
    adventure = played(card)
    file = tmp_path / "mira.png"
    file.write_bytes(write_picture(adventure))
    imported = transfer.read_file(file)
    first, *others = imported.scenarios
    assert len(others) == len(card["data"]["alternate_greetings"])
    assert as_json(new_adventure(scenarios.fill(first, {"your name": "Ada"}))) == as_json(adventure)
    found = cards_in(file.read_bytes())
    assert found["chara"]["spec"] == "chara_card_v2"
    assert found["chara"]["data"] == as_json(adventure)["data"]
    assert found.get("ccv3") == (as_json(adventure) if card is CARD_V3 else None)


@settings(max_examples=20)
@given(stories())
def test_any_adventure_goes_through_a_picture_as_through_json(adventure: Adventure) -> None:
    assert cards_in(write_picture(adventure))["chara"] == as_json(adventure)


def test_the_picture_is_a_whole_png() -> None:
    data = write_picture(played(CARD_V2))
    chunks = dict(png._chunks("card.png", data))
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"tEXt", b"IEND"]
    assert int.from_bytes(chunks[b"IHDR"][:4], "big") == WIDTH
    assert int.from_bytes(chunks[b"IHDR"][4:8], "big") == HEIGHT
    pixels = zlib.decompress(chunks[b"IDAT"])
    assert len(pixels) == HEIGHT * (WIDTH + 1)
    assert set(pixels) <= set(range(len(chunks[b"PLTE"]) // 3))
    at = len(png.SIGNATURE)
    for kind, body in png._chunks("card.png", data):
        end = at + 8 + len(body)
        assert int.from_bytes(data[end : end + 4], "big") == zlib.crc32(kind + body)
        at = end + 4
    assert len(data) < 20_000


def test_the_picture_is_one_of_the_formats() -> None:
    assert registry.find("sillytavern-card-png", registry.WRITTEN) is CARD_PICTURE
    assert CARD_PICTURE.extension == "png"
