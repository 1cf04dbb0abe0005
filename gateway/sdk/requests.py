"""The types of what users type, `killatamata/fields.py`: a TypedDict of each input and change.

Names are those of Python (`start_frame_image`); the client writes them as the wire does. A field
says what the gateway's model says: its description, bounds and default.
"""

import re
import types as python_types
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from inspect import getdoc
from textwrap import indent, wrap
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AwareDatetime, BaseModel
from pydantic.alias_generators import to_camel, to_snake
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.identity.keys.schemas import ChangeKey, SpendPolicy
from gateway.kit.database.states import State
from gateway.kit.wire.models import Usd
from gateway.library.schemas import ChangeAsset, ChangeProject
from gateway.media.schemas import SubmitJob, TaskRequest
from gateway.media.tasks.base import Task
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.inputs.fields import InlineMedia, MediaUrl
from gateway.sdk.formatting import render_public_names
from gateway.studio.films.cut import CutClip
from gateway.studio.plans.preparation.document_steps import SaveStoryboardStep, SaveTextStep
from gateway.studio.plans.schemas import StepRequest
from gateway.studio.storyboards.edits import SETTABLE_FIELDS, Edit, PatchShot, Set
from gateway.studio.storyboards.model import Shot, Storyboard
from gateway.studio.threads.schemas import ChangeSettings, ChangeThread

FIELDS_HEAD = '''\
"""Fields of requests, to type and to read; rendered by `python -m gateway.sdk`, not by hand.

`ImageGenerateJob` has the fields of `client.run("image.generate", …)`, `ChangeKey` those of
`client.keys.update`. A type checker and an editor know them; nothing here exists on the wire.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Required, TypeAlias, TypedDict

from killatamata.local_media import MediaFile, StoredMedia
from killatamata.many import Many
'''
MEDIA_ALIASES = '''\
Media: TypeAlias = MediaFile | StoredMedia | str | InlineMedia
"""Media: a `Path`, bytes, an open binary file, a picture of Pillow or NumPy, an asset, an output,
an address, a data URI, or type and base64."""

MediaUrl: TypeAlias = str | StoredMedia | MediaFile
"""Media by reference: https://…, asset://… or job://…/0, an asset or an output; local media is
uploaded first."""
'''
# What users type besides the inputs of tasks, without the fields that calls take by themselves.
REQUEST_MODELS: Mapping[type[BaseModel], Collection[str]] = {
    SpendPolicy: (),
    ChangeKey: {"key_id"},
    ChangeProject: {"project_id"},
    ChangeAsset: {"asset_id"},
    ChangeThread: {"thread_id"},
    ChangeSettings: (),
    CutClip: (),
    SaveTextStep: (),
    SaveStoryboardStep: (),
}
DOCUMENT_STEPS = {
    "studio.text.save": SaveTextStep,
    "studio.storyboard.save": SaveStoryboardStep,
}
WIRE_NAME = re.compile(r"\b[a-z]+(?:[A-Z][a-z0-9]*)+\b")
TEXTUAL = re.compile(r"\b(str|Literal|Media|MediaUrl)\b")  # items that can be text
DOCSTRING_COLUMNS = 88
# What the `fields` of an edit change: the name of their type, of what, and which.
EDIT_FIELDS: Mapping[type[BaseModel], tuple[str, type[BaseModel], Collection[str]]] = {
    Set: ("StoryboardChange", Storyboard, SETTABLE_FIELDS),
    PatchShot: ("ShotChange", Shot, Shot.model_fields.keys() - {"id"}),
}


def to_class_name(task_name: str) -> str:
    """Return the start of the names of a task's types: `image.generate` is `ImageGenerate`."""
    return "".join(word.capitalize() for word in task_name.split("."))


def render_fields() -> str:
    """Render the module of all requests; each class follows the ones it consists of."""
    models: dict[str, type[BaseModel]] = {}
    roots: list[type[BaseModel]] = [InlineMedia, SubmitJob, StepRequest, *REQUEST_MODELS]
    for root in (*roots, *_find_models(Edit), *(task.model for task in TASKS.values())):
        _collect_parts(root, models)
    del models["SubmitJob"], models["StepRequest"], models["TaskRequest"]
    for task in TASKS.values():
        del models[task.model.__name__]
    inline = models.pop("InlineMedia")
    parts = [_render_model(model, REQUEST_MODELS.get(model, ())) for model in models.values()]
    tasks = [text for task in TASKS.values() for text in _render_task(task)]
    head = [FIELDS_HEAD, _render_model(inline), MEDIA_ALIASES]
    text = "\n\n".join([*head, *parts, *_render_options(), *tasks, *_render_steps()])
    return text + render_public_names(text)


