"""The calls that a client of this version knows, for comparing it with a gateway."""

from collections.abc import Sequence

from gateway.kit.operation import Operation

HEAD = '''"""Every call of the API that this version knows; rendered by `python -m gateway.sdk`."""

'''


def render_operations(operations: Sequence[Operation]) -> str:
    """Render the module with method and path of every operation that is not deprecated."""
    calls = sorted(f"{each.method} {each.path}" for each in operations if each.deprecation is None)
    lines = "".join(f"        {call!r},\n" for call in calls)
    return f"{HEAD}OPERATIONS = frozenset(\n    {{\n{lines}    }}\n)\n"
