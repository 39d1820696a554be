"""Provides which passages of a corpus are told twice, exactly or nearly, within and across works.

A passage is shown as a few numbers (`fingerprints`), written to disk as it comes (`shelf`), and
compared with those it shares numbers with (`search`). Each pair that is found is verified word for
word. Knows nothing of graphs: a passage is its text.
"""

from corpus_scraper.corpus.duplicates.fingerprint_store import FingerprintStore
from corpus_scraper.corpus.duplicates.fingerprints import Fingerprint, Maker
from corpus_scraper.corpus.duplicates.search import Duplicates, find

__all__ = ["Duplicates", "Fingerprint", "FingerprintStore", "Maker", "find"]
