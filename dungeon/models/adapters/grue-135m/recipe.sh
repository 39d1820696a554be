#!/bin/sh
# Makes the adapter that lies beside this file, from stories under the folders named below:
#
#     sh dungeon/models/adapters/grue-135m/recipe.sh STORIES OUT
#
# STORIES is the folder they lie in; works.jsonl says which works of them were learned, from which
# files and under which licences. OUT is where the corpus and the model go. On two cores it takes an
# hour; killed, it goes on with `grue train OUT/corpus -o OUT/model --resume`. docs/adapter.md says in
# what the run that made this adapter differed.
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

grue train "$out/corpus" --base smollm2 --method lora -o "$out/model" --width 384 \
    --batch-rows 6 --micro-rows 6 --learning-rate 1.5e-3 --epochs 2 --evaluate-every 55 --patience 2

grue evaluate "$out/model" --corpus "$out/corpus" --baseline smollm2 --record
