#!/bin/sh
# Make the adapter in this folder, from a clone of the repository:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh STORIES OUT
#
# The adventures are in `stories/` of the clone. STORIES is the folder that contains the other works;
# works.jsonl lists them with their files and licences. OUT is the folder for the corpus and the
# model. It takes about forty minutes on two idle cores; when interrupted, continue with
# `grue train OUT/corpus -o OUT/model --resume`. docs/adapter.md tells what was tried.
#
# Version 3 was trained on the adventures a-001 to h-078. Those of i and j are newer: leave them out to
# repeat it, or take them in for a model of your own.
set -eu
clone=$(cd "$(dirname "$0")/../../../.." && pwd)
stories=$1
out=$2
mkdir -p "$out"

grue corpus build "$clone/stories/adventures" "$stories/aidungeon-upwork" "$stories/dendry/pageant" \
    "$stories/dendry/new-years-eve-2019" "$stories/ink-library" -o "$out/corpus" \
    --licence permissive --max-work-share 0.15 --holdout-fraction 0.02

# Replies only: the player's lines are context, so the model never learns to write them. A share of
# the games, whose replies are long; one and a half passes.
grue train "$out/corpus" --base smollm2-135m --method lora --lora-rank 32 -o "$out/model" \
    --train-on replies --mix pageant=0.3 --mix new-years-eve-2019=0.3 \
    --mix "Stories/The Intercept/TheIntercept.ink=0.5" \
    --max-seq-length 1024 --batch-size 3 --micro-batch-size 3 \
    --learning-rate 8e-4 --epochs 2 --max-steps 300 --eval-steps 50 --eval-rows 5

grue evaluate "$out/model" --corpus "$out/corpus" --baseline smollm2 --record
