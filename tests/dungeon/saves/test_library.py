import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import cast

import pytest

from dungeon.errors import HeadMoved, InputRefused, NotSaved
from dungeon.saves import integrity
from dungeon.saves.library import Library
from dungeon.saves.summaries import MAX_EXCERPT
from dungeon.story import Draft, Kind, Turn, branching, new_id
from dungeon.story.edited_line import edited_line
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.dungeon.saves import tales

DATABASES = ("sqlite", "postgresql")


def test_a_created_adventure_is_loaded_unchanged_after_reopening(library: Library) -> None:
    adventure = tales.branched()
    library.create(adventure)
    with Library.open(library.location) as again:
        loaded = again.load(adventure.id)
    assert loaded == adventure
    assert list(loaded.turns) == list(adventure.turns)
    assert [t.sha256 for t in loaded.turns.values()] == [t.sha256 for t in adventure.turns.values()]


def test_the_adventures_of_an_import_are_stored_all_or_none(library: Library) -> None:
    here = tales.branched()
    library.create(here)
    stored = library.add_all([here, replace(here, id="another")])
    assert stored[0].id != here.id  # which is taken
    assert [library.load(each.id) for each in stored] == stored
    with pytest.raises(NotSaved, match="Nothing of it was imported"):
        library.add_all([replace(here, id="first"), replace(here, id="b", title=cast(str, None))])
    assert len(library.summaries()) == 3
    assert library.load(here.id) == here


def test_decisions_on_the_state_are_added_to_those_there_are(library: Library) -> None:
    adventure = tales.branched()
    library.create(adventure)
    changes = Change(Category.ITEM, "a rope"), Change(Category.ITEM, "a rope", removed=True)
    new = tuple(
        StateEvent(adventure.head or "", change, Decision.ACCEPTED, Source.PLAYER)
        for change in changes
    )
    for event in new:
        library.revise(adventure.id, new_state_events=(event,))
    assert library.load(adventure.id).state_events == (*adventure.state_events, *new)
    with pytest.raises(NotSaved, match="the turn elsewhere"):
        library.revise(adventure.id, new_state_events=(replace(new[0], turn="elsewhere"),))
    library.delete(adventure.id)
    assert library.summaries() == []


def test_an_edited_line_is_saved_at_once_or_not_at_all(library: Library) -> None:
    adventure = tales.branched()
    library.create(adventure)
    _, old, *after = adventure.path()
    change = StateEvent(old.id, Change(Category.QUEST, "rest"), Decision.ACCEPTED, Source.PLAYER)
    adventure = replace(adventure, state_events=(*adventure.state_events, change))
    library.revise(adventure.id, new_state_events=(change,))
    line = edited_line(adventure, old, replace(old, id=new_id(), text="Nobody came."), ())
    with pytest.raises(HeadMoved, match="nothing was changed"):
        library.append_line(adventure.id, line, expected_head="elsewhere")
    assert library.load(adventure.id).turns == adventure.turns
    named = {"the end": (after[-1].id if after else old.id,)}
    library.revise(adventure.id, checkpoints=named)
    adventure = replace(adventure, checkpoints=named)
    library.append_line(adventure.id, line, expected_head=adventure.head)
    saved, expected = library.load(adventure.id), line.add_to(adventure)
    (names,) = saved.checkpoints.values()
    assert names == (*named["the end"], line.ids[names[0]])
    former = [each.value for each in library.revisions(adventure.id)]
    assert f'{{"the end": "{names[0]}"}}' in former
    assert saved == replace(expected, changed=saved.changed)
    assert len(saved.path()) == len(after) + 2
    assert [hit.turn_id for hit in library.search("nobody came")] == [line.turns[0].id]


def test_an_adventure_is_never_replaced_by_another_of_its_id(library: Library) -> None:
    adventure = tales.played(3)
    library.create(adventure)
    with pytest.raises(InputRefused, match="already"):
        library.create(replace(tales.opened("Another"), id=adventure.id))
    assert library.load(adventure.id) == adventure


def test_an_id_may_be_shortened_while_it_names_only_one(library: Library) -> None:
    for adventure_id in ("abc111", "abc222", "abc"):
        library.create(replace(tales.opened(), id=adventure_id))
    assert library.load("abc1").id == "abc111"
    assert library.find("abc") == "abc"
    with pytest.raises(InputRefused, match=r"More than one.*abc111.*abc222"):
        library.find("ab")
    for unknown in ("zzz", "", "%", "abc1' OR 1=1 --", "\ud800"):
        with pytest.raises(InputRefused, match="no adventure"):
            library.find(unknown)


def test_summaries_count_the_turns_to_the_head_and_come_newest_first(library: Library) -> None:
    old, new = tales.branched(), tales.played(5, "Newer")
    new = replace(new, changed=new.changed + timedelta(days=1))
    library.create(old)
    library.create(new)
    first, second = library.summaries()
    assert (first.id, first.title, first.turns) == (new.id, "Newer", 5)
    assert (second.id, second.turns, second.changed) == (old.id, 2, old.changed)
    assert second.excerpt.startswith("“Hello,” says the dark.")
    assert library.latest_id() == new.id


