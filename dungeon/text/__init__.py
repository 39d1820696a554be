"""Text: the cleaning gate, encodings, sentences and quotations, and what no text may contain."""

from dungeon.text.cleaning import clean, clean_line, clean_path, typed_path

__all__ = ["clean", "clean_line", "clean_path", "typed_path"]
