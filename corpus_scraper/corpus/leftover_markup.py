r"""Find markup, macros, variables, placeholders and base64 that are left in prose.

What prose itself may hold is none: `<3`, `$5`, `a * b`, an e-mail address, `[sic]`, drawings of
characters. Every pattern stops at the mark it begins with, so a search takes linear time.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

LEFTOVER_MARKUP = "leftover markup"
"""Name of this block in counts."""

MAX_PER_100 = 1.0
"""Leftovers in 100 documents of a source above which a build warns."""

MAX_EXAMPLES = 3
"""Examples that are kept of each kind in each source."""

MAX_EXCERPT = 80
"""Characters of an excerpt."""

STYLE = "style"
"""The kind of `*word*` and `_word_`."""

STYLED = frozenset({"dendry", "twee", "twine"})
"""Formats in which these marks are markup; elsewhere they are what readers see."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in a text that its author did not mean to be read."""

    kind: str
    """One of `KINDS`."""
    excerpt: str
    """The text as it stands, at most `MAX_EXCERPT` characters of it."""


@dataclass(slots=True)
class SourceLeftovers:
    """What is left over in the documents of one source."""

    documents: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By kind: the ids of works, with excerpts."""

    @property
    def total(self) -> int:
        """Leftovers of all kinds."""
        return self.kinds.total()

    @property
    def per_100_documents(self) -> float:
        """Leftovers in 100 documents."""
        return 100 * self.total / self.documents if self.documents else 0.0

    def add(self, work: str, documents: int, leftovers: Iterable[Leftover]) -> None:
        """Count what is left over in the documents of a work."""
        self.documents += documents
        for found in leftovers:
            self.kinds[found.kind] += 1
            examples = self.examples.setdefault(found.kind, [])
            if len(examples) < MAX_EXAMPLES:
                examples.append((work, found.excerpt))

    def document(self) -> dict[str, Any]:
        """Return the counts for a manifest."""
        return {
            "documents": self.documents,
            "leftovers": self.total,
            "per_100_documents": round(self.per_100_documents, 2),
            "kinds": dict(self.kinds.most_common()),
            "examples": [
                {"kind": kind, "work": work, "text": excerpt}
                for kind, examples in self.examples.items()
                for work, excerpt in examples
            ],
        }


_HTML_NAMES = """
    a abbr article aside audio b big blockquote body br button canvas center code color dd details
    div dl dt em figure font footer form h[1-6] head header hr html i iframe img input kbd label li
    link main mark meta nav nobr noscript ol option p pre s script section select size small source
    span sprite strike strong style sub summary sup svg table tbody td textarea tfoot th thead title
    tr tt u ul video tw-[a-z]+
"""
_ENTITIES = """
    amp apos copy deg euro gt hellip laquo ldquo lsquo lt mdash middot nbsp ndash pound quot raquo
    rdquo reg rsquo shy thinsp times trade [A-Za-z](?:acute|cedil|circ|grave|ring|tilde|uml)
"""
_SUGARCUBE = """
    actions addclass append audio back break button cacheaudio capture case checkbox choice click
    continue copy cycle default display done else elseif endif endlink endsilently endnobr for
    forget goto if include link linkappend linkprepend linkreplace listbox masteraudio next nobr
    numberbox playlist prepend print radiobutton remember remove removeclass repeat replace return
    run script set silently stop switch textarea textbox timed toggleclass type unset widget
"""
_HARLOWE = """
    alert align append background bg box button char-style click click-append click-prepend
    click-replace colou?r cond css cycling-link dialog display dropdown either else else-?if enchant
    event font for forget go-?to hidden hide history hook icon-[a-z]+ if input input-box line-style
    link link-goto link-repeat link-replace link-reveal link-reveal-goto link-show link-style
    link-undo live loop macro meter mouseout mouseover nth opacity output prepend print prompt put
    random replace restart savegame seq-link set show storylet t8n t8n-time text-colou?r text-indent
    text-rotate text-size text-?style transition transition-time undo unless verbatim visited
"""
_CHOICESCRIPT = """
    achieve achievement allow_reuse author bug check_achievements choice comment create
    create_array delete disable_reuse else elseif elsif ending fake_choice finish gosub gosub_scene
    goto goto_random_scene goto_scene hide_reuse if image input_number input_text label line_break
    link page_break params print rand return save_checkpoint scene_list script selectable_if set
    setref sound stat_chart subscribe temp temp_array text_image title
