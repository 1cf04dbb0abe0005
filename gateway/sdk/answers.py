"""The types of all answers, `killatamata/types.py`."""

import re
import types as python_types
from collections.abc import Iterator, Mapping, Sequence
from inspect import getdoc
from textwrap import indent
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import MISSING, BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.kit.database.states import State
from gateway.kit.operation import Operation
from gateway.kit.wire.models import Since
from gateway.sdk.formatting import render_public_names

K = TypeVar("K")
SECRET_NAME = re.compile(r"(^|_)(api_key|secret|password|token|device_code|upload_url|curl)$")
SECRET_LINKS = frozenset({"Share.url"})
SHOWN_FIELDS: Mapping[str, Sequence[str]] = {
    "Job": ("id", "task", "status", "progress", "outputs", "end_reason"),
    "PlanHead": ("plan_id", "state", "outcome", "title", "step_count", "total_usd"),
    "Quote": ("quote_id", "total_usd", "items", "expires_at"),
    "AgentRequest": ("request_id", "status", "model"),
}
# What an answer can do besides being read: see `killatamata/output_media.py`.
OWN_BASES: Mapping[str, str] = {
    "Job": "JobMedia",
    "JobOutput": "OutputMedia",
    "MediaOutput": "OutputMedia",
    "Asset": "OutputMedia",
}
TYPES_HEAD = '''\
"""Every answer of the API; rendered by `python -m gateway.sdk`, not written by hand."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from killatamata.model import Model, Word
from killatamata.output_media import JobMedia, OutputMedia
'''


def render_types(operations: Sequence[Operation]) -> str:
    """Render the module of all answers; each class follows the ones it consists of."""
    models: dict[str, type[BaseModel]] = {}
    for each in operations:
        if not is_for_browsers(each):
            for model in (each.response, *each.alternatives):
                _collect_models(model, models)
    states = {state.__name__: state for model in models.values() for state in _find_states(model)}
    aliases = [_render_alias(states[name]) for name in sorted(states)]
    classes = (_render_class(model, models) for model in models.values())
    text = "\n\n".join([TYPES_HEAD, *aliases, *classes])
    return text + render_public_names(text)


def is_for_browsers(each: Operation) -> bool:
    """Return True if the operation is of no use to a program with a key."""
    browsing = each.session == "only" or (each.public and each.session != "no")
    return browsing or not each.media_types


def _collect_models(model: type[BaseModel], models: dict[str, type[BaseModel]]) -> None:
    collected = models.get(model.__name__)
    if collected is not None:
        if collected is not model:
            raise ValueError(f"two answers are called {model.__name__}")
        return
    for base in model.__bases__:
        if issubclass(base, BaseModel) and base.model_fields:
            _collect_models(base, models)
    for name in _list_own_fields(model):
        for part in _find_types(model.model_fields[name].annotation, BaseModel):
            _collect_models(part, models)
    models[model.__name__] = model


def _list_own_fields(model: type[BaseModel]) -> list[str]:
    """List the fields that a model does not inherit."""
    inherited = {name for base in model.__bases__ for name in getattr(base, "model_fields", ())}
    return [name for name in model.model_fields if name not in inherited]


def _find_types(annotation: Any, kind: type[K]) -> Iterator[type[K]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, kind):
        yield annotation
    for part in get_args(annotation):
        yield from _find_types(part, kind)


def _find_states(model: type[BaseModel]) -> Iterator[type[State]]:
    for name in _list_own_fields(model):
        yield from _find_types(model.model_fields[name].annotation, State)


def _render_alias(state: type[State]) -> str:
    """Render a state as an alias of literals, which a client can compare with plain strings."""
    return f"{state.__name__} = {_render_literal(list(state))}\n{_render_docstring(state)}\n"


def _render_docstring(kind: type) -> str:
    text = getdoc(kind) or ""
    closing = '\n"""' if "\n" in text else '"""'
    return f'"""{text}{closing}'


def _render_class(model: type[BaseModel], models: Mapping[str, type[BaseModel]]) -> str:
    own = OWN_BASES.get(model.__name__, "Model")
    base = next((each.__name__ for each in model.__bases__ if each.__name__ in models), own)
    shown = SHOWN_FIELDS.get(model.__name__)
    first = "" if shown is None else f"shown_fields: ClassVar = {shown!r}"
    body = "\n".join([_render_docstring(model), "", first, *_render_fields(model)])
    return f"class {model.__name__}({base}):\n{indent(body, ' ' * 4)}\n"


def _render_fields(model: type[BaseModel]) -> Iterator[str]:
    for name in _list_own_fields(model):
        field = model.model_fields[name]
        default = _render_default(field)
        alias = field.serialization_alias or field.alias or name
        options = [f"alias={alias!r}"] if alias != to_camel(name) else []
        if SECRET_NAME.search(name) or f"{model.__name__}.{name}" in SECRET_LINKS:
            options.append("repr=False")
        kind = render_annotation(_annotate(field))
        for since in (each for each in field.metadata if isinstance(each, Since)):
            kind += " | None" * (since.otherwise == "None" and not kind.endswith("| None"))
            default = f" = {since.otherwise}"
        if options:
            first = default.removeprefix(" = ") or "..."
            # A default that is a `Field` already, such as one with a factory, keeps what it says.
            first = first.removeprefix("Field(").removesuffix(")") if "Field(" in first else first
            default = f" = Field({', '.join([first, *options])})"
        yield f"{name}: {kind}{default}"
        if field.description:
            yield f'"""{field.description}"""'


def _render_default(field: FieldInfo) -> str:
    if field.default_factory is not None or isinstance(field.default, BaseModel):
        kind = field.annotation if isinstance(field.default, BaseModel) else field.default_factory
        return f" = Field(default_factory={getattr(kind, '__name__', kind)})"
    if field.default is not PydanticUndefined and field.default is not MISSING:
        return f" = {field.default!r}"
    # A gateway of another version may not send what can be null.
    optional = {type(None), MISSING} & set(get_args(field.annotation))
    return " = None" if optional else ""


def _annotate(field: FieldInfo) -> Any:  # noqa: ANN401 - any annotation
    """Return the annotation of a field; pydantic keeps the schema of a plain one apart from it."""
    return Annotated[field.annotation, field]


def _is_time(metadata: Sequence[object]) -> bool:
    """Return True if a text is declared to be a time."""
    schemas = (each.json_schema_extra for each in metadata if isinstance(each, FieldInfo))
    return any(isinstance(each, dict) and each.get("format") == "date-time" for each in schemas)


def render_annotation(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """Render an annotation for the client: without the limits, which only the gateway checks."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return "datetime" if _is_time(arguments[1:]) else render_annotation(arguments[0])
    if origin is Literal:
        return _render_literal(arguments)
    if origin in {Union, python_types.UnionType}:
        return " | ".join(dict.fromkeys(render_annotation(each) for each in arguments))
    if origin is not None:
        inner = ", ".join(
            "..." if each is Ellipsis else render_annotation(each) for each in arguments
        )
        return f"{origin.__name__}[{inner}]"
    if annotation in {type(None), MISSING}:
        return "None"
    return "Any" if annotation is Any else str(annotation.__name__)


def _render_literal(choices: Sequence[object]) -> str:
    """Render a choice of constants; a later gateway may add words and numbers to a choice."""
    kind = f"Literal[{', '.join(map(repr, choices))}]"
    return kind if isinstance(choices[0], bool) else f"Annotated[{kind}, Word]"
