"""Provides the build: from files of stories to a corpus folder, step by step.

Each story is prepared on its own; the splits are drawn; what is told twice is found; each story is
told as documents; no one may be too much of what is learned. What lies between two steps lies on
disk. The same files and settings make the same bytes, in one process or in several. Knows nothing
of formats, or of what any filter does.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus import manifest, mixture
from corpus_scraper.corpus.duplicates import Duplicates, find
from corpus_scraper.corpus.exclusion_log import ExclusionLog
from corpus_scraper.corpus.filters import Exclusion
from corpus_scraper.corpus.manifest import Facts
from corpus_scraper.corpus.process_pool import ProcessPool
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.splits import Split, splits
from corpus_scraper.corpus.stages import (
    AROUND_DEEDS,
    DUPLICATES,
    Known,
    RenderedStory,
    Untold,
    lines,
    maker,
    prepare,
    tell,
)
from corpus_scraper.corpus.staging import Staging
from corpus_scraper.corpus.writer import Part, part_splits, write_splits, write_works
from dungeon.errors import InputRefused

SHARES = "shares"
"""What the counts call it that a work is too much of what is learned."""

SOME = 500
"""Stories after which it is said how far the build is."""

Say = Callable[[str], None]
"""Takes a sentence about how far the build is."""


def build(
    files: Sequence[Path],
    target: Path,
    settings: BuildSettings,
    *,
    processes: int = 1,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Make the corpus of the stories in `files` at `target`, and return its manifest.

    Raises InputRefused where nothing is left to learn, and where something else lies at `target`.
    """
    with folders.fresh(target) as made:
        # What is only needed meanwhile lies in the new folder: a disk that holds one holds both.
        with tempfile.TemporaryDirectory(dir=made) as room, ExitStack() as opened:
            account = opened.enter_context(ExclusionLog(made / folders.EXCLUDED))
            bench = opened.enter_context(Staging(Path(room), maker(settings.similar).bands))
            workers = opened.enter_context(ProcessPool(processes))
            read = gather(bench, account, workers, files, settings, say)
            say(f"{read:,} stories read, {len(bench.works):,} let in. Looking for duplicates …")
            candidates = [work.candidate() for work in bench.works]
            placed = splits(candidates, settings.held_out, settings.seed)
            duplicates = find(bench.shelf, bench.order(placed), settings.similar)
            say(f"{(duplicates.of >= 0).sum():,} passages are told twice. Writing documents …")
            tell_all(bench, account, workers, placed, duplicates, settings)
            if settings.around_deeds and not any(bench.learned):
                raise InputRefused(
                    "Nothing is left to learn from: no player's line is answered in any story. "
                    "Nothing was written. Leave --around-deeds out to learn all of them."
                )
            parts = fit_shares(bench, account, placed, settings)
            sizes = write_splits(made, bench, placed, parts)
            say("Comparing what is held out with what is learned …")
            overlaps = part_splits(made, bench, account, sizes)
        write_works(made, bench, placed, sizes)
        facts = Facts(settings, account.blocks, bench, placed, sizes, overlaps)
        return manifest.write(made, files, facts)


# ── Each story on its own ────────────────────────────────────────────────────────────────────────


def gather(
    bench: Staging,
    account: ExclusionLog,
    workers: ProcessPool,
    files: Sequence[Path],
    settings: BuildSettings,
    say: Say,
) -> int:
    """Put every story that the filters let through on the bench; return how many were read."""
    read = 0
    names = _Names()
    for prepared in workers.in_order(partial(prepare, settings), lines(files)):
        read += 1
        name = names.own(prepared.id)
        account.add(prepared.ledger, name)
        if prepared.work is not None:
            own = replace(prepared.work, id=name)
            bench.add_story(own, prepared.story, prepared.fingerprints)
        if read % SOME == 0:
            say(f"{read:,} stories read …")
    if not bench.works:
        raise InputRefused(_nothing_left(read, account))
    return read


