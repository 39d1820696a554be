"""Start the engine while the rest of the game is still being imported, to load and to read."""

import shutil
from contextlib import suppress

from dungeon.errors import GrueError
from dungeon.files.home import Home
from dungeon.generator.factory import built_in_settings
from dungeon.generator.gpu_server import PROGRAM
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings, LoadingProcess
from dungeon.generator.slot_files import SlotFiles, prefix_hashes
from dungeon.models.resolver import CatalogModel, FileModel, find_prepared_file, resolve
from dungeon.settings import Settings


class EarlyStart:
    """An engine that was started before anybody asked for it, for the first who asks."""

    def __init__(self, loading: LoadingProcess | None = None) -> None:
        self._loading = loading

    async def start(self, settings: LlamaSettings) -> LlamaProcess:
        """Return the engine with these settings; another one where the early one has others.

        Raises as `LlamaProcess.start`.
        """
        loading = self._loading
        if loading is None or loading.settings != settings:
            self.close()
            return await LlamaProcess.start(settings)
        self._loading = None
        return await loading.wait()

    def read_ahead(self, prompt: str) -> None:
        """Let the engine read the prompt of an opening as soon as it has loaded the model, unless
        its state is saved, which is restored in less time. Nothing is read for an empty prompt.

        A prompt that comes to be another one has cost the time to read it.
        """
        loading = self._loading
        if loading is None or not prompt or loading.settings.chat:
            return
        if folder := loading.settings.slot_folder:
            files = SlotFiles(folder.parent, folder.name, limit_bytes=0)
            _, blocks = files.find(prefix_hashes(prompt), is_opening=True)
            if blocks:
                return
        loading.read_ahead(prompt)

    def close(self) -> None:
        """End the engine, if nobody has asked for it."""
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.kill()


def start_early(reference: str, home: Home, settings: Settings) -> EarlyStart:
    """Start the engine that `create_generator` will ask for, if it is the built-in one and the file
    of the model was verified before. Call it in a thread that lives as long as the game.

    Never fails: what is wrong is found again, and said, when the model is loaded.
    """
    with suppress(GrueError, OSError):
        if (planned := plan_start(reference, home, settings)) is not None:
            return EarlyStart(LoadingProcess(planned))
    return EarlyStart()


def plan_start(reference: str, home: Home, settings: Settings) -> LlamaSettings | None:
    """Return how to start the engine; None where that is not certain without looking further.

    Raises GrueError, and OSError where a file cannot be read.
    """
    model = resolve(reference)
    if not isinstance(model, CatalogModel | FileModel):
        return None
    if settings.engine != "built-in" and shutil.which(PROGRAM):
        return None  # to look for a GPU takes longer than anything here
    file = find_prepared_file(model, home.models)
    if file is None:
        return None
    return built_in_settings(
        model,
        file,
        home,
        context_length=settings.context_length,
        threads=settings.threads,
    )
