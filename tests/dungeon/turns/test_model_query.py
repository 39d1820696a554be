"""Test in which format a model is asked something."""

from collections.abc import Sequence

import pytest

from dungeon.chat import ChatMessage, FormatChoice
from dungeon.generator import Request
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.sampling import Sampling
from dungeon.turns.model_query import ModelQuery, generate_text, with_query

QUERY = ModelQuery("Night falls.", "Name the time of day.", "It is:")
REQUEST = Request("", 20, Sampling(), seed=0)
CHAT = (ChatMessage("system", "Name the time of day."), ChatMessage("user", "Night falls."))
PROMPT = "Night falls.\n\n(Name the time of day.)\n\nIt is:"


class ServerTemplate(ScriptedGenerator):
    """A server that renders chats itself."""

    async def render_chat(self, messages: Sequence[ChatMessage]) -> None:  # type: ignore[override]
        """Return nothing."""


@pytest.mark.parametrize(
    ("kind", "choice", "prompt", "messages"),
    [
        (ScriptedGenerator, "auto", PROMPT, ()),
        (ScriptedGenerator, "completion", PROMPT, ()),
        (ServerTemplate, "completion", PROMPT, ()),
        (ServerTemplate, "chat", PROMPT, CHAT),
    ],
)
async def test_a_query_is_in_the_format_that_was_chosen(
    kind: type[ScriptedGenerator],
    choice: FormatChoice,
    prompt: str,
    messages: tuple[ChatMessage, ...],
) -> None:
    request = await with_query(REQUEST, QUERY, kind([]), choice)
    assert (request.prompt, request.messages) == (prompt, messages)


async def test_a_chat_is_rendered_where_the_template_is_known() -> None:
    generator = ScriptedGenerator(["Night."])
    request = await with_query(REQUEST, QUERY, generator, "chat")
    assert request.messages == ()
    assert request.prompt == await generator.render_chat(CHAT) != PROMPT
    assert await generate_text(generator, request) == "Night."