class _Names:
    """Gives each work a name of its own, for two files may have a story of the same id."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def own(self, id: str) -> str:  # noqa: A002 - what it is
        name = id
        while name in self._given:
            self._given[id] += 1
            name = f"{id}~{self._given[id]}"
        self._given[name] = 1
        return name


def _nothing_left(read: int, account: ExclusionLog) -> str:
    if not read:
        return "There is no story in these files. `grue stories import` writes files of stories."
    reasons = [
        f"{times} because {reason}"
        for block in account.blocks.values()
        for reason, times in block.did.most_common()
        if block.works_out < block.works_in
    ]
    return (
        f"Nothing is left to learn from: of {read} stories, {'; '.join(reasons)}. Nothing was "
        "written. `grue corpus build --help` tells what lets in more."
    )


# ── All of them together ─────────────────────────────────────────────────────────────────────────


def tell_all(
    bench: Staging,
    account: ExclusionLog,
    workers: ProcessPool,
    placed: Sequence[Split],
    duplicates: Duplicates,
    settings: BuildSettings,
) -> None:
    """Put the documents of every work on the bench."""
    count = account.block(DUPLICATES)
    told = workers.in_order(partial(tell, settings), _untold(bench, duplicates))
    for number, telling in enumerate(told):
        work = bench.works[number]
        bench.add_telling(placed[number], telling)
        for left in telling.left_out:
            account.leave_out(left)
        count.works_in += 1
        count.works_out += bool(telling.records or telling.far)
        count.characters_in += work.characters
        count.characters_out += work.characters - sum(left.characters for left in telling.left_out)
        if settings.around_deeds:
            _leave_out_far(account, work.id, telling)


def _leave_out_far(account: ExclusionLog, work: str, telling: RenderedStory) -> None:
    kept = sum(telling.learned)
    count = account.block(AROUND_DEEDS)
    count.works_in += bool(kept or telling.far)
    count.works_out += bool(kept)
    count.characters_in += kept + telling.far
    count.characters_out += kept
    if telling.far:
        reason = "no player's line is near it"
        account.leave_out(Exclusion(AROUND_DEEDS, work, reason, telling.far))


def _untold(bench: Staging, duplicates: Duplicates) -> Iterator[Untold]:
    for number, work in enumerate(bench.works):
        own = bench.passages(number)
        known = {
            place: Known(
                bench.works[bench.work_of(duplicates.of[passage])].id,
                bool(duplicates.exact[passage]),
            )
            for place, passage in enumerate(own)
            if duplicates.of[passage] >= 0
        }
        yield Untold(work.id, bench.stories[number], known)


def fit_shares(
    bench: Staging, account: ExclusionLog, placed: Sequence[Split], settings: BuildSettings
) -> dict[int, Part]:
    """Return how much of each work in `train` is written, by its number.

    What is learned several times is so as far as its share allows, and cut only where it is too
    much once.
    """
    learned = [at for at, split in enumerate(placed) if split is Split.TRAIN and bench.points[at]]
    several = [[*bench.points[at], *_again(bench, at, settings.branching_times)] for at in learned]
    found = mixture.limits(several, settings.max_work_share)
    count = account.block(SHARES)
    if found.impossible:
        count.did["too few works for so small a share: none was cut"] += 1
    parts = {}
    for at, room in zip(learned, found.kept, strict=True):
        whole = bench.points[at][-1]
        kept, times = min(room, whole), max(1, room // whole)
        parts[at] = Part(kept, times)
        if times > 1:
            count.did["it is learned more than once, for it branches"] += 1
        count.works_in += 1
        count.works_out += bool(kept)
        count.characters_in += whole
        count.characters_out += kept
        if kept < whole:
            reason = f"the work is more than {settings.max_work_share:.0%} of what is learned"
            account.leave_out(Exclusion(SHARES, bench.works[at].id, reason, whole - kept))
    return parts


def _again(bench: Staging, work: int, times: int) -> list[int]:
    """Return where a work that is written over and over may end but for the first time."""
    whole = bench.points[work][-1]
    return [whole * n for n in range(2, times + 1)] if bench.works[work].branching else []
