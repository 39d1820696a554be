"""The ways to summarise turns that no longer fit a prompt, and what a player chooses."""

from typing import Literal

SummaryMethod = Literal["off", "extractive", "model"]
"""`extractive`: sentences of the story, chosen by rules; `model`: the model writes it."""

SummaryChoice = Literal["auto", "off", "extractive", "model"]
"""What a player chooses; `auto` is what suits the model."""

SUMMARY_NOTES: dict[SummaryChoice, str] = {
    "auto": "what suits the model",
    "off": "no summary",
    "extractive": "sentences of the story, chosen by rules",
    "model": "the model writes it",
}
"""The choices, each with what it means to a player."""
