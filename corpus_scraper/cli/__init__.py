"""The subcommands of `grue` that make a corpus, one module each."""
