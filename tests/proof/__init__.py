"""Proofs over the real program: real processes, real pseudo-terminals, real kills."""
