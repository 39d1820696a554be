"""Build training corpora: filter stories, render documents, split, deduplicate, report."""
