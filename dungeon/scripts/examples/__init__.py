"""Worked examples of scripts; `grue scripts copy NAME` puts one into the player's folder."""
