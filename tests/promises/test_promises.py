"""Each promise of the manifest has a test, and each test's promise is in the manifest."""

import ast
import tomllib
from collections import defaultdict

from tests.style.source import ROOT, find_functions, find_nodes, to_place

MANIFEST = ROOT / "tests" / "promises" / "manifest.toml"


def promises() -> dict[str, str]:
    """Read the manifest as `room: name` and its sentence."""
    rooms = tomllib.loads(MANIFEST.read_text())
    return {f"{room}: {name}": text for room, own in rooms.items() for name, text in own.items()}


def proofs() -> dict[str, list[str]]:
    """Collect each promise named by a mark, with the test functions that carry it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, function in find_functions():
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
                for argument in mark.args:
                    place = f"{to_place(path, function.lineno)} {function.name}"
                    found[ast.literal_eval(argument)].append(place)
    return found


def test_each_promise_has_a_test() -> None:
    proven = proofs()
    bare = [f"{name}: {text}" for name, text in promises().items() if name not in proven]
    assert not bare, (
        'no test carries @pytest.mark.promise("…") for these; mark the one that proves it:\n'
        + "\n".join(bare)
    )


def test_each_mark_names_a_known_promise() -> None:
    known = promises()
    unknown = {name: places for name, places in proofs().items() if name not in known}
    assert not unknown, f"not in {to_place(MANIFEST)}: {unknown}"


def test_a_mark_sits_on_a_test_function() -> None:
    """Anywhere else it proves nothing: on a module, a class, a parameter or a helper."""
    held = {
        mark
        for _, function in find_functions()
        if function.name.startswith("test_")
        for mark in function.decorator_list
    }
    stray = [
        to_place(path, call.lineno)
        for path, call in find_nodes(ast.Call, "tests")
        if ast.unparse(call.func) == "pytest.mark.promise" and call not in held
    ]
    assert not stray, f"put the mark on the test function that proves the promise: {stray}"
