"""Choose the format of prompts: what the player wants, where the model supports it."""

from dungeon.chat import FormatChoice, PromptFormat
from dungeon.generator import Generator


def prompt_format(choice: FormatChoice, generator: Generator) -> PromptFormat:
    """Return the format for an open generator; a model without a template gets no chat."""
    wants_chat = choice == "chat" or (choice == "auto" and generator.prefers_chat)
    return "chat" if wants_chat and generator.supports_chat else "completion"
