"""Words that a line begins with when it is said: greetings, answers, curses and exclamations."""

import re

_GREETINGS = (
    r"(?:hello|hi|hey|greetings|farewell|goodbye|bye|thanks|thank you|sorry|cheers|"
    r"good (?:morning|day|evening|night|luck|grief|god|lord|heavens)|excuse me|pardon me)"
    r"\b(?! (?:to|with)\b|['’-])"
)
_WELCOME = r"welcome\b(?! (?:the|an?|him|her|them|it|my|our|your|his|their|every\w+)\b|['’-])"
"""Not `welcome the guests`."""

_ANSWERS = (
    r"(?:yes|yeah|yep|yup|aye|nope|nah|oh|ooh|ah|aah|ow|wow|of course|never ?mind|"
    r"let['’]?s|let us|long live)\b(?!['’-])"
)
_ALONE = (
    r"(?:no|okay|ok|alright|well|sure|god|jesus|christ|heavens|hell|shit|crap|fuck|blast|bugger|"
    r"my (?:god|goodness|lord|word)|dear (?:god|lord|me)|holy [a-z]+|bloody hell|well done|"
    r"shut up|whatever|enough)(?:[,.!?]|$)"
)
"""Said where nothing follows: `no`, `well, well`; but not `no one moves`, `well water`."""

_REFUSALS = (
    r"no (?:i|we|you|way|thanks|thank you|problem|sir|not|never|please|wait|stop|don['’]?t|idea|"
    r"doubt)\b"
)
_CURSES = (
    r"(?:damn|dammit|damnit|darn|goddamn)\b"
    r"|hell (?:no|yes|yeah)\b|god (?:bless|damn|forbid|forgive|help|knows|save)\b"
    r"|(?:fuck|screw|blast|bugger|curse|hate|bless|love|miss|see) you\b"
    r"|(?:fuck|bugger|piss|sod) off\b"
    r"|(?:fuck|screw|blast|bugger) (?:it|this|that|him|her|them)(?:[,.!?]|$)"
)
_SOUNDS = (
    r"(?:alas|aha|argh|aargh|bravo|eww|gosh|ha|haha|hmm+|hooray|hurrah|hurray|huh|jeez|oops|ouch|"
    r"phew|psst|shh+|ugh|whoa|yay|yikes)\b(?!['’-])"
)
_PHRASES = r"what an? |thank (?:god|goodness|heavens)\b|for [a-z]+['’]?s sake\b"

EXCLAMATION = re.compile(
    "|".join((_GREETINGS, _WELCOME, _ANSWERS, _ALONE, _REFUSALS, _CURSES, _SOUNDS, _PHRASES)),
    re.IGNORECASE,
)
"""Matches the beginning of a line that is said."""
