"""Write the replies of a game with one model, and prepare the next one between turns."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from dungeon.errors import ChatOnly, PromptTooLong
from dungeon.generator import Generator
from dungeon.memory.retrieval import TurnSearch
from dungeon.prompt.composer import PromptComposer, Revise
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure
from dungeon.threads import SerialThread
from dungeon.turns.adventure_store import AdventureStore
from dungeon.turns.generation import Generation, ReplyEvent
from dungeon.turns.idle_work import IdleWork
from dungeon.turns.rolling_summary import RollingSummary
from dungeon.turns.same_reply import reply_texts
from dungeon.turns.state_extraction import StateExtraction
from dungeon.turns.turn_generation import begin_generation
from dungeon.turns.turn_in_progress import TurnInProgress


class ReplyWriter:
    """What of a game depends on its model: with another model it goes on with another writer."""

    def __init__(
        self,
        generator: Generator,
        turn_search: TurnSearch | None,
        store: AdventureStore,
        saving: SerialThread,
        settings: Callable[[], GenerationSettings],
        on_context: Callable[[], None],
        revise: Revise,
    ) -> None:
        """`settings` returns how replies are written now; `revise` is called before each prompt,
        and `on_context` after it.
        """
        self.generator = generator
        self.composer = PromptComposer(generator, turn_search, saving, on_context, revise)
        self.idle_work = IdleWork(
            generator,
            RollingSummary(self.composer, generator, store, saving),
            StateExtraction(generator, store, saving, on_context),
            lambda: store.adventure,
            settings,
            self._begin,
        )
        self.generation: Generation | None = None
        """The reply under way."""
        self._store = store
        self._settings = settings

    async def write(
        self, turn: TurnInProgress, beginning: str, started: float
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Yield the events of the reply: of the one written ahead, or of a new one.

        Where the generator has learnt from a refusal how much fits, or that the server takes chats
        only, such a prompt follows.
        """
        base, action = turn.base, turn.action
        await self.idle_work.pause()
        written = await self.idle_work.take_continuation(base, action)
        await self.generator.open()
        while True:
            length = self.generator.model.context_length
            begun = written and written.generation
            generation = begun or await self._begin(base, action, started, beginning)
            generation.prefetched_tokens = self.idle_work.take_evaluated()
            self.generation = generation
            source = written.events() if written else generation.events()
            try:
                async with aclosing(turn.stream(generation, source)) as events:
                    async for event in events:
                        yield event
            except (ChatOnly, PromptTooLong) as error:
                if not self.composer.can_repeat(error, length, self._settings()):
                    raise
                written = None
            else:
                return

    async def _begin(
        self, base: Adventure, action: Action, started: float, beginning: str = ""
    ) -> Generation:
        settings = self._settings()
        context = await self.composer.compose(base, action, settings)
        adventure = self._store.adventure
        return begin_generation(
            self.generator,
            context,
            settings,
            base,
            action,
            seed=settings.seed_for(len(adventure.turns)),
            started=started,
            beginning=beginning or None,
            replies=reply_texts(adventure.replies_to(base.head, action)),
        )
