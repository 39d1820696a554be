"""Remove a model's thinking, `<think>…</think>`, from the stream of a reply.

Models that were trained to think do so unasked; it belongs neither in the story nor in the prompts
that quote the story.
"""

import re

_TAG = re.compile(r"<(/?)think(?:ing)?>")
_TAG_BEGINNING = re.compile(r"</?(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?\Z")


def ends_in_thinking(text: str) -> bool:
    """Whether `text` ends within a model's thinking, of which it has the beginning."""
    tags = _TAG.findall(text)
    return bool(tags) and not tags[-1]


class ThinkingFilter:
    """Removes the thinking of one reply, in time linear in its length.

    A block that never ends hides the rest of the reply. A closing tag without an opening one is
    removed by itself: what is before it has been shown.
    """

    def __init__(self) -> None:
        self._held = ""  # the end of the stream so far, if it may be the beginning of a tag
        self._is_thinking = False
        self._skips_gap = False  # between the thinking and the reply

    def feed(self, chunk: str) -> str:
        """Return the text after `chunk` that is no thinking; of the end, only what is certain."""
        text = self._held + chunk
        beginning = _TAG_BEGINNING.search(text)
        end = beginning.start() if beginning else len(text)
        self._held = text[end:]
        kept, start = [], 0
        for tag in _TAG.finditer(text, 0, end):
            kept.append(self._reply_text(text[start : tag.start()]))
            self._is_thinking, self._skips_gap = not tag[1], True
            start = tag.end()
        kept.append(self._reply_text(text[start:end]))
        return "".join(kept)

    def finish(self) -> str:
        """Return the end that was held back and has turned out to be no tag."""
        held, self._held = self._held, ""
        return self._reply_text(held)

    def _reply_text(self, text: str) -> str:
        if self._is_thinking:
            return ""
        if self._skips_gap:
            text = text.lstrip()
            self._skips_gap = not text
        return text
