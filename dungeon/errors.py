"""The error tree. A message is a sentence for the user: what was wrong and what to do.

Front ends print `str(error)` and exit with `exit_code`.

    GrueError                 anything Grue itself can explain
    ├── InputRefused          what the user asked for cannot be done as asked (exit code 2)
    ├── GeneratorError        the model's engine failed
    │   ├── EngineStopped     the engine's process ended or cannot be reached
    │   │   └── EngineSilent  it is there, and has said nothing for too long
    │   ├── EngineBusy        its server takes no request at the moment
    │   ├── ChatOnly          its server takes chats only
    │   └── PromptTooLong     the prompt does not fit the model's context
    ├── SavesError            the saves could not be read or written
    │   ├── NotSaved          a write failed; nothing was half-written (exit code 2)
    │   ├── HeadMoved         another window moved the adventure on meanwhile
    │   └── SavesDamaged      what is stored is not what was written
    └── WeightsError          a model file could not be fetched, verified or prepared (exit code 2)
"""

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended, or SIGTERM where it does the same."""


class GrueError(Exception):
    """Anything Grue can explain in a sentence."""

    exit_code = 1


class InputRefused(GrueError):
    """What the user asked for cannot be done as asked; nothing was changed."""

    exit_code = 2


class GeneratorError(GrueError):
    """The engine that runs the model failed; the player's action is kept."""


class EngineStopped(GeneratorError):
    """The engine's process ended, or its server cannot be reached."""


class EngineSilent(EngineStopped):
    """The engine has said nothing for longer than anybody should wait."""


class EngineBusy(GeneratorError):
    """The server takes no request at the moment; the same one can be sent later."""


class ChatOnly(GeneratorError):
    """The server takes chats only; the request can be repeated as one."""


class PromptTooLong(GeneratorError):
    """The prompt has more tokens than the model's context holds."""

    def __init__(self, message: str, *, prompt_tokens: int = 0, context_length: int = 0) -> None:
        super().__init__(message)
        self.prompt_tokens = prompt_tokens
        self.context_length = context_length


class SavesError(GrueError):
    """The saves could not be read or written."""


class NotSaved(SavesError):
    """A write failed as a whole: the disk is full, the folder read-only, the file locked."""

    exit_code = 2


class HeadMoved(SavesError):
    """Another window moved this adventure on; what was written stands beside it as a branch."""


class SavesDamaged(SavesError):
    """What is stored is not what was written."""


class WeightsError(GrueError):
    """A model file could not be fetched, verified or prepared."""

    exit_code = 2
