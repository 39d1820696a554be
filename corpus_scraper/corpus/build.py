"""Build a corpus folder from files of story graphs.

Each story is filtered on its own; works are assigned to splits; duplicates are found; stories are
rendered as documents; no work may exceed its share. Intermediate data is on disk. The same files
and settings make the same bytes, in one process or in several.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus import manifest, mixture
from corpus_scraper.corpus.duplicates import Duplicates, find_duplicates
from corpus_scraper.corpus.exclusion_log import ExclusionLog
from corpus_scraper.corpus.filters import BlockCount, Exclusion
from corpus_scraper.corpus.leftover_markup import LEFTOVER_MARKUP
from corpus_scraper.corpus.manifest import BuildResult
from corpus_scraper.corpus.process_pool import ProcessPool
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.splits import Split, splits
from corpus_scraper.corpus.stages import (
    ACTION_WINDOW,
    DUPLICATES,
    UNANSWERED,
    DuplicateOf,
    StoryToRender,
    fingerprinter,
    prepare,
    render,
    story_lines,
)
from corpus_scraper.corpus.staging import Staging
from corpus_scraper.corpus.writer import WrittenPart, remove_overlap, write_splits, write_works
from dungeon.errors import InputRefused

MIXTURE = "mixture"
"""Name of the limit on the share of a work in counts and exclusions."""

REPORT_EVERY = 500
"""Stories between two status lines."""

OnStatus = Callable[[str], None]
"""Called with a status sentence."""


def build(
    files: Sequence[Path],
    target: Path,
    settings: BuildSettings,
    *,
    processes: int = 1,
    on_status: OnStatus = lambda _: None,
) -> dict[str, Any]:
    """Build the corpus of the stories in `files` at `target`, and return its manifest.

    Raises InputRefused where nothing is left to train on, and where `target` is something else.
    """
    with folders.fresh(target) as made:
        # Intermediate data goes to the new folder: a disk that holds one holds both.
        with tempfile.TemporaryDirectory(dir=made) as room, ExitStack() as opened:
            exclusions = opened.enter_context(closing(ExclusionLog(made / folders.EXCLUDED)))
            staging = opened.enter_context(
                closing(Staging(Path(room), fingerprinter(settings.dedup_threshold).bands))
            )
            workers = opened.enter_context(closing(ProcessPool(processes)))
            read = prepare_stories(staging, exclusions, workers, files, settings, on_status)
            on_status(
                f"{read:,} stories read, of which {len(staging.works):,} pass the filters. Looking "
                "for duplicates among these …"
            )
            candidates = [work.candidate() for work in staging.works]
            assigned = splits(candidates, settings.holdout_fraction, settings.seed)
            duplicates = find_duplicates(
                staging.fingerprints, staging.order(assigned), settings.dedup_threshold
            )
            found = (duplicates.duplicate_of >= 0).sum()
            on_status(f"Duplicate passages: {found:,}. Writing documents …")
            render_stories(staging, exclusions, workers, assigned, duplicates, settings)
            if settings.action_window and not any(staging.trained):
                raise InputRefused(
                    "Nothing is left to train on: no action line is answered in any story. "
                    "Nothing was written. Leave --action-window out to train on all of them."
                )
            parts = fit_mixture(staging, exclusions, assigned, settings)
            sizes = write_splits(made, staging, assigned, parts)
            on_status("Checking held-out text for contamination …")
            overlaps = remove_overlap(made, staging, exclusions, sizes)
        written = sum(bool(size.documents) for size in sizes)
        on_status(
            f"In the corpus: {written:,} of {read:,} stories. {folders.EXCLUDED} lists what was "
            "left out, and why."
        )
        write_works(made, staging, assigned, sizes)
        result = BuildResult(settings, exclusions.blocks, staging, assigned, sizes, overlaps)
        return manifest.write(made, files, result)


# ── Each story on its own ────────────────────────────────────────────────────────────────────────


def prepare_stories(
    staging: Staging,
    exclusions: ExclusionLog,
    workers: ProcessPool,
    files: Sequence[Path],
    settings: BuildSettings,
    on_status: OnStatus,
) -> int:
    """Filter every story into `staging`; return how many were read."""
    read = 0
    names = _Names()
    for prepared in workers.in_order(partial(prepare, settings), story_lines(files)):
        read += 1
        name = names.own(prepared.id)
        exclusions.add(prepared.log, name)
        if prepared.work is not None:
            own = replace(prepared.work, id=name)
            staging.add_story(own, prepared.story, prepared.fingerprints)
        if read % REPORT_EVERY == 0:
            on_status(f"{read:,} stories read …")
    if not staging.works:
        raise InputRefused(_nothing_to_train_on(read, exclusions))
    return read


class _Names:
    """Gives each work a unique name, since two files may have stories of the same id."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def own(self, id: str) -> str:  # noqa: A002 - what it is
        name = id
        while name in self._given:
            self._given[id] += 1
            name = f"{id}~{self._given[id]}"
        self._given[name] = 1
        return name


