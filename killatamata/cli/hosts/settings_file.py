"""A settings file of a host: our entry is added, and taken out again, byte for byte if possible.

Before the first change the file is copied to a folder of ours. A removal restores these bytes if
nothing but our entry has changed since; otherwise it cuts out our entry alone.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from killatamata import profiles
from killatamata.cli.hosts import jsonc, toml_text
from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

NAME = "killatamata"
PRIVATE, USUAL = 0o600, 0o666  # file modes; the umask takes from the second


class SettingsRefused(ValueError):  # noqa: N818 - a refusal
    """A settings file cannot be edited; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """The syntax of a settings file: how it is read, and how one entry is set or removed."""

    load: Callable[[str], JsonObject]
    set_entry: Callable[[str, Sequence[str], JsonObject], str]
    remove_entry: Callable[[str, Sequence[str]], str]


def get_syntax(name: str) -> Syntax:
    """Return a syntax by its name."""
    if name == "yaml":
        from killatamata.cli.hosts import yaml_text as module  # noqa: PLC0415 - it takes long
    else:
        module = {"json": jsonc, "toml": toml_text}[name]
    return Syntax(module.load, module.set_entry, module.remove_entry)


@dataclass(slots=True)
class SettingsFile:
    """One settings file; a link to it is followed.

    `sections` are the places of servers that the host reads, the newest first. The first one that
    is in the file is used, or else the last.
    """

    file: Path
    syntax: Syntax
    sections: Sequence[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Follow a link, which would be replaced by a file otherwise."""
        self.file = self.file.resolve()

    def find_entry(self) -> JsonObject | None:
        """Return our entry, or None.

        Raises:
            SettingsRefused: the file cannot be read.
        """
        return self._find_entry(self._read() or "")

    def install(self, entry: JsonObject) -> bool:
        """Set our entry; return False if it is there already.

        Raises:
            SettingsRefused: the file cannot be read, so it is left alone.
        """
        before = self._read()
        after = self._set_entry(before or "", entry)
        if after == before:
            return False
        if self._find_entry(before or "") is None:
            self._keep_backup(before)
        self._write(after)
        return True

    def remove(self) -> bool:
        """Take our entry out; return False if it is not there.

        Raises:
            SettingsRefused: see `install`.
        """
        now = self._read()
        entry = self._find_entry(now or "")
        if now is None or entry is None:
            return False
        earlier = self._read_backup()
        if self._set_entry(earlier or "", entry) != now:
            self._write(self.syntax.remove_entry(now, self._get_path(now)))
        elif earlier is None:
            self.file.unlink()  # we made it
        else:
            self._write(earlier)
        self._backup.unlink(missing_ok=True)
        return True

    def _set_entry(self, text: str, entry: JsonObject) -> str:
        """Return the text with our entry; what else is in it is compared before it is used."""
        path = self._get_path(text)
        try:
            after = self.syntax.set_entry(text, path, entry)
            expected = self.syntax.load(text)
            _get_section(expected, path[:-1])[NAME] = entry
            is_right = self.syntax.load(after) == expected
        except ValueError as error:
            raise SettingsRefused(f"{self.file}: {error}; nothing was changed.") from None
        if not is_right:
            raise SettingsRefused(f"{self.file}: add the entry of --print by hand.")
        return after

    def _find_entry(self, text: str) -> JsonObject | None:
        try:
            section = _get_section(self.syntax.load(text), self._get_path(text)[:-1])
        except ValueError as error:
            raise SettingsRefused(f"{self.file}: {error}; nothing was changed.") from None
        entry = section.get(NAME)
        return entry if isinstance(entry, dict) else None

    def _get_path(self, text: str) -> tuple[str, ...]:
        *newer, usual = self.sections
        document = self.syntax.load(text) if newer else {}
        used = (each for each in newer if _is_list_of_servers(document, each))
        return (*next(used, usual), NAME)

    def _read(self) -> str | None:
        """Return the text with its own line ends, or None if there is no file."""
        try:
            return self.file.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsRefused(f"{self.file}: {error}; nothing was changed.") from None

    def _write(self, text: str) -> None:
        """Replace the file at once, so that the host never reads half of it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        mode = stat.S_IMODE(self.file.stat().st_mode) if self.file.exists() else USUAL
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            # Created with the mode of the old file: it may hold keys that others must not read.
            with os.fdopen(os.open(fresh, flags, mode), "wb") as opened:
                opened.write(text.encode())
            fresh.replace(self.file)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise

    @property
    def _backup(self) -> Path:
        """Return the place of the copy: its folder is private, as settings may contain keys."""
        digest = hashlib.sha256(str(self.file).encode()).hexdigest()[:16]
        return profiles.get_config_path().parent / "hosts" / f"{digest}-{self.file.name}"

    def _keep_backup(self, text: str | None) -> None:
        if text is None:
            self._backup.unlink(missing_ok=True)
            return
        self._backup.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._backup.touch(mode=PRIVATE)
        self._backup.write_bytes(text.encode())

    def _read_backup(self) -> str | None:
        try:
            return self._backup.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None


def _is_list_of_servers(document: JsonObject, path: Sequence[str]) -> bool:
    """Return True if there are servers at a path; one server has texts and lists in it."""
    value: object = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return isinstance(value, dict) and all(isinstance(each, dict) for each in value.values())


def _get_section(document: JsonObject, path: Sequence[str]) -> JsonObject:
    """Return the object at a path, made where there is none.

    Raises:
        Unreadable: there is something else.
    """
    section = document
    for key in path:
        if section.get(key) is None:
            section[key] = {}
        section = section[key]
        if not isinstance(section, dict):
            raise Unreadable(f"{key} holds no servers by name")
    return section
