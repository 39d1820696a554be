#!/bin/sh
# Make the adapter in this folder, from a clone of the repository:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh OUT [BASE]
#
# BASE is what `grue train --base` takes: gpt2 makes an adapter on GPT-2 from the hub. Left out, it is
# the base of the default model.
#
# All it is trained on is in `stories/plain/` and `stories/scored/` of the clone. OUT is the folder for
# the corpus and the models. It takes about an hour on two idle cores; when interrupted, continue with
# `grue train OUT/corpus -o OUT/model --resume`, or for the second training with `grue train
# --preferences OUT/pairs.jsonl -o OUT/tuned --resume`. docs/adapter.md tells what was tried.
#
# The first training of these weights was on 892 of the adventures k to o, before their second reader;
# works.jsonl lists them. As they are now, 993 files, they make a slightly different model. The scored
# replies are those of these weights.
set -eu
clone=$(cd "$(dirname "$0")/../../../.." && pwd)
out=$1
base=${2:-smollm2-135m}
mkdir -p "$out"

grue corpus build "$clone"/stories/plain/[k-o]-*.txt -o "$out/corpus" --licence permissive --holdout-fraction 0.01

# Replies only: the player's lines are context, so the model never learns to write them.
grue train "$out/corpus" --base "$base" --method lora --lora-rank 32 -o "$out/model" \
    --train-on replies --max-seq-length 1024 --batch-size 3 --micro-batch-size 3 \
    --learning-rate 8e-4 --epochs 2 --max-steps 245 --eval-steps 60 --eval-rows 4

# Then its own replies, good ones and bad ones to the same action.
python "$clone/stories/scored/make_pairs.py" "$out/pairs.jsonl"
grue train --preferences "$out/pairs.jsonl" --base "$out/model" -o "$out/tuned" \
    --beta 0.2 --sft-weight 0.2 --learning-rate 1e-4 --epochs 1 --eval-steps 37

grue export "$out/tuned" --safetensors "$out/grue-135m" --adapter-only

# On adventures that nothing here is trained on.
grue corpus build "$clone"/stories/held-out/plain/*.txt -o "$out/held-out" --licence permissive \
    --holdout-fraction 0.15
grue evaluate "$out/grue-135m" --corpus "$out/held-out" --baseline "$base" --no-contamination --record
