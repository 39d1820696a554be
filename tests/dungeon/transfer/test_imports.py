import base64
import errno
import json
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from dungeon import transfer
from dungeon.errors import InputRefused, NotSaved
from dungeon.scenarios import load, writer
from dungeon.scenarios.writer import save_scenarios
from dungeon.transfer.imports import Imported
from tests.dungeon.transfer import samples


def imported(tmp_path: Path, document: Any, name: str = "tale.json", form: str = "") -> Imported:
    file = tmp_path / name
    data = (
        document
        if isinstance(document, bytes)
        else (document if isinstance(document, str) else json.dumps(document)).encode()
    )
    file.write_bytes(data)
    return transfer.read_file(file, form)


STORIES = {
    "ai-dungeon-2": samples.AI_DUNGEON_2,
    "clover": samples.CLOVER,
    "storybro": samples.STORYBRO,
    "koboldai": samples.KOBOLD,
    "koboldai-2": samples.KOBOLD_2,
    "ai-dungeon": samples.DUMP,
    "ai-dungeon-2021": samples.EXPORT_2021,
    "aventuras": samples.AVENTURAS,
    "sillytavern-chat": samples.chat(),
    "novelai-story": samples.NOVELAI_STORY,
    "novelai-document": samples.novelai_document(),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_of_another_program_is_told_turn_by_turn(tmp_path: Path, name: str) -> None:
    found = imported(tmp_path, STORIES[name])
    (adventure,) = found.adventures
    assert [(turn.action, turn.text) for turn in adventure.path()] == samples.TOLD
    assert "3 turns" in found.report.taken
    assert "2 actions" in found.report.taken
    if name not in ("storybro", "sillytavern-chat", "novelai-document"):
        assert adventure.memory.startswith("You are a mapmaker.")
    if name in ("koboldai", "koboldai-2", "ai-dungeon", "novelai-story"):
        assert adventure.note == "Keep it calm."


def test_other_replies_that_become_no_branch_are_named(tmp_path: Path) -> None:
    header, *messages = samples.chat().splitlines()
    reply = next(n for n, line in enumerate(messages) if "swipes" in line)
    message = json.loads(messages[reply])
    message["swipes"] = [message["mes"], message["mes"], "", *message["swipes"]]
    messages[reply] = json.dumps(message)
    found = imported(tmp_path, "\n".join([header, *messages]))
    kept = message["swipes"][3:].count(message["mes"])
    same = "other reply" if kept == 0 else "other replies"
    assert f"{1 + kept} {same} with the same words as the one that was kept" in found.report.dropped
    assert "1 other reply without a word" in found.report.dropped
    assert "1 other reply" in found.report.taken


def test_other_replies_become_branches(tmp_path: Path) -> None:
    for document in (samples.KOBOLD_2, samples.chat()):
        found = imported(tmp_path, document)
        (adventure,) = found.adventures
        texts = [turn.text for turn in adventure.turns.values()]
        assert "Nobody nods." in texts
        assert "1 other reply" in found.report.taken


def test_a_report_says_what_was_dropped_and_kept(tmp_path: Path) -> None:
    dump = imported(tmp_path, samples.DUMP).report
    assert "1 undone or deleted action" in dump.dropped
    assert "of each action: id" in dump.dropped
    assert dump.kept == ("tags",)
    assert dump.lines()[0] == "Format: a dump of an AI Dungeon adventure."
    kobold = imported(tmp_path, samples.KOBOLD).report
    assert {"savedsettings", "placeholder_tags_data"} <= set(kobold.kept)


def test_a_pickle_is_never_read_and_is_not_kept(tmp_path: Path) -> None:
    pickle = "base64:gASVJQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAl0b3VjaCBvd26UhZRSlC4="
    document = samples.KOBOLD | {"extra": {"deep": [pickle]}, "memory": pickle}
    found = imported(tmp_path, document)
    assert "2 fields that begin with “base64:”" in " ".join(found.report.dropped)
    assert pickle not in found.adventures[0].foreign_fields


@pytest.mark.parametrize(
    ("keyword", "kind"), [("chara", "tEXt"), ("ccv3", "tEXt"), ("chara", "zTXt"), ("chara", "iTXt")]
)
def test_a_card_is_read_from_a_picture(tmp_path: Path, keyword: str, kind: str) -> None:
    import zlib

    encoded = base64.b64encode(json.dumps(samples.CARD).encode())
    body = {
        "tEXt": keyword.encode() + b"\0" + encoded,
        "zTXt": keyword.encode() + b"\0\0" + zlib.compress(encoded),
        "iTXt": keyword.encode() + b"\0\1\0\0\0" + zlib.compress(encoded),
    }[kind]
    old = base64.b64encode(json.dumps({"name": "Old"}).encode())
    chunks = [(b"tEXt", b"chara\0" + old)] if keyword == "ccv3" else []
    found = imported(tmp_path, samples.png(*chunks, (kind.encode(), body)), "mira.png")
    first, second = found.scenarios
    assert first.title == "Mira"
    assert first.opening == "Mira waves at ${your name}."
    assert first.memory == "Mira keeps a lighthouse.\n\nDry.\n\n${your name} arrives by boat."
    assert second.opening == "The lighthouse is dark."
    assert "extensions" in found.report.kept


def test_a_card_of_the_first_version_is_read(tmp_path: Path) -> None:
    (scenario, _) = imported(tmp_path, samples.CARD["data"]).scenarios
    assert scenario.title == "Mira"


@pytest.mark.parametrize("is_stuck", [False, True])
def test_of_several_scenarios_all_are_written_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stuck: bool
) -> None:
    folder, save, unlink = tmp_path / "own", writer.atomic_write, Path.unlink
    found = imported(tmp_path, samples.CARD).scenarios

    def fill(path: Path, *, overwrite: bool) -> AbstractContextManager[IO[bytes]]:
        if path.stem.endswith("-2"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(path, overwrite=overwrite)

    def stick(path: Path, *, missing_ok: bool = False) -> None:
        if path.suffix == ".toml":
            raise OSError(errno.ENOSPC, "No space left on device")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as disk:
        disk.setattr(writer, "atomic_write", fill)
        if is_stuck:  # some disks need room to remove a file, too
            disk.setattr(Path, "unlink", stick)
        with pytest.raises(NotSaved, match="the disk is full") as refused:
            save_scenarios([found[0], found[0]], folder)
    said = "These scenarios came in" if is_stuck else "What was here is unchanged"
    assert said in str(refused.value)
    assert [path.stem for path in folder.glob("*.toml")] == (["mira"] if is_stuck else [])


def test_of_several_scenarios_none_stays_where_the_import_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, save = tmp_path / "own", writer.atomic_write
    found = imported(tmp_path, samples.CARD).scenarios

    def interrupt(path: Path, *, overwrite: bool) -> AbstractContextManager[IO[bytes]]:
        if path.stem.endswith("-2"):
            raise KeyboardInterrupt
        return save(path, overwrite=overwrite)

    with monkeypatch.context() as keyboard:
        keyboard.setattr(writer, "atomic_write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            save_scenarios([found[0], found[0]], folder)
    assert list(folder.iterdir()) == []


def test_a_name_that_another_import_takes_at_the_same_time_gets_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, save = tmp_path / "own", writer.atomic_write
    found = imported(tmp_path, samples.CARD).scenarios

    def take_first(path: Path, *, overwrite: bool) -> AbstractContextManager[IO[bytes]]:
        if path.name == "mira.toml":
            path.write_text("Another import was here.")
        return save(path, overwrite=overwrite)

    monkeypatch.setattr(writer, "atomic_write", take_first)
    assert save_scenarios([found[0]], folder) == ["mira-2"]
    assert (folder / "mira.toml").read_text() == "Another import was here."


def test_prompts_are_scenarios_with_their_questions(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (scenario,) = imported(tmp_path, samples.AETHERROOM).scenarios
    assert (scenario.title, scenario.note) == ("The Ferry", "Calm.")
    assert save_scenarios([scenario], folder) == ["the-ferry"]
    (scenario,) = imported(tmp_path, samples.NOVELAI_SCENARIO).scenarios
    assert scenario.opening == "You are ${trade}, ${name}. A ferry waits."
    assert save_scenarios([scenario], folder) == ["the-ferry-2"]  # nothing is replaced
    with pytest.raises(InputRefused):
        save_scenarios([scenario, replace(scenario, opening="")], folder)
    assert len(list(folder.iterdir())) == 2  # a file is imported as a whole, or not at all
    again = load("the-ferry-2", folder=folder)
    asked = [(each.name, each.question, each.default) for each in again.questions]
    assert asked == [("name", "Your name", "Ada"), ("trade", "What is your trade?", "a mapmaker")]
    assert (again.opening, again.memory, again.note) == (
        scenario.opening, scenario.memory, scenario.note
    )  # fmt: skip


def test_a_prompt_of_clover_is_read_where_it_is_said_to_be_one(tmp_path: Path) -> None:
    text = "You are a mapmaker.\nA ferry waits."
    with pytest.raises(InputRefused, match="none of the formats"):
        imported(tmp_path, text, "ferry.txt")
    (scenario,) = imported(tmp_path, text, "ferry.txt", "clover-prompt").scenarios
    assert (scenario.memory, scenario.opening) == ("You are a mapmaker.", "A ferry waits.")


def test_texts_too_long_for_a_scenario_are_cut_with_a_note(tmp_path: Path) -> None:
    found = imported(tmp_path, samples.AETHERROOM | {"memory": "cold " * 2_000})
    assert "the memory cut to 4,000 characters" in found.report.changed
    assert len(found.scenarios[0].memory) <= 4_000


@pytest.mark.parametrize(
    "text",
    [
        "root:x:0:0:root:/:/bin/sh\nnobody:x:65534::/:/bin/false\n",
        "A letter.\n\n> First line\n> second line\n> third line\n\nYes.\n",
        "<p>A page</p>\n> x\n",
        "#!/bin/sh\ncat a \\\n> b\n",
        '{"name": "something else"}',
        "[1, 2, 3]",
        "{}",
        "[]",
    ],
)
def test_a_file_in_no_format_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRefused, match=r"tale\.json is in none of the formats"):
        imported(tmp_path, text)


def test_any_text_is_prose_where_the_player_says_so(tmp_path: Path) -> None:
    (adventure,) = imported(tmp_path, "A ferry waits.", "ferry.txt", "text").adventures
    assert [turn.text for turn in adventure.path()] == ["A ferry waits."]


NOTE = {"text": "Keep it calm.", "contextConfig": {"insertionPosition": -4}}
NOVELAI_CONTENT: Any = samples.NOVELAI_STORY["content"] | {"context": [{}, NOTE]}
CHAT_NOTE = {"note_prompt": "Keep it calm.", "note_depth": 4, "note_position": 1}


@pytest.mark.parametrize(
    ("document", "depth"),
    [
        (samples.KOBOLD | {"anotestr": 320}, 1),
        (samples.KOBOLD | {"anotestr": 10**400}, 50),
        (samples.KOBOLD | {"anotestr": 320, "authorsnote": ""}, 0),
        (samples.KOBOLD_2 | {"andepth": 4}, 2),
        (samples.NOVELAI_STORY | {"content": NOVELAI_CONTENT}, 1),
        (samples.chat().replace('{"note": 1}', json.dumps(CHAT_NOTE), 1), 2),
    ],
)
def test_the_depth_of_a_note_is_kept_in_turns(tmp_path: Path, document: Any, depth: int) -> None:
    found = imported(tmp_path, document)
    [adventure] = found.adventures
    assert adventure.note_depth == depth
    assert any("depth" in each for each in found.report.changed) == bool(depth)


@pytest.mark.parametrize(
    "unknown", [{f"k{n}": {} for n in range(10_000)}, {"k" * 70_000: {}}, {"k" * 70_000: {"a": 1}}]
)
def test_a_scenario_keeps_no_more_names_of_empty_fields_than_it_can_read(
    tmp_path: Path, unknown: dict[str, Any]
) -> None:
    found = imported(tmp_path, samples.AETHERROOM | unknown)
    assert found.report.no_room == ("all fields that Grue does not know",)
    assert found.report.kept == ()
    (name,) = save_scenarios(found.scenarios, tmp_path / "scenarios")
    assert load(name, folder=tmp_path / "scenarios").foreign_fields == ""
