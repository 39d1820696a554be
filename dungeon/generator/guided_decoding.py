"""Guided decoding in the child process that runs llama.cpp: two slots, one token at a time.

llama.cpp does not guide, but it lists the likeliest tokens of a slot. So each token costs a step of
either slot, and is drawn here. Two single steps are quicker than one batch of two, which leaves
llama.cpp's fastest path. Both prompts get the biases of tokens: else a likely word of the player's
would not be listed, or left out as implausible.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dungeon.generator.guidance import guided_logits_of_likeliest
from dungeon.generator.sampler import Sampler
from dungeon.settings.sampling import DRY_BREAKERS, Sampling

LIKELIEST = 64
"""Tokens of each prompt that llama.cpp lists. Sampling leaves a handful; listing costs time."""

_CERTAIN = 50.0
"""A logit bias that leaves no other token a chance, and yet their probabilities beside it are no
smaller than single precision can hold."""

Document = dict[str, Any]

Complete = Callable[[Document, Callable[[Document], bool]], object]
"""Answers a completion request by calling back with its documents; True from there ends it."""


class GuidedDecodingError(Exception):
    """llama.cpp refused a step, or did not answer it."""


@dataclass(frozen=True, slots=True)
class GuidedRequest:
    """A guided request in token ids."""

    conditional: Sequence[int]
    unconditional: Sequence[int]
    max_tokens: int
    """0 reads the prompts only."""
    sampling: Sampling
    seed: int
    ignored: int
    """The token of a whole character that no story needs. llama.cpp itself is made to write it,
    since it lists nothing after half a character."""
    excluded: Sequence[int]
    """Tokens that are never drawn."""
    breakers: Sequence[int]
    """Tokens of the prompt over which no repeated sequence reaches."""
    logit_bias: Sequence[Sequence[float]] = ()
    """Token ids, each with what is added to its logit."""

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "GuidedRequest":
        """Return the request that the parent process sent as JSON."""
        return cls(**{**document, "sampling": Sampling(**document["sampling"])})


class GuidedDecoder:
    """Answers one guided request."""

    def __init__(
        self,
        complete: Complete,
        emit: Callable[[Document], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        """`emit` receives the documents for the parent process."""
        self._complete = complete
        self._emit = emit
        self._is_cancelled = is_cancelled
        self._pieces: dict[int, bytes] = {}
        self._vocabulary = 0
        """One more than the highest token id so far."""
        self._ignored_token = 0
        self._logit_bias: list[Sequence[float]] = []

    def run(self, request: GuidedRequest) -> None:
        """Emit the progress, then the tokens, then how it ended; stop early where cancelled.

        Raises GuidedDecodingError.
        """
        self._vocabulary = max(request.conditional) + 1
        self._ignored_token = request.ignored
        highest = max((bias for _, bias in request.logit_bias), default=0.0)
        certain = _CERTAIN + max(highest, 0.0)
        self._logit_bias = [[request.ignored, certain], *request.logit_bias]
        prompts = [list(request.conditional), list(request.unconditional)]
        progress = _Progress(self._emit, [len(prompt) for prompt in prompts])
        lists = []
        for slot, prompt in enumerate(prompts):
            lists.append(self._step(slot, prompt, progress))
            if self._is_cancelled():
                return
        breakers = set(request.breakers)
        sampler = Sampler(request.sampling, request.seed, prompts[0], breakers)
        for number in range(1, request.max_tokens + 1):
            token = self._draw(lists, request, sampler)
            piece = self._pieces[token]
            if not piece:  # control tokens have no text; in a story they end it
                self._finish("stop", progress)
                return
            others = [(each, list(self._pieces[each]), p) for each, p in sampler.others]
            self._emit(
                {
                    "token": token,
                    "bytes": list(piece),
                    "others": others,
                    "probability": sampler.probability,
                }
            )
            if any(text.encode() in piece for text in DRY_BREAKERS):
                breakers.add(token)
            if self._is_cancelled() or number == request.max_tokens:
                break
            for prompt in prompts:
                prompt.append(token)
            lists = [self._step(slot, prompt) for slot, prompt in enumerate(prompts)]
        self._finish("length", progress)

    def _draw(
        self, lists: Sequence[Mapping[int, float]], request: GuidedRequest, sampler: Sampler
    ) -> int:
        conditional = {t: p for t, p in lists[0].items() if t not in request.excluded}
        self._vocabulary = max(self._vocabulary, max(conditional) + 1)
        scale = request.sampling.guidance
        return sampler.next(
            guided_logits_of_likeliest(conditional, lists[1], scale, self._vocabulary)
        )

    def _step(
        self, slot: int, prompt: Sequence[int], progress: "_Progress | None" = None
    ) -> dict[int, float]:
        """Return the log-probabilities of the likeliest tokens after a prompt, best first.

        They lack a constant, which guidance does not need: without it llama.cpp would sort the
        whole vocabulary for each token.
        """
        found: dict[int, float] = {}
        errors: list[str] = []

        def receive(document: Document) -> bool:
            if "error" in document:
                errors.append(str(document["error"]))
            elif progress:
                progress.receive(slot, document)
            found.update(self._likeliest(document))
            return self._is_cancelled()

        self._complete(
            {
                "prompt": prompt,
                "id_slot": slot,
                "max_tokens": 1,
                "n_probs": LIKELIEST + 1,  # the ignored one is listed, too
                "samplers": ["top_k"],
                "top_k": LIKELIEST + 1,
                "post_sampling_probs": True,
                "logit_bias": self._logit_bias,
                "cache_prompt": True,
                "stream": progress is not None,
                "return_progress": progress is not None,
            },
            receive,
        )
        if not found and not self._is_cancelled():
            raise GuidedDecodingError(errors[0] if errors else "no token was listed")
        return found

    def _likeliest(self, document: Document) -> dict[int, float]:
        match document:
            case {"choices": [{"logprobs": {"content": [{"top_probs": listed}]}}]}:
                found = {}
                for entry in listed:
                    token, probability = entry["id"], entry["prob"]
                    if token != self._ignored_token and probability > 0:
                        self._pieces.setdefault(token, bytes(entry["bytes"]))
                        found[token] = math.log(probability)
                return found
            case _:
                return {}

    def _finish(self, reason: str, progress: "_Progress") -> None:
        self._emit({"finished": reason, "cached": sum(progress.cached)})


class _Progress:
    """How much of both prompts is read."""

    def __init__(self, emit: Callable[[Document], None], totals: Sequence[int]) -> None:
        self.cached = [0] * len(totals)
        self._emit = emit
        self._totals = totals
        self._done = [0] * len(totals)

    def receive(self, slot: int, document: Document) -> None:
        """Emit the progress in a document of a slot."""
        match document:
            case {"prompt_progress": {"processed": int(done), "cache": int(cached)}}:
                self._done[slot], self.cached[slot] = done, cached
                done = sum(self._done)
                self._emit({"progress": [done, sum(self._totals), sum(self.cached)]})
