"""Test which actions are risky, and what decides them."""

from collections import Counter

from dungeon.actions import parse_action
from dungeon.dice import Attribute, DiceRules, find_risk
from dungeon.dice.rules import DEFAULT_RULES
from dungeon.dice.verbs import ROLES
from dungeon.story import Kind
from tests.rows import every_row

RISKY = {
    "strength": """
        attack the orc; break the window; force the door; swim across the lake; take the axe and
        hit him; with my sword, slash at the rope; push the guard into the pit; kick down the door;
        cut off the king's head; cut off its head with my sword; cut his throat;
        chop off his head; chop his arm off; cut off his fingers;
        swing my sword at the headless king; swing at him
        """,
    "dexterity": """
        jump over the gap; carefully climb the wall; try to sneak past the guard; pick the lock;
        steal the purse; run away; run past the dog; dodge; throw a stone at the crow; then leap;
        swing across the gap; swing on the rope over the pit;
        wait and then shoot the guard; hide behind the barrel; slip past him; I flee
        """,
    "wits": "trick the troll; crack the safe; decipher the letter; cast a spell",
    "charm": """
        persuade the guard to let me in; lie to the captain; bribe him; talk him into it;
        pretend to be dead; intimidate the clerk
        """,
}
HARMLESS = """
    look around; wait; walk to the door; run to the shop; open the box; take the lamp; sit down;
    lie down; lie on the bed; climb the stairs; climb into the bed; break bread with them; break the
    silence; jump for joy; throw the letter away; pick up the coin; push the button; steal a glance;
    hit the switch; do not attack; refuse to fight; ask the guard to jump; tell him to attack or
    run away; watch the goblin climb; think about jumping; decide to attack; draw my sword; eat;
    cut off my hair; cut the rope; cut the hair from his head; cut a cabbage head;
    chop the head of cabbage; chop a leg of lamb; cut the ropes from her hands;
    cut the rope off his hand; cut the cord around her fingers; swing the lamp;
    sleep; go north; read the book about attacks; xyzzy; "attack!"; can I jump?; who goes there?
    """


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split(";")]


@every_row(("line", "name"), [(line, name) for name, text in RISKY.items() for line in lines(text)])
def test_risky_actions_are_found_with_what_decides_them(line: str, name: str) -> None:
    risk = find_risk(parse_action(line).text, DEFAULT_RULES)
    assert risk is not None
    assert risk.attribute is not None
    assert risk.attribute.name == name


@every_row("line", lines(HARMLESS))
def test_what_risks_nothing_is_left_alone(line: str) -> None:
    action = parse_action(line)
    assert action.kind is Kind.SAY or find_risk(action.text, DEFAULT_RULES) is None


def test_own_attributes_decide_by_their_verbs_or_by_another_name() -> None:
    rules = DiceRules((Attribute("hacking", 3, ("hack", "open")), Attribute("Agility", 1)))
    found = {
        action: risk.attribute and risk.attribute.name
        for action in ("You open the lock.", "You jump.", "You attack.", "You wait.")
        if (risk := find_risk(action, rules))
    }
    assert found == {"You open the lock.": "hacking", "You jump.": "Agility", "You attack.": None}


def test_a_verb_with_several_lines_has_words_in_each_that_it_needs() -> None:
    lines = [line.split() for text in ROLES.values() for line in text.strip().splitlines()]
    counts = Counter(line[0] for line in lines)
    assert all(" +" in " ".join(line) for line in lines if counts[line[0]] > 1)
    assert all(word[0] in "+-" for text in ROLES.values() for line in text.strip().splitlines()
               for word in line.split()[1:])  # fmt: skip


def test_a_long_hostile_action_is_read_in_no_time() -> None:
    assert find_risk("You " + "and you try to " * 50_000, DEFAULT_RULES) is None
