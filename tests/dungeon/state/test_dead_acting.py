"""Test which sentences let the dead speak or act, and which do not."""

from dungeon.state import NOBODY, TheDead
from tests.rows import every_row

GUARD = TheDead(("the guard",))


@every_row(
    "sentence",
    [
        '"Halt," says the guard.',
        "“Halt!” the guard shouts.",
        '"Halt," whispers the guard, "or I fire."',
        'The guard says, "Halt."',
        "The guard slowly gets up.",
        "Suddenly the guard opens his eyes.",
        "The guard is breathing.",
        "The guard shakes his head and grins.",
        "The guard looks at you.",
        "You open the door, and the guard grabs your arm.",
        "You bend down and the guard bites you.",
        '"Who is it?" asks the guard.',
    ],
)
def test_the_dead_act(sentence: str) -> None:
    assert GUARD.act_in(sentence)
    assert GUARD.may_act_in(sentence.rstrip("."))
    assert not NOBODY.act_in(sentence)


@every_row(
    "sentence",
    [
        "The guard is dead.",
        "The guard lies there and does not move.",
        "The guard says nothing.",
        "The guard gives no answer.",
        "The guard stares at the ceiling with empty eyes.",
        "The guard looks up with glassy eyes.",
        "The guard slides down the wall.",
        "The guard still holds the lantern.",
        "The guard's dog barks.",
        "The guard's ghost speaks.",
        "The ghost of the guard speaks.",
        "The guard at the gate shouts.",
        '"Halt," says the guard at the gate.',
        '"Halt," says the other guard.',
        "The guards laugh.",
        "Another guard runs in.",
        "A guard runs in, and the guard shouts.",
        "The dead guard gets up.",
        "The young guard laughs.",
        "The guard dog barks.",
        "The guard laughed at it.",
        "You remember how he was, and the guard laughs.",
        "In your dream, the guard laughs.",
        "If you run, the guard follows you.",
        "Every night, the guard walks here.",
        "You kick the guard, and your foot hurts.",
        "You see the key that the guard takes with him.",
        'The cook says, "The guard laughs at you."',
        'And then the guard shouts."',
        "The guard takes his secret with him.",
        "He laughs.",
    ],
)
def test_nobody_acts_who_is_dead(sentence: str) -> None:
    assert not GUARD.act_in(sentence)


@every_row(
    ("name", "sentence", "acts"),
    [
        ("Captain Hale", "Hale laughs.", True),
        ("Captain Hale", "Captain Hale laughs.", True),
        ("Captain Hale", "The captain laughs.", False),
        ("Mara Finch", "Mara laughs.", True),
        ("Mara Finch", "Finch laughs.", False),
        ("Old Bram", '"Well," says Bram.', True),
        ("Bram", "Young Bram laughs.", False),
        ("Bram", "Bram's brother laughs.", False),
        ("your brother", "Your brother laughs.", True),
        ("your mother", '"No," says Mother.', True),
        ("your mother", "Mother Brown laughs.", False),
        ("your mother", "Your friend's mother laughs.", False),
        ("the grey wolf", "The wolf howls.", False),
        ("the grey wolf", "The grey wolf howls.", True),
        ("the wolf", "The white wolf howls.", False),
        ("the captain of the guard", "The captain laughs.", True),
        ("Captain Bones", "Captain Bones laughs.", True),
    ],
)
def test_a_name_in_another_form_is_somebody_elses(name: str, sentence: str, acts: bool) -> None:
    assert TheDead((name,)).act_in(sentence) is acts


@every_row(
    ("told", "sentence", "acts"),
    [
        (["You search the guard."], "He opens his eyes.", True),
        (["You look at the guard. (You roll 14 of 20 and succeed.)"], "He laughs.", True),
        (["You wait.", "The guard lies on his back."], '"Well," he says.', True),
        (["You stab him again."], "He's laughing.", True),
        (["You search the guard.", "His hand is cold."], "He laughs.", True),
        (["You wait.", "His hand is cold."], "He laughs.", False),
        (["You wait."], "He laughs.", False),
        (["You tell him about the guard."], "He laughs.", False),
        (["You wait.", "The guard with the axe waits."], "He laughs.", False),
        (["You wait.", "You kneel beside the guard."], "He opens his eyes.", True),
        (["You show the guard to the cook."], "He laughs.", False),
        (["You search the guard.", "The cook comes in."], "He laughs.", False),
        (["You search the guard."], "The cook comes, and he laughs.", False),
        (["You search the guard."], "He has a key.", False),
        (["You search the guard."], "The man opens his eyes.", True),
        (["You search the guard."], "The man who waits at the door laughs.", False),
        (["You search the guard."], "The woman laughs.", False),
    ],
)
def test_a_pronoun_means_whom_the_sentence_before_is_about(
    told: list[str], sentence: str, acts: bool
) -> None:
    assert TheDead(("the guard", "he")).act_in(sentence, told) is acts
    assert not GUARD.act_in(sentence, told)  # where others are in the story


@every_row(
    ("told", "sentence", "acts"),
    [
        (["You talk to the guard."], '"I am cold," he says.', True),
        (["You ask the guard about the key."], "He shakes his head.", True),
        (["You ask the guard.", "You talk. You wait."], '"I am cold," he says.', True),
        (["You talk to the guard."], '"He is dead," he says.', False),
        (["You talk to the guard."], '"I am cold," says the man.', True),
        (['You say "Guard, are you dead?"'], '"Not quite," says the man.', True),
        (['You say "Are you dead, guard?"'], '"Not quite," he says.', True),
        (['You say "He is dead, the guard."'], '"So he is," says the man.', False),
        (['You say "The guard is dead."'], '"Good," says the man.', False),
        (["You wait."], '"I am cold," says the man.', False),
        (["You talk to the guard."], "He does not answer.", False),
        (["You talk to the guard and the cook."], "He laughs.", False),
        (["You ask the guard about him."], "He laughs.", False),
        (["You tell the guard that Tom is here."], "He laughs.", False),
        (["You talk to the guard.", "The cook comes."], "He laughs.", False),
        (["You search the guard."], '"I am cold," he says.', False),
    ],
)
def test_whom_the_player_talks_to_does_not_answer(
    told: list[str], sentence: str, acts: bool
) -> None:
    assert GUARD.act_in(sentence, told) is acts


def test_it_means_an_animal_of_which_the_sentence_before_is() -> None:
    wolf = TheDead(("the wolf",))
    lies = ["You wait.", "The wolf lies in the snow."]
    assert wolf.act_in("It opens its eyes.", lies)
    assert wolf.act_in("It bites you.", ["You look at the wolf."])
    assert not wolf.act_in("It takes you an hour to skin it.", lies)
    assert not wolf.act_in("It bites you.", ["You wait.", "A bear comes."])


def test_a_reply_that_brings_in_another_or_dreams_is_left_alone() -> None:
    assert GUARD.act_in_text('Rain falls. "Halt," says the guard.')
    assert not GUARD.act_in_text('A second guard comes in. "Halt," says the guard.')
    assert not GUARD.act_in_text('You fall asleep and dream. "Halt," says the guard.')
    assert not GUARD.act_in_text('"Halt," says the guard.', "You call the other guard.")


def test_the_beginning_of_a_sentence_waits_where_the_dead_may_follow() -> None:
    for start in ('"Halt', "The", "Behind the ", "Behind the gu", "The guard lies"):
        assert GUARD.may_act_in(start)
    for start in ("You open", "Rain falls on", "The lantern on a", "Don't you"):
        assert not GUARD.may_act_in(start)
        assert not NOBODY.may_act_in(start)
