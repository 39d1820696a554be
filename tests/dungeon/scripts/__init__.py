"""Tests of scripts: the contract, trust, and what they do to a turn."""