def test_an_empty_library_has_no_summaries_and_no_latest(library: Library) -> None:
    assert library.summaries() == []
    assert library.latest_id() is None


def test_an_excerpt_is_one_short_line(library: Library) -> None:
    library.create(tales.opened(text="First.\n\nSecond." + "灯" * 500))
    excerpt = library.summaries()[0].excerpt
    assert excerpt.startswith("First. Second.")
    assert excerpt.endswith("…")
    assert len(excerpt) == MAX_EXCERPT


def test_append_moves_head_and_tip_and_ends_the_draft(library: Library) -> None:
    adventure = tales.branched()
    library.create(adventure)
    library.keep_draft(adventure.id, Draft(adventure.head, Kind.DO, "You wait.", "Noth"))
    turn = tales.following(adventure.head)
    library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure.with_turn(turn)
    assert library.draft(adventure.id) is None
    assert library.summaries()[0].turns == 3


def test_a_head_moved_elsewhere_leaves_the_turn_as_a_branch(library: Library) -> None:
    adventure = tales.played(2)
    library.create(adventure)
    mine, theirs = tales.following(adventure.head, "You go."), tales.following(adventure.head)
    library.append(adventure.id, theirs, expected_head=adventure.head)
    with pytest.raises(HeadMoved, match="branch"):
        library.append(adventure.id, mine, expected_head=adventure.head)
    loaded = library.load(adventure.id)
    assert loaded.head == theirs.id
    assert {mine.id, theirs.id} == {
        turn.id for turn in loaded.turns.values() if turn.parent == adventure.head
    }


def test_appending_the_same_turn_again_changes_nothing(library: Library) -> None:
    adventure = tales.played(2)
    library.create(adventure)
    turn = tales.following(adventure.head)
    for _ in range(3):
        library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure.with_turn(turn)


