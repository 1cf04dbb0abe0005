"""Rules of our own about the form of the code."""

import ast
import re

from pydantic import BaseModel

from gateway import catalogue
from tests.style.source import (
    PACKAGES,
    ROOT,
    find_functions,
    find_nodes,
    list_python_files,
    list_text_files,
    parse_file,
    to_place,
)

FUNCTION_WALL, FILE_WALL = 60, 400
DOORS = re.compile(r"^gateway/(doors/|pages/|kit/(?!wire/request_reader\.py))")
PUBLISHED = ("gateway", "workers", "mcp_server", "killatamata")
BODY_NAMES = {"body", "payload", "request", "content"}
FOREIGN = re.compile(r"(?<!\w)/wor[k]/|\bsub-?agen[t]s?\b|/bash_job[s]")  # does not match itself
LINK = re.compile(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)")


def test_a_docstring_is_read_by_inspect_so_that_every_python_sees_the_same() -> None:
    """Python 3.13 strips the indentation that 3.11 leaves in `__doc__`."""
    raw = [
        to_place(path, node.lineno)
        for path, node in find_nodes(ast.Attribute, *PUBLISHED)
        if node.attr == "__doc__" and isinstance(node.ctx, ast.Load)
    ]
    assert not raw, f"use inspect.getdoc: {raw}"


def test_a_function_fits_on_a_screen() -> None:
    long = [
        f"{to_place(path, node.lineno)} {node.name}: {lines} lines"
        for path, node in find_functions()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_WALL
    ]
    assert not long, f"over {FUNCTION_WALL} lines:\n" + "\n".join(long)


def test_a_file_fits_in_a_sitting() -> None:
    counted = {path: len(path.read_text().splitlines()) for path in list_python_files()}
    long = [
        f"{to_place(path)}: {lines} lines" for path, lines in counted.items() if lines > FILE_WALL
    ]
    assert not long, f"over {FILE_WALL} lines:\n" + "\n".join(long)


def test_each_folder_of_code_is_a_package_that_says_what_it_is() -> None:
    folders = {path.parent for path in list_python_files(*PACKAGES)}
    silent = [
        to_place(folder)
        for folder in sorted(folders)
        if not (file := folder / "__init__.py").exists() or not ast.get_docstring(parse_file(file))
    ]
    assert not silent, f"no __init__.py with a docstring: {silent}"


def test_bodies_are_read_by_the_wire_alone() -> None:
    """`json.loads` takes NaN, duplicate keys and lone surrogates; stored rows may use it."""
    found = []
    for path, call in find_nodes(ast.Call, "gateway", "mcp_server"):
        if ast.unparse(call.func) in {"json.loads", "json.load"}:
            names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
            names |= {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
            if DOORS.match(to_place(path)) or names & BODY_NAMES:
                found.append(to_place(path, call.lineno))
    assert not found, f"read JSON with gateway.kit.wire.request_reader: {found}"


def test_a_dump_of_a_wire_model_has_the_wire_names() -> None:
    catalogue.list_operations()  # loads them all
    ahead: list[type[BaseModel]] = [BaseModel]
    wrong = []
    for model in ahead:
        ahead += model.__subclasses__()
        config, ours = model.model_config, model.__module__.startswith("gateway.")
        if ours and config.get("alias_generator") and not config.get("serialize_by_alias"):
            wrong.append(f"{model.__module__}.{model.__name__}")
    assert wrong == []


def test_servers_log_and_never_print() -> None:
    found = [
        to_place(path, call.lineno)
        for path, call in find_nodes(ast.Call, "gateway", "workers", "mcp_server")
        if ast.unparse(call.func) == "print"
    ]
    assert not found, f"use structlog: {found}"


def test_nobody_swallows_a_crash() -> None:
    """A handler of everything ends in a bare `raise`: a cancel or a planned crash goes on."""
    found = [
        to_place(path, handler.lineno)
        for path, handler in find_nodes(ast.ExceptHandler)
        if (handler.type is None or "BaseException" in ast.unparse(handler.type))
        and ast.unparse(handler.body[-1]) != "raise"
    ]
    found += [
        to_place(path, call.lineno)
        for path, call in find_nodes(ast.Call)
        if ast.unparse(call.func).endswith("suppress") and "BaseException" in ast.unparse(call)
    ]
    assert not found, f"catch Exception, or raise at the end: {found}"


def test_no_word_comes_from_outside_the_project() -> None:
    found = []
    for path in list_text_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{to_place(path)}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert not found, "\n".join(found)


def test_each_link_between_our_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in LINK.findall(prose):
            outside = re.match(r"[a-z]+:|#|/", target)
            if not outside and not (page.parent / target.partition("#")[0]).exists():
                broken.append(f"{to_place(page)}: {target}")
    assert not broken, "\n".join(broken)
