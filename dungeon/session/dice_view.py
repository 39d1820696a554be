"""What both front ends show of the dice rules of an adventure."""

from dungeon.dice import SIDES, Attribute, DiceRules, role_of
from dungeon.dice.rules_text import signed

RISKY = "risky"
THRESHOLD = "threshold"

ABOUT_RISKY = "Whether what is risky (attack, climb, sneak, lie …) rolls by itself."
ABOUT_THRESHOLD = (
    f"What a die of {SIDES} and the attribute have to reach; 1 always fails, {SIDES} succeeds."
)
UNREADABLE = (
    "The saved attributes and dice rules of this adventure cannot be read, so the defaults hold; "
    "what is saved is kept until you change them with /attributes."
)
HINT = "Change them with /attributes strength 2, hacking 3 hack decode, wits -, risky on."

_EXAMPLES = {
    "strength": "attack, break, force, push, swim …",
    "dexterity": "jump, climb, sneak, dodge, shoot, steal …",
    "wits": "trick, hack, decipher, crack a safe …",
    "charm": "persuade, lie to, bribe, threaten …",
}


def uses_of(rules: DiceRules, attribute: Attribute) -> str:
    """Return the verbs that an attribute decides, or a sentence where there are none."""
    role = role_of(attribute, rules)
    known = [_EXAMPLES[role]] if role else []
    return ", ".join([*attribute.verbs, *known]) or "Used for no verb; type some behind its number."


def unreadable_notice(rules: DiceRules) -> str:
    """Return that the saved rules cannot be read; empty where they can."""
    return UNREADABLE if rules.unreadable else ""


def attributes_text(rules: DiceRules) -> str:
    """Return the rules as line mode shows them."""
    lines = [
        f"{RISKY:<14}{'on' if rules.risky else 'off':<6}{ABOUT_RISKY}",
        f"{THRESHOLD:<14}{rules.threshold:<6}{ABOUT_THRESHOLD}",
        "",
    ]
    lines += [
        f"{each.name:<14}{signed(each.modifier):<6}{uses_of(rules, each)}"
        for each in rules.attributes
    ]
    lines += ["", unreadable_notice(rules) or HINT]
    return "\n".join(lines)
