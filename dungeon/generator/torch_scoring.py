"""Score the tokens of a reply with a model of transformers, by one pass over prompt and reply."""

from collections.abc import Sequence

import torch

from dungeon.generator.token_scores import COUNT, Candidates, ScoredToken, scored_tokens
from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.transcript import SEPARATOR

_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


@torch.no_grad()
def score_tokens(decoder: TorchDecoder, prompt: list[int], reply: str) -> tuple[ScoredToken, ...]:
    """Return the tokens of `reply` after `prompt`, token ids, and a blank line."""
    ids = decoder.encode(SEPARATOR + reply, add_special_tokens=False)
    device = next(decoder.model.parameters()).device
    inputs = torch.tensor([[*prompt, *ids]], device=device)  # (1, tokens)
    logits = decoder.model(input_ids=inputs, use_cache=False, logits_to_keep=len(ids) + 1).logits
    probabilities = logits[0, :-1].float().softmax(dim=-1)  # (reply tokens, vocabulary)
    top = probabilities.topk(min(COUNT, probabilities.shape[-1]), dim=-1)
    places = []
    for at, (likely, indices) in enumerate(
        zip(top.values.tolist(), top.indices.tolist(), strict=True)
    ):
        before = [*prompt, *ids[:at]][-1:]
        listed = [
            (piece, probability)
            for index, probability in zip(indices, likely, strict=True)
            if (piece := _piece(decoder, before, index)) is not None
        ]
        places.append(Candidates(_own_piece(decoder, [prompt[-1], *ids], at + 1), listed))
    return scored_tokens(places)


def _piece(decoder: TorchDecoder, before: list[int], token: int) -> bytes | None:
    """Return what `token` adds to the text; None where that is part of a character."""
    text = decoder.decode_ids([*before, token]).removeprefix(decoder.decode_ids(before))
    return None if _NO_CHARACTER in text else text.encode()


def _own_piece(decoder: TorchDecoder, ids: Sequence[int], at: int) -> bytes:
    """Return what the token at `at` adds to the text: the last one of a character adds all of it,
    the others nothing.
    """
    text, before = (decoder.decode_ids(ids[:end]) for end in (at + 1, at))
    if text.endswith(_NO_CHARACTER):
        return b""
    return text.removeprefix(before.rstrip(_NO_CHARACTER)).encode()
