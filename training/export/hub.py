"""Publish a model on the Hugging Face hub, through its own library."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from dungeon.errors import GrueError, InputRefused
from dungeon.models.hub import is_hub_id
from dungeon.models.model_folder import read_folder
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes
from training.export.missing_card import make_card
from training.models.model_card import CARD

_LOG_IN = (
    "Make one that may write at https://huggingface.co/settings/tokens, and log in with: "
    "hf auth login"
)

_KEPT_HERE = ("train.toml",)
"""Files of a model folder that name folders of this machine; those in `runs` do, too."""


class HubError(GrueError):
    """The hub cannot be reached, or fails; as from any other command, a matter of asking again."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Repository:
    """A model's repository on the hub, that we may write to."""

    name: str
    """With its owner."""
    url: str


def open_repository(name: str, *, private: bool = False) -> Repository:
    """Return the repository called `name`, created unless it is there.

    A name without an owner is the user's own. Raises InputRefused where the hub does not allow it,
    or where the repository is public and `private` is asked for; HubError where the hub cannot be
    reached.
    """
    with _explained(name, "Check the connection, or leave --push-to-hub out."):
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.errors import RepositoryNotFoundError

        if get_token() is None:
            raise InputRefused(f"Publishing {name} needs a token of the hub. {_LOG_IN}")
        api = HfApi()
        user = api.whoami()["name"]
        name = name if "/" in name else f"{user}/{name}"
        try:
            found = api.repo_info(name)
        except RepositoryNotFoundError:
            created = api.create_repo(name, private=private or None, exist_ok=True)
            return Repository(created.repo_id, str(created))
        if private and not found.private:
            raise InputRefused(
                f"{name} is a public repository already, and --private does not change that. "
                "Make it private on the hub, or give another name."
            )
        return Repository(name, f"{api.endpoint}/{name}")


def publish_folder(
    folder: Path, repository: Repository, on_message: Callable[[str], None] = lambda _: None
) -> None:
    """Upload a model folder as one commit. Raises as `publish` does.

    An adapter whose base is on no hub is refused: nobody else could load it. A model card that is
    missing is made from the record; where there is none either, `on_message` is told.
    """
    model = read_folder(folder)
    base = _published_base(model.grue_json, model.base)
    if model.is_adapter and not base:
        raise InputRefused(
            f"The adapter in {folder} needs {model.base}, which is on no hub. Publish it merged: "
            f"grue export {folder} --safetensors FOLDER --push-to-hub {repository.name}"
        )
    files: dict[str, Path | bytes] = {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.name not in _KEPT_HERE
    }
    if "grue.json" in files:
        files["grue.json"] = _without_paths(model.grue_json, base)
    if CARD not in files:
        if card := make_card(model):
            files[CARD] = card.encode()
        else:
            on_message(without_card(folder))
    publish(files, repository)


def without_card(folder: Path | str) -> str:
    """Return the sentence that says that a model is published without a card."""
    return f"There is no {CARD} in {folder}: the model is published without a model card."


def publish(files: Mapping[str, Path | bytes], repository: Repository) -> None:
    """Upload files as one commit, by their paths in the repository.

    Raises InputRefused where the hub does not accept them, HubError where it cannot be reached.
    """
    kept = "The model is kept: publish it later with `grue export MODEL --push-to-hub REPO`."
    with _explained(repository.name, kept):
        from huggingface_hub import CommitOperationAdd, HfApi
        from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

        disable_progress_bars()
        HfApi().create_commit(
            repository.name,
            [CommitOperationAdd(name, content) for name, content in files.items()],
            commit_message="Upload a model of Grue",
        )


@contextmanager
def _explained(name: str, advice: str) -> Iterator[None]:
    """Raise the errors of the hub's library as ours; `advice` is for a hub that does not answer."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        yield
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise _explain(name, error, advice) from error


def _explain(name: str, error: Exception, advice: str) -> GrueError:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # an upload in one of several threads
    match error:
        case HFValidationError():
            return InputRefused(
                f"{in_quotes(name)} is not the name of a repository. Give one like owner/name."
            )
        case HfHubHTTPError():
            return _refusal(name, error, advice)
        case ValueError():  # its check of a model card, among others
            return InputRefused(f"The hub does not accept {name}: {_first_line(error)}.")
        case _:
            return HubError(
                f"{name} is not published, because the hub cannot be reached: "
                f"{_first_line(error)}. {advice}"
            )


def _refusal(name: str, error: Any, advice: str) -> GrueError:
    match error.response.status_code:
        case 401:
            return InputRefused(f"The hub does not accept the token. {_LOG_IN}")
        case 403:
            return InputRefused(f"The token may not write to {name}. {_LOG_IN}")
        case status if status >= 500:
            return HubError(f"The hub has an error of its own ({status}). {advice}")
        case _:
            return InputRefused(f"The hub does not accept {name}: {_first_line(error)}.")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return clean_line(lines[0])[:200].rstrip(".")


def _published_base(grue_json: Mapping[str, Any], reference: str) -> str:
    """Return the hub's name of a model's base, or an empty string."""
    match grue_json.get("base"):
        case {"hub_id": str(name)} if is_hub_id(name):
            return name
    is_local = Path(reference).expanduser().exists()
    return reference if is_hub_id(reference) and not is_local else ""


def _without_paths(grue_json: Mapping[str, Any], base: str) -> bytes:
    """Return grue.json with a base that anybody can load, and without the folders of this one."""
    document = dict(grue_json)
    if isinstance(known := document.get("base"), dict):
        reference = str(known.get("reference", ""))
        name = base or PurePath(reference).name
        document["base"] = known | {"reference": name if "/" in reference else reference}
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
