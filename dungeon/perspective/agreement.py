"""Find the forms of `to be` whose subject is `I`."""

import re
from collections.abc import Container, Iterator

_VERB = re.compile(r"(?<![\w'’-])(?:am|Am|AM|(?:was|Was|WAS)(?:n['’]t|N['’]T)?)(?![\w'’-])")
_MORNING = re.compile(r"\d\s?$")

_CLAUSE, _NEAR = 400, 120
"""Characters searched backwards for a subject: of a verb after `and`, and of any other."""

_ADVERB = (
    r"(?:[a-z]+ly|never|ever|always|still|also|too|now|then|once|again|often|soon|just|even|perhaps|"
    r"indeed|alone|myself|both|already|first|last|at (?:last|first|once|least)|not|no longer|"
    r"of course|for (?:one|once)|all|almost|quite|rather|therefore|thus|however|today|"
    r"sometimes|who)"
)
_ADVERBS = rf"(?:,?\s+{_ADVERB}\b,?){{0,4}}"
_I = r"(?<![^\W_])(?P<subject>[Ii])(?:_|\b)"
_BEFORE_VERB = (
    re.compile(rf"{_I}{_ADVERBS},?\s+$"),
    re.compile(rf"{_I}\s?[,(—–][^.;!?,()—–\"]{{1,80}}[,)—–]{_ADVERBS}\s*$"),
)
"""I never was; I who was; I, for my part, was."""

_AFTER_VERB = re.compile(rf"(?:\s+(?:not|then|indeed|ever|really))?\s+{_I}(?!\w|['’]\w)")
_OTHER_SUBJECT = re.compile(r"\b(?:(?i:it|this|that|he|she|which|one)|who)\s+$")
"""Was I late? But not: it was I."""

_JOINED = re.compile(rf"\b(?:and|but|or|nor|yet|then){_ADVERBS}\s+$")
_NEW_SUBJECT = re.compile(r"\s+(?:this|that|it|he|she|there|they|we)\b")
_DETERMINER = r"(?:the|an?|my|his|her|its|our|your|their|this|that|these|those|every|each|some|no)"
_CLAUSE_SUBJECT = re.compile(
    rf"{_I}(?!\w)(?!(?<=, I) \w+,)|"
    r"\b(?:he|she|we|they|there|who|which|that|what|while|when|as|until|till|because|since|if|though|although|where|"
    r"whose|how|why)\b|"
    r"\b(?:this|these|those|(?:every|no|some)(?:one|body|thing)|nothing)"
    r"(?= (?:is|was|are|were|ha[ds]|have|did|do|would|could|will|may)\b)|"
    r"\b(?:it|you)\b(?!\s*(?:$|[,;]|(?:and|but|or|then|to|in|on|with|from|away|back|up|down|out|off|"
    r"over|for|into|at|by)\b))|"
    rf"(?:\b(?:and|but|so|for)|,)\s+{_DETERMINER}\s[^,.;]{{1,60}}?\s(?:was|were|had|is|would|could)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(?:while|when|as|until|till|because|since|where|how|why)\b", re.IGNORECASE)
"""What begins a clause that says when, where or why, and seldom goes on after a comma."""

_BREAK = re.compile(r"[.!?;:\"]|\n[ \t]*\n")
"""I ran and was caught. But not: I saw who ran and was caught."""


def verbs_of_i(narration: str, subjects: Container[int]) -> Iterator[re.Match[str]]:
    """Yield each `am`, `was` and `wasn't` whose subject is an `I`, in order.

    `subjects` are the places in `narration` where an `I` is the pronoun.
    """
    for verb in _VERB.finditer(narration):
        if _agrees(narration, verb, subjects):
            yield verb


def _agrees(narration: str, verb: re.Match[str], subjects: Container[int]) -> bool:
    at = verb.start()
    if verb[0].lower() == "am" and verb[0] != "AM":
        return not _MORNING.search(narration, max(0, at - 2), at)
    for pattern in _BEFORE_VERB:
        found = pattern.search(narration, max(0, at - _NEAR), at)
        if found and found.start("subject") in subjects:
            return True
    found = _AFTER_VERB.match(narration, verb.end())
    if found and found.start("subject") in subjects:
        return not _OTHER_SUBJECT.search(narration, max(0, at - 8), at)
    joined = _JOINED.search(narration, max(0, at - _NEAR), at)
    if joined is None or _NEW_SUBJECT.match(narration, verb.end()):
        return False
    return _clause_subject(narration, joined.start()) in subjects


def _clause_subject(narration: str, end: int) -> int:
    """Return the place of the `I` that governs the clause before `end`, or -1 for another.

    A comma before `end` takes the sentence back out of an aside: I went where he was, and was lost.
    """
    start = max(0, end - _CLAUSE)
    for stop in _BREAK.finditer(narration, start, end):
        start = stop.end()
    is_taken_back = narration.endswith(", ", start, end)
    subject, aside = -1, start
    for found in _CLAUSE_SUBJECT.finditer(narration, start, end):
        if found.start() < aside:
            continue
        if is_taken_back and _ASIDE.match(narration, found.start()):
            comma = narration.find(",", found.end(), end)
            aside = end if comma < 0 else comma
            continue
        subject = found.start("subject")
    return subject
