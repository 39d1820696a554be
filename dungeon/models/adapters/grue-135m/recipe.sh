#!/bin/sh
# Make the adapter in this folder from the stories in the folders named below:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh STORIES OUT
#
# STORIES is the folder that contains them; works.jsonl lists the works it was trained on, with their
# files and licences. OUT is the folder for the corpus and the model. It takes an hour on two cores;
# when interrupted, continue with `grue train OUT/corpus -o OUT/model --resume`. docs/adapter.md says
# how the run that made this adapter differed.
set -eu
stories=$1
out=$2
mkdir -p "$out"

grue stories import \
    "$stories/aidungeon-upwork" "$stories/choicescript" "$stories/dendry" "$stories/egamebook" \
    "$stories/ink" "$stories/novels" -o "$out/stories.jsonl"

# First person becomes second; of novels only the text near actions; games twice within their share.
grue corpus build "$out/stories.jsonl" -o "$out/corpus" --licence permissive --perspective second-only \
    --action-window 400 --branching-weight 2 --max-work-share 0.08

grue train "$out/corpus" --base smollm2 --method lora -o "$out/model" --max-seq-length 384 \
    --batch-size 6 --micro-batch-size 6 --learning-rate 1.5e-3 --epochs 2 --eval-steps 55 \
    --early-stopping-patience 2

grue evaluate "$out/model" --corpus "$out/corpus" --baseline smollm2 --record
