"""Games as somebody played them: transcripts, regression tests, Z-machine games with commands."""
