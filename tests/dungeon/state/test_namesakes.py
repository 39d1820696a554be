"""Test which names can mean nobody but one person in a story."""

from dungeon.state.namesakes import is_unmistakable, unmistakable_names
from tests.rows import every_row

DEATH = "A guard stands at the door. The guard falls dead."


@every_row(
    ("name", "before", "after"),
    [
        ("the guard", DEATH, "Rain falls."),
        ("the guard", "An old guard stands there. The guard is dead.", "The old guard is cold."),
        ("the guard", DEATH, "The dead guard lies there."),
        ("your horse", "Your horse is dead.", "The road is long."),
        ("the wolf", "A grey wolf stands there. The wolf is dead.", ""),
        ("Bram", "Bram dies.", "Mara weeps."),
        ("Captain Hale", "Captain Hale dies.", "Hale lies on the deck."),
        ("the man", "A man lies in the road. The man is dead.", "You find a hat."),
    ],
)
def test_a_name_of_one(name: str, before: str, after: str) -> None:
    assert is_unmistakable(name, before, after)


@every_row(
    ("name", "before", "after"),
    [
        ("the guard", DEATH, "A guard runs in."),
        ("the guard", DEATH, "Another guard runs in."),
        ("the guard", f"Two guards stand there. {DEATH}", ""),
        ("the guard", f"A guard sleeps. {DEATH}", ""),
        ("the guard", "The old guard sleeps. The young guard is dead.", ""),
        ("the wolf", "The wolf is dead.", "Wolves howl in the hills."),
        ("a guard", DEATH, ""),
        ("two guards", "Two guards are dead.", ""),
        ("the skeleton", "The skeleton is dead.", ""),
        ("the man", "A sailor waits. A man comes. The man is dead.", ""),
        ("Hale", "Captain Hale sits there. Hale dies.", "Mrs Hale weeps."),
        ("Guards", "Guards die. The guards run.", ""),
        ("Captain", "Captain dies.", ""),
    ],
)
def test_a_name_that_others_may_have(name: str, before: str, after: str) -> None:
    assert not is_unmistakable(name, before, after)


@every_row(
    ("name", "before", "after", "names"),
    [
        ("the old guard", DEATH, "", ("the old guard", "the guard")),
        ("the old guard", f"{DEATH} The young guard weeps.", "", ("the old guard",)),
        ("the breathing man", "A sailor waits. The breathing man dies.", "A man named Grim comes.",
         ("the breathing man",)),
        ("the old guard", f"An old guard sings. An old guard weeps. {DEATH}", "", ()),
        ("the old guard", DEATH, "Two old guards come.", ()),
        ("the second guard", "A guard sleeps. A guard stands. The second guard dies.", "", ()),
        ("the dead man", "A sailor waits. The dead man lies there.", "", ()),
        ("Bram", "Bram dies.", "", ("Bram",)),
    ],
)  # fmt: skip
def test_adjectives_tell_who_is_meant(
    name: str, before: str, after: str, names: tuple[str, ...]
) -> None:
    assert unmistakable_names(name, before, after) == names
