"""Detect a line that is not English: it is taken as it is, for only English has our grammar.

By function words, without which hardly a sentence gets along. A line without any is taken for
English when it is in Latin letters.
"""

import re

from dungeon.actions.verbs import ABBREVIATIONS, CONNECTIVES, PHRASE_STARTS, SUBJECTS, VERBS

_ENGLISH = (
    SUBJECTS
    | CONNECTIVES
    | PHRASE_STARTS
    | frozenset(
        "of to is are was were not do be up down out off into onto over him them me us".split()
    )
)

_OTHER = frozenset(
    """
    el la los las un una unos unas de del al y con por para que mi tu su en se lo
    le les des du au aux et avec dans sur pour mon ma mes ton sa ses je il elle nous vous ne pas
    der die das den dem des ein eine einen einem einer und mit auf zu zum zur ich du er sie es wir
    ihr mein meine meinen nicht von nach ins
    il lo gli uno di da con per che mio mia suo io nel nella sul sulla
    o os as um uma do da dos das com meu minha eu na em
    het een met op mijn ik je naar niet van
    te ti lui yo tú nos él
    en ett och med till jag min det den i og til jeg
    """.split()
)
"""Function words of Spanish, French, German, Italian, Portuguese, Dutch and Scandinavian."""

_GREETINGS = frozenset(
    """
    bonjour bonsoir salut merci hola buenos buenas gracias adiós guten hallo danke bitte ciao
    buongiorno buonasera grazie prego olá obrigado hej tack takk dzień dobry привет
    """.split()
)
"""First words of a line without a function word."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def is_other_language(line: str) -> bool:
    """Return whether `line` is not in English."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(line)]
    if not _LATIN.search(line):
        return bool(words)
    if len(words) < 2 or words[0] in VERBS or words[0].split("'")[0] in SUBJECTS:
        return False
    if ABBREVIATIONS.keys() >= set(words):  # n, e: in Italian `e` is a word
        return False
    if words[0] in _GREETINGS:
        return True
    foreign = sum(_is_foreign(word) for word in words)
    english = sum(word in _ENGLISH or word in VERBS for word in words)
    return foreign > english


def _is_foreign(word: str) -> bool:
    """Return whether it is: j'ouvre, l'eau, öffne."""
    return word in _OTHER or word[1:2] == "'" or not word.isascii()
