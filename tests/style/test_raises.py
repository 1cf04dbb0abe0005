"""A docstring names the errors of today's code: a renamed one is renamed there too."""

import ast
import builtins
import re
from collections.abc import Iterator

from tests.style.source import find_functions, find_nodes, to_place

SECTION = re.compile(r"^Raises:\n((?:[ ]{4}.*\n?)+)", re.MULTILINE)
ERRORS = re.compile(r"^    ([A-Z]\w*(?:\.\w+)*(?:, [A-Z]\w*(?:\.\w+)*)*):", re.MULTILINE)


def list_known_names() -> set[str]:
    """List the classes of the checkout, what it imports, and the built-in errors."""
    imports = [node for _, node in find_nodes(ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    classes = {node.name for _, node in find_nodes(ast.ClassDef)}
    attributes = {node.attr for _, node in find_nodes(ast.Attribute)}  # errors of a library
    return imported | classes | attributes | set(dir(builtins))


def list_named_errors() -> Iterator[tuple[str, str]]:
    """Yield each error that a `Raises:` section names, with its place."""
    for path, node in find_functions():
        if section := SECTION.search(ast.get_docstring(node) or ""):
            for names in ERRORS.findall(section[1]):
                for name in names.split(", "):
                    yield to_place(path, node.lineno), name.split(".")[-1]


def test_each_error_that_a_docstring_names_is_there() -> None:
    known, named = list_known_names(), list(list_named_errors())
    assert len(named) > 300
    lost = [f"{place}: {name}" for place, name in named if name not in known]
    assert not lost, "\n".join(lost)