def has_prompt(task: Task[Any]) -> bool:
    """Return True if the input of a task needs a prompt, which `generate` takes by itself."""
    field = task.model.model_fields.get("prompt")
    return field is not None and field.is_required()


def _collect_parts(model: type[BaseModel], models: dict[str, type[BaseModel]]) -> None:
    """Collect a model after its bases and the models of its fields."""
    collected = models.get(model.__name__)
    if collected is not None:
        if collected is not model:
            raise ValueError(f"two requests are called {model.__name__}")
        return
    if (base := _find_base(model)) is not None:
        _collect_parts(base, models)
    for field in model.model_fields.values():
        for part in _find_models(field.annotation):
            _collect_parts(part, models)
    models[model.__name__] = model


def _find_base(model: type[BaseModel]) -> type[BaseModel] | None:
    """Return the base of a model that has fields of its own, if one does."""
    bases = (each for each in model.__bases__ if issubclass(each, BaseModel))
    return next((each for each in bases if each.model_fields), None)


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _find_models(part)


def _render_model(model: type[BaseModel], omitted: Collection[str] = ()) -> str:
    """Render a model as a TypedDict, with its base if that has fields of its own."""
    base = _find_base(model)
    inherited = {} if base is None else base.model_fields
    own = {
        name: field
        for name, field in model.model_fields.items()
        if name not in {*inherited, *omitted}
    }
    head = "TypedDict" if base is None else base.__name__
    text = getdoc(model) or ""
    if model not in EDIT_FIELDS:
        return _render_class(model.__name__, head, text, own)
    changes, _, _ = EDIT_FIELDS[model]
    changed = own.pop("fields")
    first = f"fields: Required[{changes}]\n{_render_docstring(_describe_field(changed))}"
    edit = _render_class(model.__name__, head, text, own, first)
    return f"{_render_changes(model)}\n\n{edit}"


def _render_changes(edit: type[BaseModel]) -> str:
    """Render the `fields` of an edit: each may be left out, and None removes it."""
    name, model, changed = EDIT_FIELDS[edit]
    lines = [f'"""Fields of a {model.__name__.lower()} to change; None removes."""', ""]
    for field_name, field in model.model_fields.items():
        if field_name in changed:
            kind = _render_kind(field.rebuild_annotation())
            lines.append(f"{field_name}: {kind.removesuffix(' | None')} | None")
            lines += [_render_docstring(text)] if (text := _describe_field(field)) else []
    body = indent("\n".join(lines), " " * 4)
    return f"class {name}(TypedDict, total=False):\n{body}\n"


def _render_class(
    name: str, base: str, docstring: str, fields: Mapping[str, FieldInfo], first: str = ""
) -> str:
    body = "\n".join([_render_docstring(docstring), "", first, *_render_members(fields)])
    return f"class {name}({base}, total=False):\n{indent(body, ' ' * 4)}\n"