"""


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_PATTERNS = (
    (
        "base64",
        r"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=]*+"
        r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}+={0,2}",
    ),
    (
        "macro",
        rf"<</?(?:{_any(_SUGARCUBE)}\b|[=-]\s|[a-z]\w*(?:\s++[\"'$\d][^<>\n]{{0,300}})?>>)"
        rf"[^<>\n]{{0,300}}(?:>>)?"
        rf"|\({_any(_HARLOWE)}:\s*+"
        r"(?:(?=[\"'$_\d(?)]|visited|not\b)[^()\n]{0,200}\)?|[^()\n]{0,200}\)\s{0,5}(?:\+\s{0,5}\(|\[))"
        r"|\|[\w-]{1,40}[>)]\[|\]<[\w-]{1,40}\|"
        r"|^(?:=+><=+|=={1,20}>|<==+)$"
        r"|<%[^%\n]{0,200}(?:%>)?|%>"
        r"|\{(?:embed|reveal|restart|back|cycling|dropdown|text input) [^{}\n]{0,200}\}"
        r"|\{\{[^{}\n]{0,200}\}\}|\{%[^{}\n]{0,200}%\}"
        r"|\[(?:if|unless|else|else if|otherwise|end if|one of|ifalways|ifnever|at random|stopping"
        r"|(?:bold|italic|roman) type|(?:line|paragraph) break|after \d+ ?\w+)\b"
        r"[^\[\]\n]{0,100}[\[\]]"
        r"|\[(?:JavaScript|CSS|continued?|cont'd)\]$"
        r"|\[\? ?if\b[^\[\]\n]{0,200}(?:\?\])?|\[\+ ?[A-Za-z_][^\[\]\n]{0,100}(?:\+\])?|\s\?\]"
        r"|\{[!&~?][^{}\n]{1,200}\}",
    ),
    (
        "command",
        rf"^\*{_any(_CHOICESCRIPT)}\b(?!\*).{{0,200}}"
        r"|^(?:VAR|CONST|LIST|EXTERNAL|INCLUDE) [A-Za-z_]\w*(?:\s*=|\(|\.ink|$).{0,100}"
        r"|^~ ?[A-Za-z_]\w*\s*(?:[-+*/]?=|\+\+|--|\().{0,100}"
        r"|^={2,3} ?(?:function )?[A-Za-z_]\w*(?: ?={2,3})?$"
        r"|^-> ?[A-Za-z_][\w.]*$|->->|-> ?(?:DONE|END|[A-Za-z]\w*_\w+|\w+\.\w+)\s*$"
        r"|^<- ?[a-z_]\w*$|^<>(?![<>])|(?<![<>])<>$"
        r"|^(?:on|view|choose|max|min|new|go|is|set|unavailable)[-_](?:arrival|bg|choices|departure"
        r"|display|if|music|page|special|sprites|subtitle|text|to|visits) ?:.{0,100}"
        r"|^- ?[@#][\w.]+(?: ?:.{0,100})?$|^:: ?\w.{0,100}$|^@[a-z_]\w*$"
        r"|\s# ?[A-Za-z_]+: ?\S.{0,60}$",
    ),
    ("link", r"\[\[[^\[\]\n]{1,300}\]\]|\[[<>]?img\[[^\[\]\n]{0,300}\]{0,2}"),
    (
        "HTML",
        rf"</?{_any(_HTML_NAMES)}(?=[\s/>=])[^<>\n]{{0,500}}>|</[A-Za-z][\w-]{{0,30}}>|<!--"
        rf"|&(?:#\d{{1,7}}|#[xX][\dA-Fa-f]{{1,6}}|{_any(_ENTITIES)});",
    ),
    (
        "variable",
        r"[$@]!{0,2}\{[^{}\n]{0,200}\}?"
        r"|\{(?=[^{}\n]{0,300}[A-Za-z]{2})\s{0,5}(?:[A-Za-z_]{2}[\w.]{0,60}\s{0,5}"
        r"|[^{}\n|:=(]{0,100}[|:=(][^{}\n]{0,300})\}"
        r"|(?<![\w$])\$(?![A-Z]{2,3}\b)[A-Za-z_][\w.]*\w"
        r"|\bsomething (?:[<>]=?|[!=]=) \d+",
    ),
    (
        "emphasis",
        r"(?<![\w*])\*{2,3}(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*{2,3}(?![\w*])"
        r"|(?<!['\w])''(?=[^\s'])(?:[^'\n]|'(?!'))*+''"
        r"|(?<![:\w/])//(?=[^\s/])[^/\n]{1,300}(?<=[^\s/])//(?!/)"
        r"|~~(?=\w)[^~\n]{1,300}(?<=[^\s~])~~|\^\^(?=\w)[^^\n]{1,300}\^\^|@@[^@\n]{1,300}@@"
        r"|```|`(?=[^\s`'])[^`'\n]{1,80}`|^#{1,6} \S.{0,80}"
        r"|\[/[a-z]{1,10}\]|\[(?:b|u|n/|url|img|color|size)(?:=[^\[\]\n]{0,100})?\]"
        r"|\\[*\[\]<>{}$#](?=\w)",
    ),
    (
        STYLE,
        r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*(?![\w*])"
        r"|(?<![\w\\/|_])_{1,3}(?=[^\s_])[^_\n\\/|]{1,300}(?<=[^\s_])_{1,3}(?![\w\\/|])",
    ),
    (
        "identifier",
        r"(?<![\w@./\\|-])_?[a-z]{2,}(?:_[a-z0-9]{2,})+(?![\w@/\\|]|\.\w)"
        r"|(?<![\w\\/|])_[a-z]\w{1,40}(?<!_)(?![\w\\/|@])",
    ),
    (
        "code",
        r"\bfunction ?\w*\([^()\n]{0,100}\) ?\{"
        r"|\b(?:document|window|console|Math|State|Engine|setup|jQuery|localStorage)\.\w+"
        r"(?:[.\[ =]|\((?!\)))"
        r"|\b(?:var|let|const) \w+ ?= ?\S|\$\("
        r"|(?<=\w) ?(?:[!=]==?|&&|\|\||[<>]=|[-+]=) ?(?=[\"'$]?(?:\d|[A-Za-z_]{2}))"
        r"|^[.#]?[A-Za-z][\w-]* ?\{$|[a-z-]+: ?[^;:{}\n]{1,60}; ?\}",
    ),
    (
        "placeholder",
        r"(?<![\d%\w])%(?:\(\w+\))?[sd](?!\w)"
        r"|\[(?:[A-Z]+[ _])?(?:NAME|TODO|PLACEHOLDER|TBD|PRONOUNS?|PLAYER)\]"
        r"|\[(?:[Yy]our|[Ii]nsert|INSERT) [^\[\]\n]{0,40}\]"
        r"|<(?:first|last|origin|destination|planet|ship|npc|commodity|tons|payment)>"
        r"|\bTODO\b|\bFIXME\b|\bPLACEHOLDER\b|\b[Ll]orem ipsum\b|\[object Object\]"
        r"|Double-click this passage to edit it|[\ue000-\uf8ff\ufffd]",
    ),
)  # fmt: skip
"""Kinds with their patterns, the most telling first: each piece of a line counts once."""

KINDS = tuple(kind for kind, _ in _PATTERNS)

_LEFTOVER = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS))

_MARKS = re.compile(r"[<>{}\[\]$_*|\\^#&~`@=%\ue000-\uf8ff\ufffd]")
_CALL = re.compile(r"\([a-z][a-z0-9-]{0,30}:")
_LONG_WORD = re.compile(r"(?<!\S)\S{60}")
_WORDS = (
    *("''", "//", "::", ";base64,", "TODO", "FIXME", "PLACEHOLDER", "orem ipsum", "Double-click"),
    *("Math.", "document.", "window.", "console.", "State.", "Engine.", "setup.", "localStorage."),
    *("VAR ", "CONST ", "LIST ", "EXTERNAL ", "INCLUDE ", "-if:", "-to:", "-arrival:", "-page:"),
)
"""What a leftover without any of the marks has; most texts have none of all these."""


def find_leftovers(text: str, source: str = "") -> Iterator[Leftover]:
    """Yield what is left over in a transcript of the format `source`, in its order."""
    everywhere = any(word in text for word in _WORDS) or _CALL.search(text)
    everywhere = everywhere or _LONG_WORD.search(text)
    for line in text.split("\n"):
        if everywhere or _MARKS.search(line):
            for found in _LEFTOVER.finditer(line.removeprefix("> ")):
                kind = found.lastgroup or ""
                if _is_meant(kind, found[0], source):
                    continue
                yield Leftover(kind, _excerpt(found))


def _is_meant(kind: str, found: str, source: str) -> bool:
    """Return whether the author means what was found to be read."""
    return (kind == STYLE and source not in STYLED) or (kind == "base64" and not _is_encoded(found))


def _is_encoded(run: str) -> bool:
    """Return whether a long run of letters is base64, and no scream and no path."""
    return run.startswith("data:") or all(
        any(map(test, run)) for test in (str.isdigit, str.isupper, str.islower)
    )


def _excerpt(found: re.Match[str]) -> str:
    """Return the leftover with some of the text before and after it."""
    room = max(MAX_EXCERPT - len(found[0]), 0) // 2
    start = max(found.start() - room, 0)
    return found.string[start : start + MAX_EXCERPT].strip()
