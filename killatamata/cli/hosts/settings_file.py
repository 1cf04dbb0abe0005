"""A settings file of a host: our entry is added, and taken out again, byte for byte if possible.

Before the first change the file is copied to a folder of ours. A removal restores these bytes if
nothing but our entry has changed since; otherwise it takes out our entry alone. What an edit makes
is read again before it is written: if anything else would have changed, it is refused.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from killatamata.cli.hosts import jsonc, toml_text
from killatamata.cli.hosts.backup import Backup
from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

NAME = "killatamata"
PRIVATE, USUAL = 0o600, 0o666  # file modes; the umask takes from the second
GROUP_BITS = 0o070
BYTE_ORDER_MARK = "\ufeff"  # editors of Windows begin a file with it


class SettingsRefused(ValueError):  # noqa: N818 - a refusal
    """A settings file cannot be edited; the message names it and says why."""


Edit = Callable[[], None]  # what was planned, done


@dataclass(frozen=True, slots=True)
class Syntax:
    """The syntax of a settings file: how it is read, and how one value is set or removed."""

    load: Callable[[str], JsonObject]
    set_value: Callable[[str, Sequence[str], object], str]
    remove_value: Callable[[str, Sequence[str]], str]


def get_syntax(name: str) -> Syntax:
    """Return a syntax by its name."""
    if name == "yaml":
        from killatamata.cli.hosts import yaml_text as module  # noqa: PLC0415 - it takes long
    else:
        module = {"json": jsonc, "toml": toml_text}[name]
    return Syntax(module.load, module.set_value, module.remove_value)


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

    def plan_install(self, merge: Callable[[JsonObject], JsonObject]) -> Edit | None:
        """Plan to set our entry to what `merge` makes of the earlier one; None if it is equal.

        Raises:
            SettingsRefused: the file cannot be read or edited.
        """
        before = self._read()
        earlier = self._find_entry(before or "")
        after = self._set_entry(before or "", merge(earlier or {}))
        if after == before:
            return None
        backup = Backup(self.file)

        def install() -> None:
            if earlier is None or not backup.exists:
                backup.keep(before)
            self._write(after)

        return install

    def plan_removal(self) -> Edit | None:
        """Plan to take our entry out, or to restore the one before it; None if there is none.

        Raises:
            SettingsRefused: see `plan_install`; or the entry cannot be taken out alone.
        """
        now, backup = self._read(), Backup(self.file)
        entry = self._find_entry(now or "")
        if now is None or entry is None:
            return None
        kept = backup.read()
        after: str | None
        if not (backup.exists and self._is_only_change(kept, entry, now)):
            earlier = self._find_entry(kept)
            after = self._set_entry(now, earlier) if earlier else self._remove_entry(now)
        else:
            after = None if backup.note.exists() else kept  # None: we made the file

        def remove() -> None:
            if after is None:
                self.file.unlink()
            else:
                self._write(after)
            backup.forget()

        return remove

    def _is_only_change(self, earlier: str, entry: JsonObject, now: str) -> bool:
        try:
            return self._set_entry(earlier, entry) == now
        except SettingsRefused:
            return False

    def _set_entry(self, text: str, entry: JsonObject) -> str:
        """Return the text with our entry; of an earlier one only the values that differ change."""
        path = self._get_path(text)

        def edit(body: str) -> str:
            if (earlier := self._find_entry(body)) is None:
                return self.syntax.set_value(body, path, entry)
            for key in sorted(entry):
                if key not in earlier or earlier[key] != entry[key]:
                    body = self.syntax.set_value(body, (*path, key), entry[key])
            for key in sorted(earlier.keys() - entry.keys()):
                body = self.syntax.remove_value(body, (*path, key))
            return body

        return self._edit(text, edit, path, entry, "add the entry of --print by hand")

    def _remove_entry(self, text: str) -> str:
        path = self._get_path(text)

        def edit(body: str) -> str:
            return self.syntax.remove_value(body, path)

        return self._edit(text, edit, path, None, f"take {NAME} out by hand")

    def _edit(
        self,
        text: str,
        edit: Callable[[str], str],
        path: Sequence[str],
        entry: JsonObject | None,
        by_hand: str,
    ) -> str:
        """Edit a text; its line ends and its mark stay, and all that is not our entry.

        Raises:
            SettingsRefused: it cannot be read, or not be edited so.
        """
        try:
            expected = self._load(text)
            section = _get_section(expected, path[:-1])
        except ValueError as error:
            raise SettingsRefused(f"{self.file}: {error}; nothing was changed.") from None
        section.pop(NAME, None)
        if entry is not None:
            section[NAME] = entry
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        has_windows_ends = text.count("\n") == text.count("\r\n") > 0
        body = text.removeprefix(mark)
        try:
            after = edit(body.replace("\r\n", "\n") if has_windows_ends else body)
            after = mark + (after.replace("\n", "\r\n") if has_windows_ends else after)
            is_right = _prune(self._load(after), path) == _prune(expected, path)
        except ValueError as error:
            raise SettingsRefused(f"{self.file}: {error}; {by_hand}.") from None
        if not is_right:
            raise SettingsRefused(f"{self.file}: {by_hand}; nothing was changed.")
        return after

    def _find_entry(self, text: str) -> JsonObject | None:
        try:
            section = _get_section(self._load(text), self._get_path(text)[:-1])
        except ValueError as error:
            raise SettingsRefused(f"{self.file}: {error}; nothing was changed.") from None
        entry = section.get(NAME)
        return entry if isinstance(entry, dict) else None

    def _get_path(self, text: str) -> tuple[str, ...]:
        *newer, usual = self.sections
        document = self._load(text) if newer else {}
        used = (each for each in newer if _is_list_of_servers(document, each))
        return (*next(used, usual), NAME)

    def _load(self, text: str) -> JsonObject:
        return self.syntax.load(text.removeprefix(BYTE_ORDER_MARK))

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
        is_new = not self.file.exists()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            # Private until it has the rights of the old file: it may hold keys.
            with os.fdopen(os.open(fresh, flags, USUAL if is_new else PRIVATE), "wb") as opened:
                opened.write(text.encode())
            if not is_new:
                _copy_rights(self.file, fresh)
            fresh.replace(self.file)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def _copy_rights(old: Path, fresh: Path) -> None:
    """Give a file the owner, mode and further attributes of another, as far as we may."""
    wanted, now = old.stat(), fresh.stat()
    is_same_group = wanted.st_gid == now.st_gid
    if (wanted.st_uid, wanted.st_gid) != (now.st_uid, now.st_gid):
        try:
            os.chown(fresh, wanted.st_uid, wanted.st_gid)
            is_same_group = True
        except PermissionError:
            is_same_group = is_same_group or _give_to_group(fresh, wanted.st_gid)
    shutil.copystat(old, fresh)
    if not is_same_group:
        fresh.chmod(wanted.st_mode & 0o777 & ~GROUP_BITS)  # they were for another group
    os.utime(fresh)  # it has just been written: programs look for changes by the time


def _give_to_group(file: Path, group: int) -> bool:
    try:
        os.chown(file, -1, group)
    except PermissionError:
        return False
    return True


def _prune(document: JsonObject, path: Sequence[str]) -> JsonObject:
    """Return a document without the sections on a path that are empty, which means nothing."""
    pruned = deepcopy(document)
    for depth in range(len(path) - 1, 0, -1):
        parent = pruned
        for key in path[: depth - 1]:
            parent = parent.get(key) or {}
        if not parent.get(path[depth - 1]):
            parent.pop(path[depth - 1], None)
    return pruned


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
