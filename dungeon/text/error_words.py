"""How every error names things: what was typed in “…”, what Grue knows in `…`, what was meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from dungeon.text.cleaning import clean_line

SIMILAR = 0.6
"""Below this ratio of letters in common a name is not what was meant: `nosuch`, `speech`."""

_WORD = re.compile(r"[^a-z0-9]")

_LONGEST_TYPO = 80
"""Characters of a name that is compared with others."""


def in_quotes(typed: str, longest: int = 40) -> str:
    """Return what somebody typed, or what a file says, on one line of at most `longest` characters:
    “…”.
    """
    line = clean_line(typed)
    return f"“{line if len(line) <= longest else f'{line[: longest - 1]}…'}”"


def did_you_mean(typed: str, known: Iterable[str], mark: str = "") -> str:
    """Return ` Did you mean …?` with the known name that is most like `typed`, or an empty string.

    `mark` is what stands before such a name, as `/` before a command. The first letter of a word is
    seldom the wrong one, unless it is a word of the name: `rank`, `lora_rank`.
    """
    wanted = typed[:_LONGEST_TYPO].casefold()
    names = {name.casefold(): name for name in known}
    likely = [
        name for name in names if wanted and (name[:1] == wanted[0] or wanted in _WORD.split(name))
    ]
    near = get_close_matches(wanted, likely, n=1, cutoff=SIMILAR)
    return f" Did you mean `{mark}{names[near[0]]}`?" if near else ""