def _nothing_to_train_on(read: int, exclusions: ExclusionLog) -> str:
    if not read:
        return "There is no story in these files. `grue stories import` writes files of stories."
    reasons = [
        f"{times} because {reason}"
        for block in exclusions.blocks.values()
        for reason, times in block.counts.most_common()
        if block.works_out < block.works_in
    ]
    return (
        f"Nothing is left to train on: of {read} stories, {'; '.join(reasons)}. Nothing was "
        "written. `grue corpus build --help` shows which options include more."
    )


# ── All of them together ─────────────────────────────────────────────────────────────────────────


def render_stories(
    staging: Staging,
    exclusions: ExclusionLog,
    workers: ProcessPool,
    assigned: Sequence[Split],
    duplicates: Duplicates,
    settings: BuildSettings,
) -> None:
    """Render the documents of every work into `staging`."""
    count = exclusions.block(DUPLICATES)
    results = workers.in_order(partial(render, settings), _stories_to_render(staging, duplicates))
    for number, rendered in enumerate(results):
        work = staging.works[number]
        staging.add_rendered(assigned[number], rendered)
        for left in rendered.excluded:
            exclusions.exclude(left)
        count.works_in += 1
        count.works_out += bool(rendered.records or rendered.outside_window)
        count.characters_in += work.characters
        count.characters_out += work.characters - sum(left.characters for left in rendered.excluded)
        kept = sum(rendered.trained)
        if settings.action_window:
            near = Exclusion(
                ACTION_WINDOW, work.id, "no action line is near", rendered.outside_window
            )
            _exclude_rendered(exclusions, near, kept + rendered.unanswered)
        alone = Exclusion(
            UNANSWERED, work.id, "no reply follows in this document", rendered.unanswered
        )
        _exclude_rendered(exclusions, alone, kept)
        if kept:
            markup = exclusions.block(LEFTOVER_MARKUP)
            markup.add(BlockCount(1, 1, kept, kept, Counter(f.kind for f in rendered.leftovers)))


def _exclude_rendered(exclusions: ExclusionLog, left: Exclusion, kept: int) -> None:
    """Count what a step excluded of the documents of a work, and the `kept` characters."""
    count = exclusions.block(left.block)
    count.works_in += bool(kept or left.characters)
    count.works_out += bool(kept)
    count.characters_in += kept + left.characters
    count.characters_out += kept
    if left.characters:
        exclusions.exclude(left)


def _stories_to_render(staging: Staging, duplicates: Duplicates) -> Iterator[StoryToRender]:
    for number, work in enumerate(staging.works):
        own = staging.passages(number)
        known = {
            place: DuplicateOf(
                staging.works[staging.work_of(duplicates.duplicate_of[passage])].id,
                bool(duplicates.exact[passage]),
            )
            for place, passage in enumerate(own)
            if duplicates.duplicate_of[passage] >= 0
        }
        yield StoryToRender(work.id, staging.stories[number], known, work.input)


def fit_mixture(
    staging: Staging, exclusions: ExclusionLog, assigned: Sequence[Split], settings: BuildSettings
) -> dict[int, WrittenPart]:
    """Return how much of each work in `train` is written, by its index.

    Works are repeated as far as their share allows, and cut only where one copy exceeds it.
    """
    training = [
        at for at, split in enumerate(assigned) if split is Split.TRAIN and staging.cut_points[at]
    ]
    several = [
        [*staging.cut_points[at], *_repetitions(staging, at, settings.branching_weight)]
        for at in training
    ]
    found = mixture.limits(several, settings.max_work_share)
    count = exclusions.block(MIXTURE)
    if found.impossible:
        count.counts["too few works for so small a share: none was cut"] += 1
    parts = {}
    for at, room in zip(training, found.kept, strict=True):
        whole = staging.cut_points[at][-1]
        kept, times = min(room, whole), max(1, room // whole)
        parts[at] = WrittenPart(kept, times)
        if times > 1:
            count.counts["branching works that are repeated"] += 1
        count.works_in += 1
        count.works_out += bool(kept)
        count.characters_in += whole
        count.characters_out += kept
        if kept < whole:
            reason = f"the work is more than {settings.max_work_share:.0%} of the trained text"
            exclusions.exclude(Exclusion(MIXTURE, staging.works[at].id, reason, whole - kept))
    return parts


def _repetitions(staging: Staging, work: int, times: int) -> list[int]:
    """Return the lengths of a repeated work after each repetition."""
    whole = staging.cut_points[work][-1]
    return [whole * n for n in range(2, times + 1)] if staging.works[work].branching else []
