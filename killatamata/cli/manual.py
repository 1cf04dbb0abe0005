"""`man`: manual pages, written from the same text as `--help`."""

import os
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from killatamata.cli.print_options import COMMON_PANEL
from killatamata.cli.session import Session, command
from killatamata.cli.terminal import to_plain_text
from killatamata.profiles import get_config_path

app = typer.Typer()
PROGRAM = "killatamata"
PARAMETER = re.compile(r"(.*?)(?: <(.*)>| ([A-Z]\S*))?")
EXIT_STATUS = {
    0: "done",
    1: "an error",
    2: "the command line is wrong",
    3: "not signed in, or refused",
    4: "not enough credit, or over a limit",
    5: "the job failed; nothing was charged",
    6: "the wait ended; the job is still running",
    7: "approval is required",
    130: "interrupted",
}
ENVIRONMENT = {
    "KT_API_KEY": "The API key; it wins over the one that login has kept.",
    "KT_API_BASE": "The address of the gateway.",
    "KT_KEY_PROFILE": "The profile of the settings to use.",
    "NO_COLOR": "If it is set, nothing but plain text is printed.",
    "PAGER": "The program that shows what is longer than the terminal; if not set, less.",
}


@command(app, "man", example="killatamata man && man killatamata-run")
def install_manual(
    session: Session,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; if not given, your own man1.")
    ] = None,
) -> None:
    """Write a manual page for each command, where man finds it."""
    from killatamata.cli import build_app  # noqa: PLC0415 - this module is part of it

    folder = out or _get_own_folder()
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in render_pages(get_command(build_app())).items():
        file = folder / f"{name}.1"
        file.write_text(text, encoding="utf-8")
        files.append(str(file))
    words = f"{len(files)} pages are in {folder}.\nTo read one:  man {PROGRAM}"
    session.print_line({"folder": str(folder), "files": files}, words, *files)


def _get_own_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "man" / "man1"


def render_pages(root: Any) -> dict[str, str]:  # noqa: ANN401 - typer exports no class for it
    """Render the pages of a command and of those below it, by name."""
    return dict(_walk(root, PROGRAM, None))


def _walk(node: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    context = typer.Context(node, info_name=path.rpartition(" ")[2], parent=parent)
    yield path.replace(" ", "-"), "\n".join(_render_page(node, path, context)) + "\n"
    for name, child in _list_children(node, context).items():
        yield from _walk(child, f"{path} {name}", context)


def _list_children(node: Any, context: typer.Context) -> dict[str, Any]:  # noqa: ANN401
    names = node.list_commands(context) if hasattr(node, "commands") else []
    return {name: node.commands[name] for name in names if not node.commands[name].hidden}


def _render_page(node: Any, path: str, context: typer.Context) -> Iterator[str]:  # noqa: ANN401
    name = path.replace(" ", "-")
    version = metadata.version(PROGRAM)
    yield f'.TH "{escape(name.upper())}" "1" "" "{PROGRAM} {escape(version)}" "Killa Tamata"'
    yield ".SH NAME"
    yield f"{escape(name)} \\- {escape(_get_first_line(node))}"
    yield ".SH SYNOPSIS"
    yield f".B {escape(path)}"
    yield escape(" ".join(node.collect_usage_pieces(context)))
    yield ".SH DESCRIPTION"
    for paragraph in re.split(r"\n\s*\n", node.help or ""):
        yield from (".PP", escape(" ".join(paragraph.split())))
    yield from _render_parameters(node, context)
    yield from _render_children(node, path, context)
    if node.epilog:
        yield from (".SH EXAMPLE", ".nf", escape(node.epilog.removeprefix("Example: ")), ".fi")
    yield from _render_table("EXIT STATUS", {str(code): each for code, each in EXIT_STATUS.items()})
    yield from _render_table("ENVIRONMENT", ENVIRONMENT)
    yield from (".SH FILES", ".TP", f".I {escape(_get_config_words())}", "Profiles and settings.")
    if path != PROGRAM:
        above = path.rpartition(" ")[0].replace(" ", "-")
        yield from (".SH SEE ALSO", f".BR {escape(above)} (1)")


def _render_children(node: Any, path: str, context: typer.Context) -> Iterator[str]:  # noqa: ANN401
    panels: dict[str, dict[str, Any]] = {}
    for name, child in _list_children(node, context).items():
        title = getattr(child, "rich_help_panel", None) or "Commands"
        panels.setdefault(title, {})[name] = child
    for title, children in panels.items():
        yield f".SH {escape(title.upper())}"
        for name, child in children.items():
            page = f"{path} {name}".replace(" ", "-")
            yield from (".TP", f".BR {escape(page)} (1)", escape(_get_first_line(child)))


def _render_parameters(node: Any, context: typer.Context) -> Iterator[str]:  # noqa: ANN401
    sections: dict[str, list[Any]] = {}
    for each in node.get_params(context):
        kind = "Arguments" if each.param_type_name == "argument" else "Options"
        title = getattr(each, "rich_help_panel", None) or kind
        sections.setdefault(title, []).append(each)
    for title, parameters in sorted(sections.items(), key=lambda each: each[0] == COMMON_PANEL):
        yield f".SH {escape(title.upper())}"
        for each in parameters:
            record = each.get_help_record(context)
            if record is not None:
                yield from (".TP", _render_head(record[0]), escape(record[1]))


def _render_head(words: str) -> str:
    """Render the names of a parameter bold, and the kind of its value in italics."""
    names, kind, value = PARAMETER.fullmatch(words).groups()  # type: ignore[union-attr]  # any text
    italic = kind or value
    return rf"\fB{escape(names)}\fR" + (rf" \fI{escape(italic)}\fR" if italic else "")


def _render_table(title: str, rows: dict[str, str]) -> Iterator[str]:
    yield f".SH {title}"
    for name, words in rows.items():
        yield from (".TP", f".B {escape(name)}", escape(words))


def _get_first_line(node: Any) -> str:  # noqa: ANN401
    return str(node.help or "").split("\n\n", maxsplit=1)[0].replace("\n", " ").removesuffix(".")


def _get_config_words() -> str:
    """Return the path of the settings, without the name of whoever renders the page."""
    own = str(get_config_path())
    return own.replace(str(Path.home()), "~")


def escape(text: str) -> str:
    """Return text as roff prints it: a leading dot is no request, and a hyphen no dash."""
    plain = to_plain_text(text).replace("\\", "\\e").replace("-", "\\-")
    ascii_only = re.sub(r"[^\x00-\x7f]", lambda match: rf"\[u{ord(match[0]):04X}]", plain)
    return re.sub(r"^([.'])", r"\\&\1", ascii_only, flags=re.MULTILINE)
