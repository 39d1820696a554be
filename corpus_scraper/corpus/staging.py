"""Intermediate data of a build, on disk: prepared stories, fingerprints and documents."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus_scraper.corpus.duplicates import Fingerprint, FingerprintStore
from corpus_scraper.corpus.leftover_markup import SourceLeftovers
from corpus_scraper.corpus.record_file import RecordFile
from corpus_scraper.corpus.splits import Split
from corpus_scraper.corpus.stages import RenderedStory
from corpus_scraper.corpus.works import Work
from corpus_scraper.documents.documents import DocumentStats


class Staging:
    """The stories and documents of one build. Works are known by their number, from 0."""

    def __init__(self, room: Path, bands: int) -> None:
        self._opened = ExitStack()
        self.stories = self._opened.enter_context(closing(RecordFile(room / "stories")))
        self.fingerprints = self._opened.enter_context(
            closing(FingerprintStore(room / "store", bands))
        )
        self.records = self._opened.enter_context(closing(RecordFile(room / "records")))
        self.works: list[Work] = []
        self.trained = array("L")
        """Trained characters of each record."""
        self.cut_points: list[array[int]] = []
        """Where each work may be cut."""
        self.measures = {split: DocumentStats() for split in Split}
        self.leftovers: dict[str, SourceLeftovers] = {}
        """Markup that is left in the documents, by source."""
        self._passages = array("Q", [0])
        self._records = array("Q", [0])

    def close(self) -> None:
        """Close what is open."""
        self._opened.close()

    def add_story(self, work: Work, story: bytes, passages: Sequence[Fingerprint]) -> None:
        """Add the next prepared story."""
        self.works.append(work)
        self.stories.append(story)
        for fingerprint in passages:
            self.fingerprints.add(fingerprint)
        self._passages.append(len(self.fingerprints))

    def add_rendered(self, split: Split, rendered: RenderedStory) -> None:
        """Add the documents of the next work."""
        for record in rendered.records:
            self.records.append(record)
        self.trained.extend(rendered.trained)
        self.cut_points.append(rendered.cut_points)
        self.measures[split] += rendered.measures
        work = self.works[len(self._records) - 1]
        source = self.leftovers.setdefault(work.source_name, SourceLeftovers())
        source.add(work.id, len(rendered.records), rendered.leftovers)
        self._records.append(len(self.records))

    def passages(self, work: int) -> range:
        """Return the numbers of the passages of a work."""
        return range(self._passages[work], self._passages[work + 1])

    def work_of(self, passage: int) -> int:
        """Return the work that holds a passage."""
        return bisect_right(self._passages, passage) - 1

    def records_of(self, work: int) -> range:
        """Return the numbers of the records of a work."""
        return range(self._records[work], self._records[work + 1])

    def order(self, assigned: Sequence[Split]) -> NDArray[np.int64]:
        """Return all passages, training passages before held-out ones."""
        there = np.arange(len(self.fingerprints))
        lengths = np.diff(np.frombuffer(self._passages, np.uint64)).astype(np.int64)
        by_split = np.repeat([tuple(Split).index(split) for split in assigned], lengths)
        return there[np.argsort(by_split, kind="stable")]
