"""Time a step of preference tuning: as trl does it, and with what we changed, in turns.

    python -m benchmarks.preference_speed [--model grue-135m] [--pairs 48] [--micro-batch-size 4]

The pairs are those of stories/scored/games.jsonl, in the order of the trainer. Each micro-batch is
read, and its gradient computed, in every way before the next one comes; the time is CPU time, so
that other programs count little.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from trl.trainer.dpo_trainer import DataCollatorForPreference
from trl.trainer.utils import add_fused_lm_head

from stories.scored import make_pairs
from training.models.loading import load_causal_lm
from training.preferences.encoding import EncodedPair, encode_pairs
from training.preferences.pair_order import PromptSampler
from training.preferences.pairs import read_pairs
from training.preferences.scoring import score_replies_only

OUTPUTS = ("log_probs", "entropy", "mean_logits", "is_top1")
"""What trl's DPOTrainer lets a model compute of each token."""

GAMES = make_pairs.REPLIES.parent / "games.jsonl"
RANK = 16

Batch = dict[str, torch.Tensor]


def read_encoded(tokenizer: Any) -> list[EncodedPair]:
    """Return the pairs of games as token ids, in the order of the trainer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        make_pairs.make_pairs(GAMES, file, min_difference=1, max_pairs=4)
        encoded = encode_pairs(read_pairs(file).pairs, tokenizer, max_seq_length=1024)
    order = PromptSampler([tuple(pair.prompt_ids) for pair in encoded], seed=1)
    return [encoded[number] for number in order]


def batches(pairs: Sequence[EncodedPair], size: int) -> Iterator[Batch]:
    """Yield micro-batches as trl's collator makes them, with labels."""
    collate = DataCollatorForPreference(pad_token_id=0)
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    for start in range(0, len(pairs), size):
        rows = [{name: getattr(pair, name) for name in names} for pair in pairs[start:][:size]]
        batch = collate(rows)
        labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
        yield {name: batch[name] for name in ("input_ids", "attention_mask")} | {"labels": labels}


def ways(model: Any) -> dict[str, Callable[..., Any]]:
    """Return the forward functions that are compared, by name."""
    add_fused_lm_head(model, outputs=OUTPUTS)
    found = {"trl": model.forward}
    for name, shares in (("replies only", False), ("prompts shared", True)):
        model.forward = found["trl"]
        score_replies_only(model, share_prompts=shares)
        found[name] = model.forward
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table; return the exit status."""
    parser = argparse.ArgumentParser(description="Time a step of preference tuning.")
    parser.add_argument("--model", default="grue-135m")
    parser.add_argument("--pairs", type=make_pairs.positive, default=48)
    parser.add_argument("--micro-batch-size", type=make_pairs.positive, default=4)
    options = parser.parse_args(arguments)
    base = load_causal_lm(options.model)
    pairs = [*islice(read_encoded(base.tokenizer), options.pairs)]
    model: Any = base.model
    tuned = get_peft_model(model, LoraConfig(r=RANK, target_modules="all-linear"))
    compared = ways(model)
    seconds = dict.fromkeys(compared, 0.0)
    furthest = 0.0
    for number, batch in enumerate(batches(pairs, options.micro_batch_size)):
        scores = {}
        names = [*compared] if number % 2 else [*compared][::-1]
        for name in names:
            model.forward = compared[name]
            started = time.process_time()
            output = tuned(**batch, use_cache=False, fused_lm_head=True)
            output.log_probs.sum().backward()
            seconds[name] += time.process_time() - started
            scores[name] = output.log_probs.sum(dim=1).detach()
        furthest = max(furthest, *((each - scores["trl"]).abs().max() for each in scores.values()))
    tokens = sum(pair.tokens for pair in pairs) / len(pairs)
    print(f"{len(pairs)} pairs of {tokens:.0f} tokens, {options.micro_batch_size} at a time")
    for name, spent in seconds.items():
        ratio = seconds["trl"] / spent
        print(f"{name:<16}{spent / len(pairs):6.2f} s of CPU time a pair  {ratio:5.2f} times trl")
    print(f"log-probabilities of replies differ by {furthest:.5f} nats at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
