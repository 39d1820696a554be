"""All scripts of a player: what there is, which are trusted and on, and their settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.scripts import loading
from dungeon.scripts.active import HASH_DIGITS, ActiveScripts
from dungeon.scripts.calls import ScriptFailed
from dungeon.scripts.contract import LoadedScript, Script
from dungeon.scripts.loading import ScriptFile
from dungeon.scripts.setting import Setting, Value
from dungeon.scripts.trust import read_trusted, write_trusted
from dungeon.text import clean_path
from dungeon.text.error_words import did_you_mean, in_quotes

Values = Mapping[str, Mapping[str, Value]]
"""Values of settings that differ from the default, by script and setting."""


class Status(StrEnum):
    """Whether a script is called."""

    ON = "on"
    OFF = "off"
    UNTRUSTED = "not trusted"
    CHANGED = "changed since you trusted it"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class FoundScript:
    """A script that is there, on or not."""

    name: str
    status: Status
    origin: str
    """The path of its file, or the package that installed it."""
    sha256: str = ""
    """Of its file; empty for an installed one."""
    script: Script | None = None
    """Its code; None unless it is on."""
    problem: str = ""
    """Why it is broken, or which of its settings has a wrong value; follows the name."""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Its settings, defaults included."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which has to be trusted."""
        return bool(self.sha256)

    @property
    def is_trusted(self) -> bool:
        """Whether its code may be run, as it is now."""
        return self.status not in (Status.UNTRUSTED, Status.CHANGED)

    def setting(self, name: str) -> tuple[Setting, Value]:
        """Return a setting of the script, and its value. Raises InputRefused."""
        if self.script is None:
            raise InputRefused(
                f"{self.name} is {self.status}. Its settings are known once it is on."
            )
        declared = {each.name: each for each in self.script.settings}
        if name not in declared:
            names = f" It has {', '.join(declared)}." if declared else " It has none."
            raise InputRefused(
                f"{self.name} has no setting {in_quotes(name)}."
                f"{did_you_mean(name, declared)}{names}"
            )
        return declared[name], self.values[name]

    @property
    def short_hash(self) -> str:
        """As much of the hash as is typed to trust it."""
        return self.sha256[:HASH_DIGITS]


