"""`grue serve`: a model behind an OpenAI-compatible endpoint, for many players on one machine."""
