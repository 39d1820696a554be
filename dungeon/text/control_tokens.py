"""Keep text from spelling the control tokens of chat models: `<|im_start|>`, `[INST]`.

Engines and servers read those in a prompt as tokens, whoever wrote them: a player or an imported
story could end a message, or speak as the system. Only the prompt changes, never the story.
"""

import re

_MARKER = re.compile(
    r"<(?=[|/<\[\uff5c]|[^\W\d])"  # <|im_end|>, <start_of_turn>, </s>, <<SYS>>; <3 is none
    r"|\[(?=/?[a-z]?[A-Z_]{2,32}\d{0,3}\])"  # [INST], [/INST], [SYSTEM_PROMPT], [gMASK]
)


def neutralise(text: str) -> str:
    """Return `text` with a space in everything that has the form of a control token.

    `neutralise(neutralise(text)) == neutralise(text)`.
    """
    return _MARKER.sub(r"\g<0> ", text)
