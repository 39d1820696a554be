import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon import transfer
from dungeon.story import Adventure, Kind, Turn
from dungeon.text import clean, clean_line
from dungeon.transcript import normalise
from dungeon.transfer import epub, markdown, registry, web_page
from dungeon.transfer.advice import COMMAND_LINE
from dungeon.transfer.foreign_json import kept
from dungeon.transfer.formats import Document
from dungeon.transfer.imports import Imported
from tests.dungeon.saves import tales
from tests.dungeon.transfer import samples
from tests.rows import every_row

LINES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(clean_line)
ACTIONS = LINES.map(lambda line: " ".join(normalise(line).split())).filter(bool)
PROSE = st.lists(LINES, min_size=1, max_size=3).map("\n\n".join).map(normalise).filter(bool)


@st.composite
def stories(draw: st.DrawFn) -> Adventure:
    """Draw a story of an opening and of actions with their replies, some with other replies."""
    turns: dict[str, Turn] = {}

    def add(turn: Turn) -> Turn:
        turns[turn.id] = turn
        return turn

    head = add(Turn("t0", None, Kind.OPENING, "", draw(PROSE)))
    for number, (action, reply) in enumerate(draw(st.lists(st.tuples(ACTIONS, PROSE), max_size=4))):
        parent = head.id
        if draw(st.booleans()):
            add(Turn(f"o{number}", parent, Kind.DO, action, f"{reply} Or not."))
        head = add(Turn(f"t{number + 1}", parent, Kind.DO, action, reply))
    words = {"memory": draw(PROSE), "note": draw(ACTIONS), "title": draw(LINES)}
    return Adventure("a", turns=MappingProxyType(turns), head=head.id, tip=head.id, **words)


def read_back(data: bytes, format_id: str) -> Imported:
    text = data.decode()
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    document = Document("tale.json", text, parsed)
    assert registry.recognise(document, COMMAND_LINE).id == format_id
    found = registry.find(format_id, registry.READ)
    assert found.read
    return found.read(document)


def written(adventure: Adventure, format_id: str) -> bytes:
    found = registry.find(format_id, registry.WRITTEN)
    assert found.write
    return found.write(adventure)


def told(adventure: Adventure) -> list[tuple[str, str]]:
    return [(turn.action, turn.text) for turn in adventure.path()]


@given(stories(), st.sampled_from(["koboldai", "sillytavern-chat"]))
def test_a_story_survives_the_way_through_another_program(
    adventure: Adventure, format_id: str
) -> None:
    (again,) = read_back(written(adventure, format_id), format_id).adventures
    assert told(again) == told(adventure)
    if format_id == "koboldai":
        assert (again.memory, again.note) == (adventure.memory, adventure.note)
    else:
        texts = sorted(turn.text for turn in adventure.turns.values())
        assert sorted(turn.text for turn in again.turns.values()) == texts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.text("abc_", min_size=3, max_size=6), JSON, max_size=4)


@given(FIELDS)
def test_unknown_fields_survive_import_and_export(fields: dict[str, Any]) -> None:
    save = json.dumps(samples.KOBOLD | fields).encode()
    (adventure,) = read_back(save, "koboldai").adventures
    again = json.loads(written(adventure, "koboldai"))
    assert {name: again[name] for name in fields} == fields
    assert again["savedsettings"] == {"temperature": 0.7}
    header = json.dumps(samples.CHAT_LINES[0] | fields)
    chat = "\n".join([header, *map(json.dumps, samples.CHAT_LINES[1:])])
    (adventure,) = read_back(chat.encode(), "sillytavern-chat").adventures
    first = json.loads(written(adventure, "sillytavern-chat").splitlines()[0])
    assert {name: first[name] for name in fields} == fields
    assert first["user_name"] == "Ada"


def test_fields_are_kept_for_their_own_format_only() -> None:
    (adventure,) = read_back(json.dumps(samples.KOBOLD).encode(), "koboldai").adventures
    assert kept(adventure.foreign_fields, "sillytavern-chat") == {}
    assert b"savedsettings" not in written(adventure, "sillytavern-chat")


HOSTILE = "</p><script>alert(1)</script> & \"'"


def hostile() -> Adventure:
    adventure = tales.opened(title=HOSTILE, text=HOSTILE)
    turn = replace(tales.following(adventure.head), action=HOSTILE, text="One.\n\nTwo.\nThree.")
    return adventure.with_turn(turn)


