"""Ask the model for something besides replies: a summary, or what a turn has changed."""

from contextlib import aclosing
from dataclasses import dataclass, replace

from dungeon.chat import ChatMessage, FormatChoice
from dungeon.generator import Generator, Request, TextChunk
from dungeon.generator.prompt_format import prompt_format


@dataclass(frozen=True, slots=True)
class ModelQuery:
    """What the model is asked."""

    story: str
    """The text that it is asked about."""
    instruction: str
    cue: str
    """Leads a model that is no chat to the answer."""

    @property
    def prompt(self) -> str:
        """The query for a model that continues a text."""
        return f"{self.story}\n\n({self.instruction})\n\n{self.cue}"

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """The query as a chat."""
        return ChatMessage("system", self.instruction), ChatMessage("user", self.story)


async def with_query(
    request: Request, query: ModelQuery, generator: Generator, choice: FormatChoice
) -> Request:
    """Return `request` with the query in the format that the player or the model prefers."""
    if prompt_format(choice, generator) != "chat":
        return replace(request, prompt=query.prompt)
    rendered = await generator.render_chat(query.messages)
    if rendered is None:  # the server renders chats itself
        return replace(request, prompt=query.prompt, messages=query.messages)
    return replace(request, prompt=rendered)


async def generate_text(generator: Generator, request: Request) -> str:
    """Return the whole text that answers a request. Raises GeneratorError."""
    async with aclosing(generator.stream(request)) as events:
        return "".join([event.text async for event in events if isinstance(event, TextChunk)])
