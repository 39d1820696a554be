"""Books: EPUB, folders and pages of XHTML, plain text. A book is a story without choices."""