def _render_members(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    for name, field in fields.items():
        if to_camel(name) != (field.alias or name):
            raise ValueError(f"{field.alias} cannot be told from {name}")
        kind = _render_kind(field.rebuild_annotation())
        yield f"{name}: Required[{kind}]" if field.is_required() else f"{name}: {kind}"
        if text := _describe_field(field):
            yield _render_docstring(text)


def _describe_field(field: FieldInfo) -> str:
    """Return description, bounds and default of a field, with the names of Python."""
    text = field.description or _find_description(field.annotation) or ""
    bounds = _describe_bounds(field.metadata)
    default = field.default
    is_told = default in (None, PydanticUndefined, (), "") or "efault" in text
    said = "" if is_told else f"Default: {default!r}."
    return " ".join(each for each in (text, bounds, said) if each)


def _render_docstring(text: str) -> str:
    """Render a docstring with the names of Python, in lines that fit."""
    text = WIRE_NAME.sub(lambda match: to_snake(match[0]), text).replace("\\", "\\\\")
    lines = text.splitlines() if "\n" in text else wrap(text, DOCSTRING_COLUMNS)
    return f'"""{text}"""' if len(lines) == 1 else "\n".join(['"""' + lines[0], *lines[1:], '"""'])


def _find_description(annotation: Any) -> str | None:  # noqa: ANN401 - any annotation
    for part in get_args(annotation):
        if isinstance(part, FieldInfo) and part.description:
            return part.description
        if found := _find_description(part):
            return found
    return None


def _describe_bounds(metadata: Collection[object]) -> str:
    least = next((each.ge for each in metadata if isinstance(each, Ge)), None)
    most = next((each.le for each in metadata if isinstance(each, Le)), None)
    above = next((each.gt for each in metadata if isinstance(each, Gt)), None)
    below = next((each.lt for each in metadata if isinstance(each, Lt)), None)
    if least is not None and most is not None:
        return f"From {least} to {most}."
    words = {"At least": least, "At most": most, "Above": above, "Below": below}
    return " ".join(f"{word} {each}." for word, each in words.items() if each is not None)


def _render_kind(annotation: Any) -> str:  # noqa: ANN401, PLR0911 - any annotation; one line each
    """Render an annotation as what a caller may pass."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if _is_marked(annotation, Usd):
            return "str | Decimal"
        if _is_marked(annotation, MediaUrl):
            return "MediaUrl"
        return _render_kind(arguments[0])
    if origin in {Union, python_types.UnionType}:
        kinds = dict.fromkeys(_render_kind(each) for each in arguments)
        return "Media" if InlineMedia.__name__ in kinds else " | ".join(kinds)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in {list, tuple}:
        item = _render_kind(arguments[0])
        return f"{'Many' if TEXTUAL.search(item) else 'Sequence'}[{item}]"
    if origin is dict:
        return f"Mapping[{', '.join(map(_render_kind, arguments))}]"
    return _render_plain(annotation)


def _render_plain(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, State):
        return f"Literal[{', '.join(map(repr, annotation))}]"
    names = {type(None): "None", AwareDatetime: "datetime | str", datetime: "datetime | str"}
    names |= {Any: "Any", dict: "Mapping[str, Any]"}
    return names.get(annotation) or str(annotation.__name__)


def _is_marked(annotation: Any, marked: Any) -> bool:  # noqa: ANN401 - any annotation
    """Return True if an annotation has the check that makes `marked` a type of its own."""
    return any(
        callable(getattr(each, "func", None)) and each in marked.__metadata__
        for each in annotation.__metadata__
    )


def _render_options() -> Iterator[str]:
    """Render the options of a priced item, a job and a step."""
    item = {name: TaskRequest.model_fields[name] for name in ("strict",)}
    job = {
        name: f
        for name, f in SubmitJob.model_fields.items()
        if name not in TaskRequest.model_fields
    }
    step = {
        name: field
        for name, field in StepRequest.model_fields.items()
        if name not in {"operation", "input", "strict"}
    }
    yield _render_class("ItemOptions", "TypedDict", "Options of every task, priced or run.", item)
    yield _render_class("JobOptions", "ItemOptions", "Options of a job, of every task.", job)
    yield _render_class("StepOptions", "ItemOptions", "Options of a step of a plan.", step)


def _render_task(task: Task[Any]) -> Iterator[str]:
    """Render the input of a task, and what is priced, run, saved or planned of it."""
    name, fields = to_class_name(task.name), dict(task.model.model_fields)
    base = "TypedDict"
    if has_prompt(task):
        prompt = {"prompt": fields.pop("prompt")}
        base = f"{name}Settings"
        yield _render_class(base, "TypedDict", f"Input of {task.name} besides its prompt.", fields)
        fields = prompt
        text = f"Settings of {task.name} with the options of a job, for `generate`."
        yield _render_class(f"{name}File", f"{base}, JobOptions", text, {})
    yield _render_class(f"{name}Input", base, getdoc(task.model) or "", fields)
    text = f"Input of {task.name} with the options of a quote."
    yield _render_class(f"{name}Quote", f"{name}Input, ItemOptions", text, {})
    text = f"Input of {task.name} with the options of a job."
    yield _render_class(f"{name}Job", f"{name}Input, JobOptions", text, {})


def _render_steps() -> Iterator[str]:
    """Render a class for the items of each task and the steps of each operation, and the unions."""
    edits = " | ".join(each.__name__ for each in _find_models(Edit))
    yield f'Edit: TypeAlias = (\n{edits})\n"""An edit of a storyboard."""\n'
    items = {task: f"{to_class_name(task)}Input" for task in TASKS}
    steps = items | {operation: model.__name__ for operation, model in DOCUMENT_STEPS.items()}
    yield from _render_union("Item", "task", items, "A task with its input, to price.")
    yield from _render_union("Step", "operation", steps, "A step of a plan.")


def _render_union(kind: str, word: str, inputs: Mapping[str, str], text: str) -> Iterator[str]:
    """Render a class for each name that `word` can have, and the union of them all."""
    for name, input_class in inputs.items():
        first = f"{word}: Required[Literal[{name!r}]]\ninput: Required[{input_class}]"
        docstring = f"{kind} {name}, with its input."
        yield _render_class(f"{to_class_name(name)}{kind}", f"{kind}Options", docstring, {}, first)
    union = " | ".join(f"{to_class_name(name)}{kind}" for name in inputs)
    yield f'{kind}: TypeAlias = (\n{union})\n"""{text}"""\n'
