"""Parse the rooms, actions and approaches of an egamebook file, and turn their texts into ink.

The tool's own ink has no knots. Its conditions are Dart, and its code is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus_scraper.formats.markup import replace_between

KINDS = ("ROOM", "ACTION", "APPROACH")

_FIELDS = frozenset(
    """
    ROOM ACTION APPROACH COMMAND PREREQUISITES FOR_LOCATION INK FIRST_DESCRIPTION DESCRIPTION
    COMPLETE_SUCCESS_DESCRIPTION HINT POS MAP_NAME VARIANT_UPDATE_DESCRIPTION VARIANT_OF RULE NOTES
    FIRST_MAP_NAME FIRST_HINT FLAGS FIGHT_SITUATION AFTER_MONSTERS_CLEARED REPEATABLE IS_IMMEDIATE
    FAILURE_BEGINNING_DESCRIPTION COMPLETE_SUCCESS_PROBABILITY WHERE RESCUE_PREREQUISITES
    RESCUE_HINT RESCUE_EFFECT RESCUE_DESCRIPTION RESCUE_COMMAND GROUND_MATERIAL SUCCESS_EFFECT
    CONTINUATION_OF_FAILURE_DESCRIPTION CONTINUATION_OF_FAILURE_COMMAND
    CONTINUATION_OF_FAILURE_HINT CONTINUATION_OF_FAILURE_EFFECT
    """.split()
)
_FIELD = re.compile(r"([A-Z][A-Z_]{2,60}):[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A room, an action or an approach."""

    kind: str
    name: str
    """Without its `$`; for an approach, the room it leads to."""
    fields: dict[str, str] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """Return the first of the fields that has a text, as ink."""
        for name in names:
            written = self.fields.get(name, "").strip()
            ink = to_ink(written, is_ink=name == "INK")
            if ink and written not in ("$NONE", "N/A"):
                return ink
        return ""

    def condition(self, name: str) -> str:
        """Return the condition in a field, in words."""
        return condition(self.fields.get(name, ""))


def parse_entries(text: str) -> Iterator[Entry]:
    """Yield the entries of a file."""
    entry: Entry | None = None
    named = ""
    for line in text.split("\n"):
        found = _FIELD.fullmatch(line)
        if line.startswith("//"):
            continue
        if not found or found[1] not in _FIELDS:
            if entry and named:
                entry.fields[named] += f"{line}\n"
            continue
        named, value = found[1], found[2]
        if named in KINDS:
            if entry:
                yield entry
            entry = Entry(named, re.sub(r"\W", "", value.strip().partition(" ")[0]))
        if entry:
            entry.fields[named] = f"{value}\n"
    if entry:
        yield entry


def condition(written: str) -> str:
    """Return a Dart condition without the characters that ink would interpret."""
    lines = (line.partition("//")[0] for line in written.split("\n"))
    said = " ".join(" ".join(lines).split()).replace("&&", "and").replace("||", "or")
    said = re.sub(r"!(?!=)", "not ", said).replace("->", "")
    return re.sub(r"[{}|\[\]:;\\#]", "", said).strip()


def command(written: str) -> str:
    """Return the text of a choice; empty for an action that is automatic.

    `Argo >> Talk >> “Who?”` becomes `“Who?”`, `Water >> see` becomes `See Water`, and
    `Inventory >> Star >> give to Ada` becomes `Give Star to Ada`.
    """
    parts = [part.strip() for part in written.strip().split(">>")]
    if parts[-1] in ("$IMPLICIT", "N/A"):
        return ""
    if len(parts) == 1 or parts[-1][:1] in "\"“'‘":
        return parts[-1]
    subject = parts[-2] if parts[0] == "Inventory" else parts[0]
    verb = parts[-1][:1].upper() + parts[-1][1:]
    words = subject.split()
    if words[1:] and words[1].islower():  # then the first word is a noun, and no name
        subject = subject[:1].lower() + subject[1:]
    does, _, rest = verb.partition(" ")
    if rest.startswith(("to ", "with ")):
        return f"{does} {subject} {rest}"
    return f"{verb} {subject}"


_RULES = (
    (re.compile(r"\[\[RULESET\]\]\s*"), "\n{\n"),
    (re.compile(r"\s*\[\[ENDRULE\]\]\s*"), "\n"),
    (re.compile(r"\[\[ENDRULESET\]\]"), "}\n"),
)
_RULE = re.compile(r"\[\[RULE\]\]((?:(?!\[\[)[\s\S]){0,2000})\[\[THEN\]\]\s*")
_IF = re.compile(r"\[\[IF ((?:(?!\]\])[^\n]){1,1000})\]\]")
_PICTURE = re.compile(r"!\[[^\]\n]{0,2000}\]\([^)\n]{0,500}\)")
_TOAST = re.compile(r"<p class=\"?toast\"?>[^<]{0,2000}</p>")
_STARS = re.compile(r"^([ \t]*(?:\*[ \t]*)+)(\S.*)$", re.MULTILINE)
_HINT = re.compile(r"\(\([^()\n]{0,500}\)\)")
_SPECIAL = re.compile(r"^[ \t]*([*+=~-])", re.MULTILINE)


def to_ink(written: str, *, is_ink: bool) -> str:
    """Return a text as ink; unless it `is_ink`, its lines start no choice."""
    text = replace_between(written, "[[CODE]]", "[[ENDCODE]]")
    text = _TOAST.sub("", _PICTURE.sub("", text))
    text = re.sub(r"^[ \t]*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<!\[)\[(\w{1,12})\](?!\])", r"\1", text)
    if not is_ink:
        text = _SPECIAL.sub(r"\\\1", text)
    text = _RULE.sub(lambda found: f"- {_rule_condition(found[1])}:\n", text)
    for rule, ink in _RULES:
        text = rule.sub(ink, text)
    text = _IF.sub(lambda found: f"{{{condition(found[1])}: ", text)
    text = text.replace("[[ELSE]]", "|").replace("[[ENDIF]]", "}")
    if is_ink:
        text = _STARS.sub(lambda found: f"{found[1]}[{_option(found[2])}]", text)
    return text.strip()


def _rule_condition(written: str) -> str:
    return "else" if "$DEFAULT" in written else condition(written)


def _option(written: str) -> str:
    said = _HINT.sub("", written).replace(" >> ...", "")
    return re.sub(r"[\[\]]", "", said).strip()
