"""Bodies as Stripe reads them: `a[b][0]=c` in form encoding."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from gateway.stripe_stand_in.store import Object

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
INNER = re.compile(r"\[([^\[\]]*)\]")


def decoded(text: str) -> Object:
    """Return the nested value of a form; lists come as lists where their names are numbers."""
    root: Object = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = NAME.fullmatch(name)
        if match is None:
            raise ValueError(name)
        path = [match[1], *INNER.findall(match[2])]
        spot = root
        for step, following in pairwise(path):
            spot = spot.setdefault(step or str(len(spot)), {})
            if not isinstance(spot, dict):
                raise ValueError(f"{name}: {following}")  # noqa: TRY004 - about the value
        spot[path[-1] or str(len(spot))] = value
    listed: Object = lists(root)
    return listed


def lists(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn `{"0": …, "1": …}` into a list, at any depth."""
    if not isinstance(value, dict):
        return value
    inner = {name: lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
