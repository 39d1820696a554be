"""Read a prompt once for all replies to it, where trl reads it before each of them.

A prompt and all replies to it are laid out in one row; a mask lets a reply see its prompt and
itself. Prompts are ten to twenty times as long as replies, so this at least halves the work
(docs/benchmarks.md).
"""

from dataclasses import dataclass
from typing import Any

import torch

IGNORE_INDEX = -100

_PROMPT = 0
"""What stands for the reply's number where a token is of a prompt."""

_TOLERANCE = 0.05
"""Share by which the state of a token may differ: of SmolLM2 135M in bfloat16 it is 0.007 at most,
and 0.3 and more where positions or mask are wrong."""


@dataclass(frozen=True, slots=True)
class SharedBatch:
    """A batch in one row of tokens, and how to find its own places there."""

    input_ids: torch.Tensor
    """(1, tokens)"""
    position_ids: torch.Tensor
    """(1, tokens): where each token stands in its own sequence."""
    visible: torch.Tensor
    """(1, 1, tokens, tokens): whether the first token sees the second one."""
    places: torch.Tensor
    """(batch, length): where each token of the batch is in the row; 0 for padding."""

    def attention_mask(self, model: Any) -> torch.Tensor:
        """Return the mask in the form that the attention of `model` takes."""
        if model.config.get_text_config()._attn_implementation == "sdpa":
            return self.visible
        scores = torch.zeros(self.visible.shape, dtype=model.dtype, device=self.visible.device)
        return scores.masked_fill(~self.visible, torch.finfo(model.dtype).min)


def share_prompts(
    input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
) -> SharedBatch:
    """Return a batch, padded at the right, in one row. All are (batch, length).

    What comes before the first label of a sequence is its prompt.
    """
    lengths = attention_mask.sum(dim=1).tolist()
    starts = _reply_starts(labels)
    ids: list[int] = []
    positions: list[int] = []
    owners: list[tuple[int, int]] = []  # of each token: the place of its prompt, and its reply
    prompts: dict[tuple[int, ...], int] = {}
    places = torch.zeros_like(input_ids)
    for row, (length, start) in enumerate(zip(lengths, starts, strict=True)):
        sequence = input_ids[row, :length].tolist()
        prompt = tuple(sequence[:start])
        if prompt not in prompts:
            prompts[prompt] = len(ids)
            ids += prompt
            positions += range(start)
            owners += [(prompts[prompt], _PROMPT)] * start
        at = prompts[prompt]
        places[row, :start] = torch.arange(at, at + start)
        places[row, start:length] = torch.arange(len(ids), len(ids) + length - start)
        ids += sequence[start:]
        positions += range(start, length)
        owners += [(at, 1 + row)] * (length - start)
    device = input_ids.device
    position = torch.tensor(positions, device=device)
    return SharedBatch(
        torch.tensor([ids], device=device),
        position[None],
        _visible(torch.tensor(owners, device=device), position)[None, None],
        places,
    )


def _visible(owners: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    """Return which token (row) sees which (column), of `owners` (tokens, 2): (tokens, tokens)."""
    prompt, reply = owners.unbind(dim=1)
    same_prompt = prompt[:, None] == prompt[None, :]
    same_reply = (reply[None, :] == _PROMPT) | (reply[:, None] == reply[None, :])
    return same_prompt & same_reply & (position[None, :] <= position[:, None])


def read_shared(
    model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """Return the last hidden states of a batch, each prompt read once: (batch, length, hidden).

    Prompts are read one after another: in one row attention to all others would be computed, too,
    before the mask takes it away.
    """
    rows_of: dict[tuple[int, ...], list[int]] = {}
    for row, start in enumerate(_reply_starts(labels)):
        rows_of.setdefault(tuple(input_ids[row, :start].tolist()), []).append(row)
    states = [
        _read_row(model, share_prompts(input_ids[rows], attention_mask[rows], labels[rows]))
        for rows in rows_of.values()
    ]
    order = torch.tensor([row for rows in rows_of.values() for row in rows])
    return torch.cat(states)[order.argsort()]


def _read_row(model: Any, batch: SharedBatch) -> torch.Tensor:
    hidden = model.base_model(
        input_ids=batch.input_ids,
        position_ids=batch.position_ids,
        attention_mask=batch.attention_mask(model),
        use_cache=False,
    ).last_hidden_state
    return hidden[0][batch.places]  # type: ignore[no-any-return]


def _reply_starts(labels: torch.Tensor) -> list[int]:
    """Return where the first label of each sequence is."""
    starts: list[int] = (labels != IGNORE_INDEX).int().argmax(dim=1).tolist()
    return starts


@torch.no_grad()
def can_share_prompts(model: Any) -> bool:
    """Return whether `model` reads a small batch alike either way.

    Where a layer looks at a window, is recurrent, or makes its own mask, it does not.
    """
    config = model.config.get_text_config()
    is_plain = set(getattr(config, "layer_types", None) or ()) <= {"full_attention"}
    # What transformers' own attention reads takes the mask as it is; GPT-Neo adds one to it, whose
    # window is longer than the small batch.
    takes_mask = model._supports_sdpa or model._supports_attention_backend
    if not is_plain or getattr(config, "sliding_window", None) or not takes_mask:
        return False
    ids, mask, labels = (each.to(model.device) for each in _small_batch(config.vocab_size))
    was_training = model.training
    model.eval()
    try:
        whole = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False)
        shared = read_shared(model, ids, mask, labels)
    except (TypeError, ValueError, RuntimeError, IndexError):
        return False  # it takes no positions, or no such mask
    finally:
        model.train(was_training)
    expected = whole.last_hidden_state[mask.bool()].float()
    differences = (shared[mask.bool()].float() - expected).norm(dim=1) / expected.norm(dim=1)
    return bool((differences < _TOLERANCE).all())


def _small_batch(vocab_size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, attention mask and labels of two long replies to a prompt, (2, 32) each.

    In one row the second reply is far from its prompt: a model that takes its positions from there
    shows it.
    """
    ids = torch.arange(1, 33).repeat(2, 1)
    ids[1, 8:] += 24
    mask = torch.ones_like(ids)
    mask[1, -1] = 0
    labels = ids.masked_fill((mask == 0) | (torch.arange(32) < 8), IGNORE_INDEX)
    return ids % vocab_size, mask, labels
