#!/bin/sh
# Make the adapter in this folder, from a clone of the repository:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh STORIES OUT
#
# The adventures are in `stories/` of the clone. STORIES is the folder that contains the other works;
# works.jsonl lists them with their files and licences. OUT is the folder for the corpus and the
# model. It takes forty minutes on two cores; when interrupted, continue with
# `grue train OUT/corpus -o OUT/model --resume`. docs/adapter.md tells what was tried.
set -eu
clone=$(cd "$(dirname "$0")/../../../.." && pwd)
stories=$1
out=$2
mkdir -p "$out"

grue corpus build "$clone/stories/adventures" "$stories/aidungeon-upwork" "$stories/dendry/pageant" \
    "$stories/dendry/new-years-eve-2019" "$stories/ink-library" -o "$out/corpus" \
    --licence permissive --max-work-share 0.15 --holdout-fraction 0.02

# Replies only: the player's lines are context, so the model never learns to write them.
grue train "$out/corpus" --base smollm2-135m --method lora --lora-rank 32 -o "$out/model" \
    --train-on replies --max-seq-length 1024 --batch-size 3 --micro-batch-size 3 \
    --learning-rate 8e-4 --epochs 1 --max-steps 185 --eval-steps 62 --eval-rows 5

grue evaluate "$out/model" --corpus "$out/corpus" --baseline smollm2 --record
