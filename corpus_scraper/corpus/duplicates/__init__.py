"""Find duplicate passages, exact and near, within and across works."""

from corpus_scraper.corpus.duplicates.fingerprint_store import FingerprintStore
from corpus_scraper.corpus.duplicates.fingerprints import Fingerprint, Fingerprinter
from corpus_scraper.corpus.duplicates.search import Duplicates, find_duplicates

__all__ = ["Duplicates", "Fingerprint", "FingerprintStore", "Fingerprinter", "find_duplicates"]
