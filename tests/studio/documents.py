"""Random storyboards: hypothesis strategies derived from the model."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.studio.storyboards.model import Storyboard
from gateway.studio.storyboards.normal_form import ASSET_PATTERN, SLUG_PATTERN

# Characters that could be read as a part of the grammar, or that damage text: combining marks, line
# ends that are none, directions, halves of an emoji family.
HOSTILE_CHARACTERS = (
    "#\\-: \t\n()[]{}\"'`~*_=<>/.|a1"
    "\u00e9\u0301\u0338\u00a0\u2028\u2029\u200d\u202e\ufeff\u1100\u1161\u0958\u212a\U0001f469"
)
HOSTILE_LINES = (
    "---",
    "#### Action",
    "## Scene s1",
    "\\# no",
    "- size: MCU",
    "- FOX (low): Now.",
    "null",
)
LETTERS = st.one_of(
    st.sampled_from(HOSTILE_CHARACTERS), st.characters(exclude_categories=["Cs", "Cc"])
)
TEXTS = st.lists(st.sampled_from(HOSTILE_LINES) | st.text(LETTERS, max_size=12), max_size=4)
ASSETS = st.from_regex(ASSET_PATTERN.replace("{1,64}", "{1,6}"), fullmatch=True)
SLUGS = st.from_regex(SLUG_PATTERN.replace("{0,31}", "{0,3}"), fullmatch=True)


def storyboards() -> st.SearchStrategy[Storyboard]:
    """Generate any storyboard that the schema accepts, with unique ids."""
    return model_values(Storyboard).map(_make_ids_unique).map(Storyboard.model_validate)


def model_values(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Generate JSON that a client could send for a model."""
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for field in model.model_fields.values():
        strategy = annotation_values(field.annotation, field.metadata)
        (required if field.is_required() else optional)[str(field.alias)] = strategy
    return st.fixed_dictionaries(required, optional=optional)


def annotation_values(annotation: Any, constraints: list[Any]) -> st.SearchStrategy[Any]:  # noqa: ANN401
    """Generate JSON that a client could send for an annotation with these constraints."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return annotation_values(arguments[0], [*constraints, *arguments[1:]])
    if origin in (Union, types.UnionType):
        return st.one_of(*[annotation_values(member, constraints) for member in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(annotation_values(arguments[0], []), max_size=2)
    if issubclass(annotation, BaseModel):
        return model_values(annotation)
    return plain_values(annotation, list(_flatten_constraints(constraints)))


def plain_values(kind: type, constraints: list[Any]) -> st.SearchStrategy[Any]:
    """Generate texts, numbers, booleans or null."""
    if kind is int:
        least: Any = next(mark.ge for mark in constraints if isinstance(mark, Ge))
        most: Any = next(mark.le for mark in constraints if isinstance(mark, Le))
        return st.integers(least, most)
    if kind is float:
        over: Any = next(mark.gt for mark in constraints if isinstance(mark, Gt))
        most = next(mark.le for mark in constraints if isinstance(mark, Le))
        return st.floats(over, most, exclude_min=True)
    others = {type(None): st.none(), bool: st.booleans()}
    return others[kind] if kind in others else text_values(constraints)


def text_values(constraints: list[Any]) -> st.SearchStrategy[str]:
    """Generate texts: of one line or several, as pattern and length allow."""
    pattern = next((mark.pattern for mark in constraints if hasattr(mark, "pattern")), None)
    if pattern == ASSET_PATTERN:
        return ASSETS
    if pattern == SLUG_PATTERN:
        return SLUGS
    most = next(mark.max_length for mark in constraints if isinstance(mark, MaxLen))
    if most > 2_000:
        return TEXTS.map("\n".join)
    line = TEXTS.map(lambda words: " ".join(words).replace("\n", " "))
    line = line.map(
        lambda text: text[:90].translate(dict.fromkeys(map(ord, ":()"), "-")) if pattern else text
    )
    return line.map(lambda text: f"{text}x")


def _flatten_constraints(marks: list[Any]) -> Any:  # noqa: ANN401
    for mark in marks:
        yield from _flatten_constraints(mark.metadata) if isinstance(mark, FieldInfo) else [mark]


def _make_ids_unique(document: dict[str, Any]) -> dict[str, Any]:
    scenes = document.get("scenes", [])
    shots = [shot for scene in scenes for shot in scene.get("shots", [])]
    for parts in (document.get("characters", []), scenes, shots):
        for number, part in enumerate(parts):
            part["id"] = f"{part['id'][:20]}-{number}"
    return document
