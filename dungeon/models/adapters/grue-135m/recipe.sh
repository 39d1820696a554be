#!/bin/sh
# Make the adapter in this folder, from a clone of the repository:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh OUT
#
# All it is trained on is in `stories/plain/` of the clone. OUT is the folder for the corpus and the
# model. It takes about half an hour on two idle cores; when interrupted, continue with
# `grue train OUT/corpus -o OUT/model --resume`. docs/adapter.md tells what was tried.
#
# Version 5 was trained on 892 of the adventures k to o, before their second reader; works.jsonl
# lists them. As they are now, 993 files, they make a slightly different model. With p to t it was no
# better (docs/adapter.md).
set -eu
clone=$(cd "$(dirname "$0")/../../../.." && pwd)
out=$1
mkdir -p "$out"

grue corpus build "$clone"/stories/plain/[k-o]-*.txt -o "$out/corpus" --licence permissive --holdout-fraction 0.01

# Replies only: the player's lines are context, so the model never learns to write them.
grue train "$out/corpus" --base smollm2-135m --method lora --lora-rank 32 -o "$out/model" \
    --train-on replies --max-seq-length 1024 --batch-size 3 --micro-batch-size 3 \
    --learning-rate 8e-4 --epochs 2 --max-steps 245 --eval-steps 60 --eval-rows 4

grue evaluate "$out/model" --corpus "$out/corpus" --baseline smollm2 --record
