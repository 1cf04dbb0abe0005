"""Forms as Stripe reads them: `a[b][0]=c`."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from gateway.stripe_stand_in.store import Object

FIELD_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
BRACKETED_NAME = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> Object:
    """Parse a form into nested values; names that are numbers make a list.

    Raises:
        ValueError: a name is malformed, or is a value and a container at once.
    """
    root: Object = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = FIELD_NAME.fullmatch(name)
        if match is None:
            raise ValueError(name)
        path = [match[1], *BRACKETED_NAME.findall(match[2])]
        container = root
        for step, following in pairwise(path):
            container = container.setdefault(step or str(len(container)), {})
            if not isinstance(container, dict):
                raise ValueError(f"{name}: {following}")  # noqa: TRY004 - about the value
        container[path[-1] or str(len(container))] = value
    parsed: Object = to_lists(root)
    return parsed


def to_lists(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Convert `{"0": …, "1": …}` to a list, at any depth."""
    if not isinstance(value, dict):
        return value
    inner = {name: to_lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
