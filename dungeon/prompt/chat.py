"""Turn a prompt into a chat: the rules as the system message, actions as user messages, replies as
assistant messages.

The prompt builder decides what fits; here its parts become messages, which the engine renders in
the model's own template. What the template adds is counted on the rendered prompt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dungeon import transcript
from dungeon.chat import ChatMessage
from dungeon.generator import Generator
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.context import Context, PromptPart
from dungeon.prompt.inputs import PromptInputs
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.text.control_tokens import neutralise

RULES = (
    "You are the narrator of a text adventure. Write in the second person and the present tense. "
    "The player's actions begin with >. Say what happens because of the action, in {sentences} "
    "short sentences, and stop. The player alone decides what the player's character does and "
    "says. Stay in the story: no questions to the player, no lists, no comments."
)
"""The system message; memory and quotations of earlier turns follow it."""

BEGIN = "Begin the story."
"""The user message before the opening: a chat begins with one."""

GO_ON = "Go on."
"""The user message where the player lets the story continue."""

_BEGIN_WITH = "Begin with the word “{word}”."
"""What is asked of a model whose server takes no beginning of a reply."""

_SYSTEM_PARTS = ("memory", "summary", "lore", "earlier")
"""The parts of a prompt that the system message has, after the rules."""

_TOKENS_PER_SENTENCE = 18
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}

_MESSAGE_TOKENS = 12
"""Tokens that a template may add to each message, where only the server knows it."""

_MAX_FITS = 6
"""Prompts that are built to find one that fits together with what the template adds."""


def rules_for(reply_tokens: int) -> str:
    """Return the rules for replies of about that many tokens."""
    sentences = min(max(round(reply_tokens / _TOKENS_PER_SENTENCE), 2), 5)
    return RULES.format(sentences=_NUMBERS[sentences])


async def build_chat(inputs: PromptInputs, generator: Generator, reply_tokens: int) -> Context:
    """Return the prompt for replies of about `reply_tokens`; the rules and what the template adds
    are part of its budget.

    Where it turns out too long, it is built again with the excess taken from the budget. Raises
    GeneratorError where the template cannot be rendered.
    """
    rules, room = rules_for(reply_tokens), inputs.budget
    for left in reversed(range(_MAX_FITS)):
        context = await build_prompt(replace(inputs, budget=room))
        messages = chat_messages(context, inputs.adventure, inputs.action, rules)
        rendered = await generator.render_chat(messages)
        tokens = await _count(generator, rendered, messages)
        excess = tokens + inputs.reserve - inputs.budget
        if excess <= 0 or not left:
            break
        room = max(room - excess, 1)
    added = PromptPart("rules", rules, max(tokens - context.tokens, 0))
    plain = transcript.SEPARATOR.join(message.content for message in messages)
    return replace(
        context,
        prompt=plain if rendered is None else rendered,
        parts=(added, *context.parts),
        budget=inputs.budget,
        format="chat",
        messages=messages if rendered is None else (),
        unconditional_prompt="",  # a template has no place for a missing action
    )


async def _count(
    generator: Generator, rendered: str | None, messages: tuple[ChatMessage, ...]
) -> int:
    if rendered is not None:
        return await generator.count_tokens(rendered)
    tokens = [await generator.count_tokens(message.content) for message in messages]
    return sum(tokens) + _MESSAGE_TOKENS * (len(messages) + 1)


def chat_messages(
    context: Context, adventure: Adventure, action: Action | None, rules: str
) -> tuple[ChatMessage, ...]:
    """Return the messages of `context`. User and assistant take turns, beginning with the user."""
    parts = {part.name: part for part in context.parts}
    texts = (rules, *(parts[name].text for name in _SYSTEM_PARTS if name in parts))
    messages = [ChatMessage("system", transcript.SEPARATOR.join(texts))]
    story = parts.get("story")
    if story and story.cut:
        messages += [ChatMessage("user", GO_ON), ChatMessage("assistant", story.text)]
    elif story:
        turns = adventure.path()[context.left_out :]
        depth = context.note_depth
        for left, turn in zip(range(len(turns), 0, -1), turns, strict=True):
            messages += _turn_messages(turn, parts["note"].text if left == depth else "")
    if action is None and len(messages) > 1:
        return tuple(messages)
    names = ("state", "action") if context.note_depth else ("note", "state", "action")
    last = (parts[name].text for name in names if name in parts)
    text = transcript.SEPARATOR.join(last)
    if "action" not in parts:
        text = transcript.SEPARATOR.join(filter(None, (text, GO_ON)))
    return (*messages, ChatMessage("user", text))


def ask_for_first_word(messages: Sequence[ChatMessage], word: str) -> tuple[ChatMessage, ...]:
    """Return `messages`, in the last of which the model is asked to begin its reply with `word`."""
    *before, last = messages
    asked = transcript.SEPARATOR.join((last.content, _BEGIN_WITH.format(word=word)))
    return (*before, replace(last, content=asked))


def _turn_messages(turn: Turn, note: str) -> Iterator[ChatMessage]:
    """Yield the messages of a turn; the author's note stands before what the player does."""
    *before, _ = turn.blocks()
    default = BEGIN if turn.kind is Kind.OPENING else GO_ON
    asked = neutralise(transcript.write(before)) or default
    yield ChatMessage("user", transcript.SEPARATOR.join(filter(None, (note, asked))))
    yield ChatMessage("assistant", neutralise(transcript.normalise(turn.text)) or "…")
