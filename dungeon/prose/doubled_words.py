"""Find a word that stands twice in a row by mistake: `says the breathing breathing`.

Small models write it, and copy it from then on. In the narration of English replies only; a right
doubling ("he had had enough", "a long long road", "all that moves moves") is left alone.
"""

import re

from dungeon.prose.words import words_of
from dungeon.text.quotations import mask_quotations

_ENGLISH = re.compile(r"\b(?:the|you|your|and)\b", re.IGNORECASE)
_DETERMINERS = "a an the my your his her its our their this these those every each another"
_NEVER_TWICE = "a an the my your our their and"
_DOUBLED = re.compile(
    rf"""
    (?<![\w'’-])(?:
        (?P<first>{_NEVER_TWICE.replace(" ", "|")})[ ](?P=first)
        | (?:{_DETERMINERS.replace(" ", "|")})[ ](?P<noun>[a-z]{{4,}})[ ](?P=noun)
        | (?<=[ ])(?P<other>[a-z]{{4,}}[a-rt-z])[ ](?P=other)
    )(?![\w'’-])
    """,
    re.VERBOSE,
)
"""In small letters, since a capital may begin a name: `Bora Bora`. An `s` may end a verb of two
clauses: "the door he opens opens on a yard"."""

_CLAUSE = re.compile(
    r"\b(?:who|whoever|what|whatever|which|that|where|wherever|when|whenever|as|if|than|how|all|"
    r"everything|everybody|everyone|nothing|nobody)\b[^.,;:!?—–…]*\Z",
    re.IGNORECASE,
)
"""Before a word: it may end one clause and, said again, go on with another."""

_EMPHATIC = frozenset(
    """
    very really never again about there where quite long deep dark cold cool warm hard high wide
    good great grand nice fine real true pure pretty tiny little small huge giant sweet dear poor
    slow slowly quick quickly fast faster nearer closer louder older quiet quietly softly gently
    early late later more less many much most other same next last over under round down away back
    here people that thing
    """.split()
)
"""Words that may be said twice on purpose, or belong to two clauses."""

_SOUNDS = re.compile(
    r"blah|boom|bang|beep|buzz|caw|chirp|choo|clack|clang|clank|clap|clatter|click|clink|clip|clop|"
    r"cluck|crack|creak|cuckoo|ding|dong|drip|drop|drum|flap|gobble|hiss|honk|hush|knock|meow|"
    r"night|patter|pitter|ping|plink|plop|pock|quack|rattle|ring|scratch|shush|slap|snap|splash|"
    r"squawk|squeak|squelch|squish|swish|tap|thud|thump|tick|tock|toot|tweet|whir+|whoosh|woof|"
    r"yadda|yoohoo"
)


def has_doubled_word(text: str, given: tuple[str, ...] = ()) -> bool:
    """Return whether the narration of `text` says a word twice in a row by mistake; what the texts
    `given` say twice, the player's action for example, may be said so again.
    """
    if not _ENGLISH.search(text):
        return False
    narration = mask_quotations(text)
    return any(
        _is_mistake(doubled, narration) and not _is_given(doubled, given)
        for doubled in _DOUBLED.finditer(narration)
    )


def _is_mistake(doubled: re.Match[str], narration: str) -> bool:
    if doubled["first"]:
        return True
    word = doubled["noun"] or doubled["other"]
    if word in _EMPHATIC or _SOUNDS.fullmatch(word):
        return False
    return bool(doubled["noun"]) or not _CLAUSE.search(narration[: doubled.start()])


def _is_given(doubled: re.Match[str], given: tuple[str, ...]) -> bool:
    word = doubled["first"] or doubled["noun"] or doubled["other"]
    return any(f" {word} {word} " in f" {' '.join(words_of(text))} " for text in given)