class ScriptLibrary:
    """Finds, trusts and loads scripts. Without a folder there are none."""

    def __init__(
        self,
        folder: Path | None = None,
        trust_file: Path | None = None,
        *,
        off: Iterable[str] = (),
        values: Values | None = None,
    ) -> None:
        """`off` names scripts that the player has switched off; `values` has their settings."""
        self.folder = folder
        self.off = tuple(off)
        self.values = values or {}
        self._trust_file = trust_file
        self._loaded: dict[tuple[str, str], Script | ScriptFailed] = {}

    def find(self) -> tuple[FoundScript, ...]:
        """Return all scripts by name: files as they are now, and installed ones. Blocks.

        The code of a trusted file is run once. Raises InputRefused.
        """
        if self.folder is None or self._trust_file is None:
            return ()
        trusted = read_trusted(self._trust_file)
        found = {}
        for point in loading.find_entry_points():
            origin = f"package {point.dist.name}" if point.dist else "an installed package"
            one = FoundScript(point.name, Status.ON, origin)
            found[point.name] = self._load(one, partial(loading.load_entry_point, point))
        for file in loading.read_files(self.folder):
            one = self._assess_file(file, trusted.get(file.name, ""))
            if file.name in found:
                problem = "has the name of an installed script; rename the file"
                one = replace(one, name=file.path.name, status=Status.BROKEN, problem=problem)
            found[one.name] = one
        return tuple(found[name] for name in sorted(found))

    def misnamed(self) -> list[str]:
        """Return the files of the folder that cannot be scripts because of their names."""
        return loading.misnamed_files(self.folder) if self.folder else []

    def get(self, name: str) -> FoundScript:
        """Return the script called `name`. Raises InputRefused."""
        found = {each.name: each for each in self.find()}
        if name not in found:
            raise InputRefused(
                f"There is no script {in_quotes(name)}."
                f"{did_you_mean(name, found)} Scripts are files in {self._shown_folder}."
            )
        return found[name]

    def activate(self) -> ActiveScripts:
        """Return the scripts that are on. Blocks while they are loaded. Raises InputRefused.

        The first turn names those that the player has trusted and that are not.
        """
        found = self.find()
        on = [
            LoadedScript(each.name, each.script, each.sha256, each.values)
            for each in found
            if each.status is Status.ON and each.script
        ]
        return ActiveScripts(on, failures=filter(None, map(_failure, found)))

    def trust(self, name: str, digits: str) -> FoundScript:
        """Trust the file called `name`, if its hash begins with `digits`; return the script.

        Raises InputRefused or NotSaved.
        """
        found = self._file(name)
        given = digits.strip().lower()
        if len(given) < HASH_DIGITS or not found.sha256.startswith(given):
            raise InputRefused(
                f"The SHA-256 of {found.origin} begins with {found.short_hash}. Read the file, "
                f"then trust it with those {HASH_DIGITS} digits."
            )
        self._keep({**self._trusted(), name: found.sha256})
        return self.get(name)

    def revoke(self, name: str) -> None:
        """Trust the file called `name` no longer. Raises InputRefused or NotSaved."""
        trusted = self._trusted()
        if name not in trusted:  # a file that is gone may be there
            raise InputRefused(f"{self._file(name).name} is not trusted.")
        del trusted[name]
        self._keep(trusted)

    def set_on(self, name: str, *, on: bool) -> FoundScript:
        """Switch a script that is trusted or installed on or off; return it.

        Raises InputRefused.
        """
        found = self.get(name)
        if not found.is_trusted:
            raise InputRefused(f"{name} is not trusted as it is now. Trust it first.")
        others = {each for each in self.off if each != name}
        self.off = tuple(sorted(others if on else others | {name}))
        return self.get(name)

    def set_value(self, name: str, setting: Setting, value: Value) -> None:
        """Give a setting of the script called `name` a value. Raises InputRefused."""
        values = {key: dict(each) for key, each in self.values.items()}
        own = values.setdefault(name, {})
        own[setting.name] = setting.check(value)
        if own[setting.name] == setting.default:
            del own[setting.name]
        self.values = {key: each for key, each in values.items() if each}

    @property
    def _shown_folder(self) -> str:
        return clean_path(self.folder) if self.folder else "the folder scripts"

    def _file(self, name: str) -> FoundScript:
        found = self.get(name)
        if not found.is_file:
            raise InputRefused(
                f"{name} was installed by a package, and such scripts are trusted. Switch it off, "
                "or remove the package."
            )
        return found

    def _trusted(self) -> dict[str, str]:
        return read_trusted(self._trust_file) if self._trust_file else {}

    def _keep(self, trusted: Mapping[str, str]) -> None:
        if self._trust_file:
            write_trusted(self._trust_file, trusted)

    def _assess_file(self, file: ScriptFile, trusted: str) -> FoundScript:
        """Return the script in a file; its code is run only where its hash is the `trusted` one."""
        found = FoundScript(file.name, Status.UNTRUSTED, clean_path(file.path), file.sha256)
        if file.error:
            return replace(found, status=Status.BROKEN, problem=file.error)
        if trusted == found.sha256:
            return self._load(found, partial(loading.load_file, file))
        return replace(found, status=Status.CHANGED) if trusted else found

    def _load(self, found: FoundScript, load: Callable[[], Script]) -> FoundScript:
        """Return a script that may run, loaded once, with its settings. Of one that is switched off
        no code is run.
        """
        if found.name in self.off:
            return replace(found, status=Status.OFF)
        key = (found.name, found.sha256)
        if key not in self._loaded:
            try:
                self._loaded[key] = load()
            except ScriptFailed as error:
                self._loaded[key] = error
        script = self._loaded[key]
        if isinstance(script, ScriptFailed):
            return replace(found, status=Status.BROKEN, problem=str(script))
        values, problem = self._values_of(found.name, script)
        return replace(found, status=Status.ON, script=script, problem=problem, values=values)

    def _values_of(self, name: str, script: Script) -> tuple[dict[str, Value], str]:
        """Return the settings of a script, and why one of them has its default."""
        problem, values = "", {}
        chosen = self.values.get(name, {})
        for setting in script.settings:
            values[setting.name] = setting.default
            try:
                values[setting.name] = setting.check(chosen.get(setting.name, setting.default))
            except InputRefused as error:
                problem = f"has its default for a setting, since {error}"
        return values, problem


def _failure(found: FoundScript) -> str:
    """Return that a script is off although the player wants it on; empty where that is not so."""
    match found.status:
        case Status.CHANGED:
            return f"The script {found.name} has {found.status}, and is off; /scripts trusts it."
        case Status.BROKEN:
            return f"The script {found.name} {found.problem}; it is off."
    return f"The script {found.name} {found.problem}" if found.problem else ""
