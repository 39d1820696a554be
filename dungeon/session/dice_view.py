"""What both front ends show of the dice rules of an adventure."""

from dungeon.dice import SIDES, DiceRules
from dungeon.dice.rules_text import signed

RISKY = "risky"
THRESHOLD = "threshold"

ABOUT_RISKY = "Whether what is risky (attack, climb, sneak, lie …) rolls by itself."
ABOUT_THRESHOLD = (
    f"What a die of {SIDES} and the attribute have to reach; 1 always fails, {SIDES} succeeds."
)
HINT = "Change them with /attributes strength 2, hacking 3 hack decode, wits -, risky on."


def verbs_of(rules: DiceRules, name: str) -> str:
    """Return the verbs that an attribute decides by the player's wish, in a sentence."""
    attribute = rules.find(name)
    verbs = ", ".join(attribute.verbs) if attribute else ""
    return f"Also for: {verbs}." if verbs else ""


def attributes_text(rules: DiceRules) -> str:
    """Return the rules as line mode shows them."""
    lines = [
        f"{RISKY:<14}{'on' if rules.risky else 'off':<6}{ABOUT_RISKY}",
        f"{THRESHOLD:<14}{rules.threshold:<6}{ABOUT_THRESHOLD}",
        "",
    ]
    for each in rules.attributes:
        about = verbs_of(rules, each.name)
        lines.append(f"{each.name:<14}{signed(each.modifier):<6}{about}".rstrip())
    return "\n".join([*lines, "", HINT])
