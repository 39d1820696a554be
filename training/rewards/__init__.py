"""Train a reward model: an adapter by which a language model scores replies from 0 to 4."""
