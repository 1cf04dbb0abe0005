"""`killatamata mcp install`: our server in the settings of an MCP host."""

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from killatamata.cli.hosts.catalogue import HOSTS, OTHER_NAMES, Host, list_used_files
from killatamata.cli.hosts.entries import merge_entries
from killatamata.cli.hosts.folders import Folders
from killatamata.cli.hosts.settings_file import (
    NAME,
    Edit,
    SettingsFile,
    SettingsRefused,
    get_syntax,
)
from killatamata.cli.hosts.transport import HTTP, STDIO, build_connection
from killatamata.cli.session import Session, exit_with_message
from killatamata.cli.terminal import errors, output, print_table, to_plain_text
from killatamata.wire import JsonObject


def install_in_host(
    session: Session,
    host: Annotated[
        str,
        typer.Argument(
            help="claude-code, cursor, …; default: list the hosts of this machine.",
            autocompletion=lambda: [*HOSTS],
        ),
    ] = "",
    transport: Annotated[
        str | None,
        typer.Option(
            help="stdio: run this command with the stored key; http: the URL, where each person"
            " signs in. Default: what works at once; in a project http."
        ),
    ] = None,
    *,
    project: Annotated[bool, typer.Option("--project", help="In this folder's settings.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Undo it.")] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Print what would be written; write nothing.")
    ] = False,
) -> None:
    """Add the MCP server to a host's settings; no key is written into them."""
    if not host:
        _print_hosts(session)
        return
    chosen = HOSTS.get(OTHER_NAMES.get(host, host))
    if chosen is None:
        exit_with_message(f"{host}: one of {', '.join(HOSTS)}")
    if transport not in {None, STDIO, HTTP}:
        exit_with_message(f"--transport {transport}: stdio or http")
    if remove and print_only:
        exit_with_message("--print shows what would be added: give it without --remove.")
    files = _list_files(chosen, project=project)
    if remove:
        _remove_from_host(session, chosen, files)
        return
    connection = build_connection(session, chosen, transport, in_project=project)
    if print_only:
        _print_entry(session, chosen, files, connection.entry)
        return
    merge = partial(merge_entries, chosen, connection.entry)
    changed = _edit_files(files, lambda each: each.plan_install(merge))
    words = chosen.next_step if connection.transport == STDIO else chosen.sign_in
    session.print_result(
        {
            "host": host,
            "transport": connection.transport,
            "files": [str(each.file) for each in files],
            "changed": bool(changed),
            "entry": connection.entry,
        },
        lambda: _print_lines(_describe_install(files, changed), words.format(title=chosen.title)),
        [each.file for each in files],
    )
    if connection.reason:
        errors.print(to_plain_text(f"By its URL, because: {connection.reason}"))


def _edit_files(
    files: list[SettingsFile], plan: Callable[[SettingsFile], Edit | None]
) -> list[SettingsFile]:
    """Edit files and return those that change; if one is refused, none is written.

    Raises:
        SettingsRefused: one cannot be edited, or not be written.
    """
    edits = [(each, edit) for each in files if (edit := plan(each))]
    changed: list[SettingsFile] = []
    for each, edit in edits:
        try:
            edit()
        except OSError as error:
            done = ", ".join(str(one.file) for one in changed)
            raise SettingsRefused(f"{each.file}: {error}. Changed: {done or 'nothing'}.") from None
        changed.append(each)
    return changed


def _describe_install(files: list[SettingsFile], changed: list[SettingsFile]) -> Iterator[str]:
    for each in files:
        yield f"{each.file} {'now has' if each in changed else 'already had'} {NAME}."


def _remove_from_host(session: Session, host: Host, files: list[SettingsFile]) -> None:
    changed = _edit_files(files, SettingsFile.plan_removal)
    lines = [
        f"{each.file} has its own {NAME} of before again; once more takes it out too."
        if each.find_entry()
        else f"{each.file} no longer has {NAME}."
        for each in changed
    ]
    session.print_result(
        {"files": [str(each.file) for each in changed], "changed": bool(changed)},
        lambda: _print_lines(lines or [f"{host.title} does not have {NAME}."]),
        changed,
    )


def _list_files(host: Host, *, project: bool) -> list[SettingsFile]:
    """Return the settings files to edit.

    Raises:
        SettingsRefused: the host has no settings for a project.
    """
    files = list_used_files(host, Folders.of_this_machine())
    if project:
        if host.find_project_file is None:
            raise SettingsRefused(f"{host.title} has no settings for a project.")
        files = [host.find_project_file(Path.cwd())]
    own = dict.fromkeys(each.resolve() for each in files)  # two may be links to one
    return [SettingsFile(each, get_syntax(host.syntax), host.sections) for each in own]


def _print_entry(
    session: Session, host: Host, files: list[SettingsFile], entry: JsonObject
) -> None:
    paths = [str(each.file) for each in files]
    fragment = get_syntax(host.syntax).set_value("", (*host.sections[-1], NAME), entry)

    def print_for_people() -> None:
        errors.print(to_plain_text("\n".join(paths)))
        sys.stdout.write(fragment)

    session.print_result({"files": paths, "entry": entry}, print_for_people)


def _print_hosts(session: Session) -> None:
    """Print the hosts that are found here, and which of them have our server."""
    rows = [*_find_hosts(Folders.of_this_machine())]

    def print_for_people() -> None:
        print_table(
            ("host", "installed", "settings"),
            ((row["host"], "yes" if row["installed"] else "no", row["file"]) for row in rows),
        )
        errors.print(to_plain_text("To add one:  killatamata mcp install HOST"))
        missing = [name for name in HOSTS if name not in {row["host"] for row in rows}]
        errors.print(to_plain_text(f"Not found here: {', '.join(missing) or 'none'}"))

    session.print_result(rows, print_for_people, [row["host"] for row in rows])


def _find_hosts(folders: Folders) -> Iterator[JsonObject]:
    for name, host in HOSTS.items():
        places = host.list_places(folders)
        used = any(place.folder.is_dir() or place.file.exists() for place in places)
        if not used and not any(shutil.which(program) for program in host.programs):
            continue
        for file in list_used_files(host, folders):
            settings = SettingsFile(file, get_syntax(host.syntax), host.sections)
            try:
                installed = settings.find_entry() is not None
            except SettingsRefused:
                installed = False
            yield {"host": name, "title": host.title, "file": str(file), "installed": installed}


def _print_lines(lines: Iterator[str] | list[str], *more: str) -> None:
    for line in (*lines, *more):
        output.print(to_plain_text(line))
