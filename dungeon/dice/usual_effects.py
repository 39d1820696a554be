"""What usually becomes of what somebody tries to do something to. Data only.

Each pattern of verbs is matched at the beginning of what was tried (`cut the rope`), each effect at
the verb behind the subject of the reply (`breaks`).
"""

from dataclasses import dataclass

_LIVING = ("he", "she", "they", "it")
_THINGS = ("it", "they")


@dataclass(frozen=True, slots=True)
class UsualEffect:
    """What usually becomes of something to which something is done."""

    verbs: str
    """What is tried, in its base form, as a pattern."""
    effect: str
    """A pattern for the verb behind the subject of the reply. What it matches as `named` has to be
    named in what was tried, too."""
    pronouns: tuple[str, ...]
    """What the subject may be, besides what was named in the action."""
    means: tuple[str, ...] = ()
    """What has the effect in its stead: the knot holds."""


_OPENS = (
    r"(?:opens?|unlocks?|clicks?)(?=$|,| and | at once| easily| slowly| open)|"
    r"(?:swings?|springs?|slides?|is|are) open"
)

_ATTACK = (
    r"attack|beat|behead|bite|bludgeon|charge|choke|club|cut down|decapitate|hit|kick|kill|"
    r"knife|knock|murder|pierce|punch|ram|shoot|slap|slash|slay|smash|spear|stab|strangle|"
    r"strike|throttle"
)

_STEALTH = r"creep|hide|slip|sneak|steal|tiptoe"

DEATH = UsualEffect(
    _ATTACK,
    r"(?:falls?|drops?|collapses?|lies)(?: down| over)? dead\b|dies\b|(?:is|are) dead\b|bleeds?\b",
    _LIVING,
)
"""What becomes of nothing that an attack is made with: a sword may fall, and is not dead."""

USUAL_EFFECTS = (
    UsualEffect(
        _ATTACK,
        r"(?:falls?|drops?|collapses?|dies?)(?: down| over)?(?: dead)?(?=$|,| to the | and )|"
        r"(?:is|are) dead\b|bleeds?\b|(?:screams?|cries) and (?:falls?|dies|drops?)",
        _LIVING,
    ),
    UsualEffect(
        r"break|burst|chop|crush|cut|hack|rip|saw|sever|shatter|slice|smash|snap|split|tear",
        r"(?:breaks?|snaps?|shatters?|splits?|tears?|bursts?|parts?)"
        r"(?=$|,| and | in two| apart| off| open)|"
        r"(?:comes?|falls?) (?:apart|off|away|loose|open|to pieces)|gives? way",
        _THINGS,
    ),
    UsualEffect(
        r"drag|force|heave|haul|lift|loosen|move|prise|pry|pull|push|raise|roll|shift|shove|tear|"
        r"tug|turn|wrench",
        r"(?:moves?|opens?|lifts?|rises?|turns?|shifts?)"
        r"(?=$|,| and | slowly| a little| aside| easily)|"
        r"(?:comes?|slides?|rolls?) (?:out|away|loose|free|up|open|aside)",
        _THINGS,
    ),
    UsualEffect(  # of a lever that is pulled, that it comes off would be a failure
        r"(?:drag|force|lift|prise|pry|pull|push|slip|tear|tug|wrench)\b.* off",
        r"(?:comes?|slides?) off",
        _THINGS,
    ),
    UsualEffect(  # a rope that is pulled may give way under the player
        r"force|heave|move|prise|pry|push|ram|shift|shove",
        r"gives? way",
        _THINGS,
    ),
    UsualEffect(
        r"break|force|jimmy|open|pick|prise|pry|unbolt|unlock|unscrew",
        _OPENS,
        _THINGS,
        means=("lock", "lid"),
    ),
    UsualEffect(
        r"(?:break|force|jimmy|lift|open|pick|prise|pry|pull|turn|undo|unbolt|unlock|unscrew)\b.*"
        r"\b(?:bar|bolt|handle|hinge|key|knob|latch|lock|padlock)s?",
        _OPENS,
        _THINGS,
        means=("door", "gate", "lid", "box", "chest", "drawer", "safe"),
    ),
    UsualEffect(
        r"burn|ignite|kindle|light|set fire to",
        r"burns?(?=$|,| and | up\b| to ash| away\b| bright| at once)|lights up|flares?(?! out)|"
        r"catch(?:es)? fire|goes? up in",
        _THINGS,
    ),
    UsualEffect(
        r"bind|chain|fasten|tie",
        r"holds?(?=$|,| and | fast)",
        _THINGS,
        means=("knot", "knots", "rope", "chain"),
    ),
    UsualEffect(
        r"beg|bluff|bribe|cajole|charm|coax|convince|fool|lie to|persuade|sweet-talk|talk|trick",
        r"agrees?(?=$|,| and | to )|believes? (?:you|it|every word)(?=$|,| and )|nods?(?=$|,)|"
        r"says? yes|lets? you (?:by|free|go|have|in|keep|live|off|out|pass|past|stay|through)\b|"
        r"(?:gives?|hands?) (?:it to you\b|you (?:the|an?|his|her|its|their|your) (?P<named>\w+))",
        _LIVING,
    ),
    UsualEffect(
        _STEALTH,
        r"(?:does not|do not|doesn['’]t|don['’]t) (?:see|notice|hear) (?:you|it|anything)\b|"
        r"(?:sees?|notices?|hears?) nothing(?! but)",
        _LIVING,
    ),
    UsualEffect(
        _STEALTH,
        r"(?:finds|hears|looks(?! away)|notices|sees)\b(?!.*\b(?:but|except)\b)",
        ("nobody",),
    ),
)
