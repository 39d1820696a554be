"""A failed roll whose reply tells a success is found, and a failure told as one is not."""

from dungeon.dice import Roll, contradicts_roll, reply_beginning
from tests.rows import every_row

TOLD_AS_DONE = [
    ("You cut the ropes with the knife.", "they break."),
    ("You cut the rope.", "it breaks."),
    ("You pull the stone off its head.", "it moves."),
    ("You push the big stone.", "the stone rolls away."),
    ("You hit Chief Murgo on the head with the club.", "he falls."),
    ("You kill the king.", "he screams and falls."),
    ("You attack the ghost.", "it falls down dead."),
    ("You attack the ghost with your chalk.", "it falls down dead."),
    ("You stab the wolf with the spear.", "it is dead, and you take its skin."),
    ("You shoot an arrow at the wolf.", "it dies."),
    ("You stab the big toe with the bread fork.", "the fork hits the toe."),
    ("You throw a stone at Miss Zool.", "the stone hits her head. She looks up."),
    ("You stab the old man with an arrow.", "it hits his side. He falls down."),
    ("You shoot the guard.", "the arrow goes through the skin and lands in his ear."),
    ("You stab the wolf.", "the wolf falls."),
    ("You tie the string to the line.", "the knot holds."),
    ("You open the door.", "it opens."),
    ("You pick the old lock.", "the old lock clicks."),
    ("You burn the letter.", "it burns."),
    ("You persuade the guard to leave.", "he agrees."),
    ("You sneak past the dragon.", "it does not see you."),
    ("You sneak past the guards.", "they do not notice you."),
    ("You hide behind the door.", "nobody looks."),
    ("You sneak past the guards.", "no one sees you."),
    ("You shoot an arrow at the dragon.", "the arrow hits the dragon."),
    ("You throw the knife.", "the knife goes into his chest."),
    ("You cut his throat.", "the knife cuts his throat."),
    ("You cut off the king's head.", "his head falls off."),
    ("You charge the bear with all your strength.", "it falls."),
    ("You pull the ring off her finger.", "it comes off."),
    ("You push the door.", "it gives way."),
    ("You pick the lock.", "the door swings open."),
    ("You beg the witch to give you the key.", "she gives you the key."),
    ("You bluff.", "she believes you, and you go in."),
    ("You persuade the guard.", "he lets you pass."),
]

FAILURES = [
    ("You cut the rope with the knife.", "it breaks."),  # the knife
    ("You attack the ghost with the sword.", "it falls to the floor."),  # the sword
    ("You attack the ghost with the sword.", "it falls down."),
    ("You cut the rope.", "it does not break."),
    ("You pull the stone.", "it does not move."),
    ("You push the grate over the hole.", "the grate doesn't move."),
    ("You hit the guard.", "he hits you."),
    ("You hit the guard.", "he falls back and draws his sword."),
    ("You stab the wolf.", "it bites your hand."),
    ("You shoot the cow.", "the arrow hits her horn and breaks."),
    ("You shoot the man through the door.", "the bullet hits the door."),
    ("You throw the gun out of the window.", "it hits the window."),
    ("You throw the stone at the king.", "it hits the wall."),
    ("You open the door.", "it is locked."),
    ("You open the door.", "a dog opens its eyes."),
    ("You open the box.", "a window opens."),
    ("You break the door.", "your arm breaks."),
    ("You hit the guard.", "a cup falls."),
    ("You lie to the guard.", "he does not believe you."),
    ("You sneak past the dragon.", "it sees you."),
    ("You hide behind the door.", "nobody comes, and you sneeze."),
    ("You sneak away.", "nobody sees you but an owl, which screams."),
    ("You open the door.", "nobody looks."),
    ("You jump over the gap.", "you fall."),
    ("You climb the wall.", ""),
    # What it is done with is named.
    ("You cut the rope with rusty shears.", "the shears break."),
    ("You cut the rope using your knife.", "the knife breaks."),
    ("You shoot an arrow at the dragon.", "it falls to the ground."),
    ("You shoot an arrow at the dragon.", "the arrow falls."),
    ("You shoot your bow.", "it breaks."),
    ("You throw the key to Mara.", "it hits her head."),
    # It happens to the player, or to somebody else.
    ("You attack the guard who hit you.", "you fall."),
    ("You stab the wolf.", "the wolf bites her."),
    ("You stab the wolf.", "it bites her leg."),
    ("You punch the orc.", "the orc hits him in the face."),
    ("You throw a stone at the witch.", "it hits her window."),
    ("You cut the rope.", "the knife cuts his hand."),
    ("You cut the rope from her hands.", "the knife cuts her hand."),
    ("You shoot the apple off his head.", "the arrow hits his head."),
    ("You break the window.", "the door opens."),
    ("You open the chest.", "the door opens and a guard comes in."),
    # It is another effect than was wanted, or none for long.
    ("You pull the lever.", "it comes off in your hand."),
    ("You pull the rope.", "it gives way."),
    ("You light the match.", "it burns your fingers."),
    ("You light the lamp.", "it flares and goes out."),
    ("You open the gate.", "it opens and slams shut."),
    ("You shoot the bandit.", "he drops to the ground and the arrow misses."),
    ("You shoot the bandit.", "he drops down, and it flies over him."),
    ("You persuade the king to help.", "he gives you a cold look."),
    ("You beg the queen for mercy.", "she gives you to the guards."),
    ("You lie to the guard.", "he believes your wife."),
    ("You lie to the guard.", "he believes you are a spy."),
    ("You persuade the guard.", "he lets you stand in the rain."),
    ("You persuade the guard.", "he agrees only for gold."),
    ("You sneak past the guards.", "they see nothing but you."),
]


def told(action: str, die: int, rest: str) -> bool:
    rolled = f"{action} {Roll(die).sentence}"
    return contradicts_roll(rolled, f"{reply_beginning(rolled)} {rest}")


@every_row(("action", "rest"), TOLD_AS_DONE)
def test_a_success_behind_a_failed_roll_is_found(action: str, rest: str) -> None:
    assert told(action, 6, rest)


@every_row(("action", "rest"), FAILURES)
def test_a_failure_is_none(action: str, rest: str) -> None:
    assert not told(action, 6, rest)


def test_it_is_found_where_the_roll_failed_badly_as_well() -> None:
    assert told("You hit the king.", 1, "he falls.")


def test_a_success_of_a_roll_that_succeeded_is_none() -> None:
    assert not told("You hit the king.", 15, "he falls.")
    assert not told("You hit the king.", 20, "he falls.")


def test_without_a_roll_nothing_is_contradicted() -> None:
    assert not contradicts_roll("You hit the king.", "You try to hit the king, but he falls.")


def test_a_reply_that_begins_otherwise_is_left_alone() -> None:
    action = f"You hit the king. {Roll(6).sentence}"
    assert not contradicts_roll(action, "The king falls.")
    assert not contradicts_roll(action, "You fail, and the king falls.")
    assert not contradicts_roll(action, "")
