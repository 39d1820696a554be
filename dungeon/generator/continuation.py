"""The continuation of one prompt: what is sampled becomes text, until something ends it."""

from typing import Literal

from dungeon.generator.detokenizer import Detokenizer
from dungeon.generator.penalties import Logits
from dungeon.generator.sampler import Sampler
from dungeon.generator.token_scores import Alternative, possible_alternatives


class Continuation:
    """The continuation of one prompt: its sampler, its text, and why it ended."""

    def __init__(
        self,
        prompt: list[int],
        sampler: Sampler,
        detokenizer: Detokenizer,
        end_ids: frozenset[int],
        *,
        lists_alternatives: bool = False,
    ) -> None:
        self.prompt = prompt
        """Token ids."""
        self.cached_tokens = 0
        """Prompt tokens that were found in the prefix cache."""
        self.tokens = 0
        """Tokens written, without the end of text."""
        self.finish_reason: Literal["stop", "length"] | None = None
        """`stop`: an end-of-text token or a stop string; `length`: the limit; None: not yet."""
        self.alternatives: tuple[Alternative, ...] = ()
        """What the text of the last token could have been, where that is listed."""
        self._lists_alternatives = lists_alternatives
        self._sampler = sampler
        self._detokenizer = detokenizer
        self._end_ids = end_ids

    def sample(self, logits: Logits, *, is_last: bool) -> tuple[int, str]:
        """Sample a token from `logits`, (vocabulary,), and return it with the text it completes.

        The text is clean, and holds nothing of a stop string or after it. A finished continuation
        gives token 0 and no text.
        """
        if self.finish_reason is not None:
            return 0, ""
        token = self._sampler.next(logits)
        if token in self._end_ids:
            self.finish_reason = "stop"
            return token, self._detokenizer.rest()
        self.tokens += 1
        if self._lists_alternatives:
            self.alternatives = self._list_alternatives()
        text = self._detokenizer.add(token, self._sampler.probability, is_last=is_last)
        if self._detokenizer.stopped:
            self.finish_reason = "stop"
        elif is_last:
            self.finish_reason = "length"
        return token, text

    @property
    def probability(self) -> float:
        """How likely the last text was, which may be several tokens."""
        return self._detokenizer.probability

    def _list_alternatives(self) -> tuple[Alternative, ...]:
        others = self._sampler.others
        texts = self._detokenizer.variants(token for token, _ in others)
        chances = (probability for _, probability in others)
        return possible_alternatives(zip(texts, chances, strict=True))
