"""The calls that a client of this version knows, for comparing it with a gateway."""

from collections.abc import Sequence

from gateway.kit.operation import Operation
from gateway.media.tasks.catalogue import TASKS
from gateway.sdk.answers import is_for_browsers
from gateway.sdk.requests import DOCUMENT_STEPS

WEBHOOKS_OF_PROVIDERS = "webhooks"
SIGN_IN = "auth"
HEAD = '''"""Every call and task that this version knows; rendered by `python -m gateway.sdk`."""

'''


def render_operations(operations: Sequence[Operation]) -> str:
    """Render the module: method and path of what a program may call, and what has typed inputs."""
    calls = sorted(
        f"{each.method} {each.path}"
        for each in operations
        if each.deprecation is None
        and not is_for_browsers(each)
        and each.tag != SIGN_IN  # a client has its key already
        and not (each.public and each.tag == WEBHOOKS_OF_PROVIDERS)
    )
    typed = sorted([*TASKS, *DOCUMENT_STEPS])
    return f"{HEAD}{_render_names('OPERATIONS', calls)}{_render_names('TYPED_INPUTS', typed)}"


def _render_names(name: str, values: Sequence[str]) -> str:
    lines = "".join(f"        {each!r},\n" for each in values)
    return f"{name} = frozenset(\n    {{\n{lines}    }}\n)\n"