def test_a_web_page_is_one_file_without_scripts() -> None:
    page = web_page.write(hostile())
    assert "<script" not in page
    assert "src=" not in page
    assert '<p class="action">&lt;/p&gt;' in page
    assert "<p>One.</p>\n<p>Two.<br/>Three.</p>" in page


def test_markdown_shows_what_was_written() -> None:
    adventure = tales.opened(title="1. *Lamp*", text="# No heading\n- no list\n<b>\n3. three")
    turn = replace(tales.following(adventure.head), action="look_at [it](x)", text="Dark.")
    assert markdown.write(adventure.with_turn(turn)) == (
        "# 1\\. \\*Lamp\\*\n\n\\# No heading\n\\- no list\n\\<b\\>\n3\\. three\n\n"
        "> look\\_at \\[it\\]\\(x)\n\nDark.\n"
    ).replace("\\(x)", "(x)")


def test_markdown_is_read_as_it_was_written() -> None:
    adventure = tales.opened(title="1. *Lamp*", text="# No heading\n- no list")
    for action, kind, text in (("look_at [it]", Kind.DO, "Dark."), ("", Kind.CONTINUE, "2. On.")):
        turn = replace(tales.following(adventure.head), action=action, kind=kind, text=text)
        adventure = adventure.with_turn(turn)
    data = markdown.write(adventure)
    document = Document("out.md", data)
    chosen = registry.recognise(document, COMMAND_LINE)
    assert chosen.id == "markdown"
    assert chosen.read is not None
    read = chosen.read(document)
    (again,) = read.adventures
    assert markdown.write(again) == data
    assert again.title == adventure.title
    assert "the title" in read.report.taken
    assert [(turn.kind, turn.action, turn.text) for turn in again.path()] == [
        (turn.kind, turn.action, turn.text) for turn in adventure.path()
    ]


def test_an_e_book_is_what_readers_demand() -> None:
    data = epub.write(hostile())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        assert data[38:58] == b"application/epub+zip"  # where readers look for it
        trees = {
            name: ElementTree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith((".xml", ".opf", ".xhtml"))
        }
        container = trees["META-INF/container.xml"]
        (root,) = container.iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
        package = trees[root.attrib["full-path"]]
        opf = "{http://www.idpf.org/2007/opf}"
        items = {item.attrib["id"]: item.attrib for item in package.iter(f"{opf}item")}
        assert all(f"book/{item['href']}" in archive.namelist() for item in items.values())
        assert [each.attrib["idref"] for each in package.iter(f"{opf}itemref")] == ["story"]
        assert items["nav"]["properties"] == "nav"
        assert "<script" not in archive.read("book/story.xhtml").decode()
    identifier = package.find(f".//*[@id='{package.attrib['unique-identifier']}']")
    assert identifier is not None


@given(st.text(st.characters(codec="utf-8"), max_size=60).map(clean))
def test_any_text_makes_a_well_formed_book(text: str) -> None:
    data = epub.write(tales.opened(title=clean_line(text), text=text))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        ElementTree.fromstring(archive.read("book/story.xhtml"))
        ElementTree.fromstring(archive.read("book/package.opf"))


@pytest.mark.parametrize("format_", registry.WRITTEN, ids=lambda each: each.id)
def test_every_format_writes_every_adventure(format_: Any, tmp_path: Path) -> None:
    for adventure in (tales.branched(), tales.opened(title=""), Adventure("a", "Empty")):
        assert isinstance(format_.write(adventure), bytes)
    if format_.read:
        file = tmp_path / "tale"
        file.write_bytes(format_.write(tales.branched()))
        read = transfer.read_file(file)
        assert all(told(again) == told(tales.branched()) for again in read.adventures)
        assert bool(read.adventures) != format_.id.startswith(
            ("sillytavern-card", "sillytavern-lore")
        )


@every_row("format_id", ["koboldai", "sillytavern-chat"])
@every_row("depth", [0, 1, 3])
def test_a_note_and_its_depth_survive_a_round_trip(format_id: str, depth: int) -> None:
    adventure = replace(tales.played(3), note="Keep it calm.", note_depth=depth)
    written = registry.find(format_id, registry.WRITTEN).write
    assert written
    for _ in range(2):
        [adventure] = read_back(written(adventure), format_id).adventures
        assert (adventure.note, adventure.note_depth) == ("Keep it calm.", depth)