def test_another_turn_of_the_same_id_is_refused(library: Library) -> None:
    adventure = tales.played(2)
    library.create(adventure)
    other = replace(tales.following(None), id=adventure.head or "")
    with pytest.raises(NotSaved, match="another turn"):
        library.append(adventure.id, other, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure


def test_a_turn_that_follows_nothing_is_refused(library: Library) -> None:
    adventure = tales.played(2)
    library.create(adventure)
    with pytest.raises(NotSaved, match="follows"):
        library.append(adventure.id, tales.following("nowhere"), expected_head=adventure.head)
    assert library.load(adventure.id) == adventure


def test_text_that_cannot_be_encoded_is_refused_and_rolled_back(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    with pytest.raises(NotSaved):
        library.append(
            adventure.id,
            tales.following(adventure.head, text="\ud800"),
            expected_head=adventure.head,
        )
    assert library.load(adventure.id) == adventure


def test_undo_and_redo_move_the_head_only_from_where_it_is(library: Library) -> None:
    adventure = tales.played(3)
    library.create(adventure)
    before = adventure.undo_target()
    library.move_head(adventure.id, head=before, tip=adventure.tip, expected_head=adventure.head)
    loaded = library.load(adventure.id)
    assert (loaded.head, loaded.tip, loaded.redo_target()) == (
        before,
        adventure.tip,
        adventure.head,
    )
    opening = next(iter(adventure.turns))
    with pytest.raises(HeadMoved, match="nothing was changed"):
        library.move_head(adventure.id, head=opening, tip=None, expected_head=adventure.head)
    assert library.load(adventure.id).head == before
    with pytest.raises(NotSaved, match="no turn elsewhere"):
        library.move_head(adventure.id, head="elsewhere", tip=None, expected_head=before)
    assert library.load(adventure.id).head == before


def test_a_revised_field_keeps_what_it_said(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    library.revise(adventure.id, memory="You keep two lighthouses.", title=adventure.title)
    library.revise(adventure.id, memory="None.", note="")
    loaded = library.load(adventure.id)
    assert (loaded.title, loaded.memory, loaded.note) == (adventure.title, "None.", "")
    assert [(r.field, r.value) for r in library.revisions(adventure.id)] == [
        ("note", "Write plainly."),
        ("memory", "You keep two lighthouses."),
        ("memory", "You keep a lighthouse."),
    ]


def test_the_depth_of_a_note_keeps_what_it_was_and_is_not_played(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    for depth in (5, 5, 0):
        library.revise(adventure.id, note_depth=depth)
    loaded = library.load(adventure.id)
    assert (loaded.note_depth, loaded.changed) == (0, adventure.changed)
    assert [(r.field, r.value) for r in library.revisions(adventure.id)] == [
        ("note_depth", "5"),
        ("note_depth", str(adventure.note_depth)),
    ]


def test_a_fork_has_the_values_from_before_it_too(library: Library) -> None:
    origin = tales.opened()
    library.create(origin)
    library.revise(origin.id, memory="First.")
    forked = branching.fork(library.load(origin.id), str(origin.head), "Fork")
    library.create(forked)
    library.revise(origin.id, memory="Elsewhere.")
    library.revise(forked.id, memory="Second.")
    second = branching.fork(library.load(forked.id), str(origin.head), "Fork of a fork")
    library.create(second)
    values = [each.value for each in library.former_values(second)]
    assert values == ["First.", origin.memory]
    library.delete(origin.id)
    assert [each.value for each in library.former_values(library.load(second.id))] == ["First."]


def test_a_draft_survives_and_is_replaced_and_dropped(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    assert library.draft(adventure.id) is None
    drafts = [Draft(adventure.head, Kind.SAY, 'You say "Oh."', text) for text in ("", "A voi")]
    for draft in drafts:
        library.keep_draft(adventure.id, draft)
    with Library.open(library.location) as again:
        assert again.draft(adventure.id) == drafts[-1]
        again.drop_draft(adventure.id)
    assert library.draft(adventure.id) is None


def test_deleting_removes_everything_of_one_adventure_and_no_other(library: Library) -> None:
    doomed, other = tales.branched(), tales.played(4, "Other")
    for adventure in (doomed, other):
        library.create(adventure)
        library.keep_draft(adventure.id, Draft(adventure.head, Kind.DO, "You wait."))
        library.revise(adventure.id, memory="Changed.")
    kept = library.load(other.id)
    library.delete(doomed.id)
    assert library.load(other.id) == kept
    assert library.draft(other.id) is not None
    assert len(library.revisions(other.id)) == 1
    assert [summary.id for summary in library.summaries()] == [other.id]
    assert library.revisions(doomed.id) == []
    assert library.search("dark", 10) == []
    assert integrity.check(library.location).good


def test_the_backup_before_deleting_contains_the_adventure(library: Library, path: Path) -> None:
    doomed = tales.branched()
    library.create(doomed)
    library.delete(doomed.id)
    (copy,) = (path.parent / "backups").glob("*before-delete*")
    with Library.open(copy, back_up=False) as old:
        assert old.load(doomed.id) == doomed


def test_deleting_needs_the_full_id(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    with pytest.raises(InputRefused):
        library.delete(adventure.id[:4])
    with pytest.raises(InputRefused):
        library.delete("unknown")
    assert library.load(adventure.id) == adventure


def test_writing_to_a_deleted_adventure_says_so(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    library.delete(adventure.id)
    with pytest.raises(NotSaved, match="not there any more"):
        library.append(adventure.id, tales.following(adventure.head), expected_head=adventure.head)
    with pytest.raises(NotSaved, match="not there any more"):
        library.keep_draft(adventure.id, Draft(adventure.head, Kind.DO, "You wait."))
    with pytest.raises(NotSaved, match="not there any more"):
        library.revise(adventure.id, title="Again")


def test_fifty_kilobytes_of_any_script_come_back_as_they_went(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    text = ("灯台 👩‍🚒 naïve “quotes” \t\n\n" * 2_000)[:50_000]
    turn = tales.following(adventure.head, text=text)
    library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id).turns[turn.id].text == text


def test_two_adventures_may_share_turns_as_an_import_does(library: Library) -> None:
    adventure = tales.branched()
    twin = replace(adventure, id=new_id())
    library.create(adventure)
    library.create(twin)
    assert library.load(twin.id).turns == adventure.turns


def test_two_thousand_turns_are_stored_and_loaded(library: Library) -> None:
    long = tales.played(2_000)
    library.create(long)
    assert library.load(long.id) == long
    assert library.summaries()[0].turns == 2_000


def test_a_library_can_be_opened_by_url_and_refuses_other_databases(path: Path) -> None:
    with Library.open(f"sqlite:///{path}") as library:
        library.create(tales.opened())
    assert path.exists()
    for url in ("mysql://host/db", "sqlite://", "no url://"):
        with pytest.raises(InputRefused):
            Library.open(url)


def test_a_strange_folder_name_is_only_a_name(tmp_path: Path) -> None:
    strange = tmp_path / "a b%c?mode=ro#x" / "adventures.db"
    with Library.open(strange) as library:
        library.create(tales.opened())
    assert strange.exists()


def test_opening_an_existing_file_does_not_import_alembic(library: Library) -> None:
    script = (
        "import sys; from dungeon.saves.library import Library;"
        "Library.open(sys.argv[1]).summaries();"
        "sys.exit('alembic' in sys.modules or 'sqlalchemy.orm' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(library.location)]
    assert subprocess.run(command, check=False).returncode == 0


def test_naming_the_package_loads_no_sqlalchemy() -> None:
    script = "import sys, dungeon.files.atomic_file; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_adventure_may_have_no_head(library: Library) -> None:
    empty = replace(tales.opened(), turns=MappingProxyType({}), head=None, tip=None)
    library.create(empty)
    assert library.load(empty.id) == empty
    opening = Turn(new_id(), None, Kind.OPENING, "", "It begins.")
    library.append(empty.id, opening, expected_head=None)
    assert library.load(empty.id).path() == (opening,)
