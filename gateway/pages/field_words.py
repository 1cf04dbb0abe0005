"""Words of the fields of all forms, from `words/*.toml`: labels, hints, choices, problems.

A table is named as the field is on the wire; a second form that says it otherwise puts its own word
before, as `[share.prompt]`. `words/rules.toml` has one sentence for each rule a field can break,
and `words/problems.toml` a person's words for problems that speak to programs.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "words"
RULES_FILE: Final = "rules"
PROBLEMS_FILE: Final = "problems"
CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
PLACEHOLDER = re.compile(r"\\\{0\\\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWords:
    """The words of one field; `problems` are its own sentences for rules, by rule."""

    label: str
    hint: str = ""
    placeholder: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that a field can break: how the wire puts it, its sentence, and the next step."""

    name: str
    wire: re.Pattern[str]
    sentence: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A broken rule in a person's words; `next` is empty if the usual next step is right."""

    sentence: str
    next: str


def read_tables() -> dict[str, FieldWords]:
    """Read the words of all fields.

    Raises:
        ValueError: a table has an unknown key, is in two files, or its problem is of no rule.
    """
    tables: dict[str, FieldWords] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem not in {RULES_FILE, PROBLEMS_FILE}:
            for name, table in _list_tables(tomllib.loads(path.read_text(encoding="utf-8"))):
                if name in tables:
                    raise ValueError(f"{path.name}: {name} has words already")
                tables[name] = _build_words(f"{path.name}: {name}", table)
    return tables


def read_rules() -> list[Rule]:
    """Read the rules; the order of the file decides between two that fit."""
    tables = tomllib.loads((FOLDER / f"{RULES_FILE}.toml").read_text(encoding="utf-8"))
    rules = []
    for name, table in tables.items():
        wires = table["wire"] if isinstance(table["wire"], list) else [table["wire"]]
        wire = "|".join(PLACEHOLDER.sub("(.+)", re.escape(each)) for each in wires)
        rules.append(
            Rule(
                name=name,
                wire=re.compile(wire),
                sentence=table["sentence"],
                next=table.get("next", ""),
            )
        )
    return rules


def read_problem_words() -> dict[str, dict[str, str]]:
    """Read what a person reads instead of a problem's details and next steps, by its own text."""
    return tomllib.loads((FOLDER / f"{PROBLEMS_FILE}.toml").read_text(encoding="utf-8"))


def get_field_words(name: str) -> FieldWords:
    """Return the words of a field, or of another form's field as `form.field`.

    Raises:
        KeyError: the field has no words.
    """
    return FIELDS[name]


def find_field_words(name: str) -> FieldWords | None:
    """Return the words of a field of the wire: its own, else those that one form has for it."""
    return FIELDS.get(name) or FORM_FIELDS.get(name)


def format_field_name(name: str) -> str:
    """Return the label of a field of the wire; one that no form has is its name, spelt apart."""
    words = find_field_words(name)
    return words.label if words else CAMEL_CASE_BOUNDARY.sub(" ", name).capitalize()


def describe_broken_rule(name: str, label: str, message: str) -> BrokenRule | None:
    """Describe in a person's words what a message of the wire says about a field, if it is known.

    `label` is the label of the field in its form.
    """
    for rule in RULES:
        if (found := rule.wire.fullmatch(message)) is not None:
            words = find_field_words(name)
            own = None if words is None else words.problems.get(rule.name)
            values = [each for each in found.groups() if each is not None]
            return BrokenRule((own or rule.sentence).format(*values, label=label), rule.next)
    return None


def format_label(name: str, /, **values: object) -> str:
    """Return the label of a field; values fill its gaps."""
    label = get_field_words(name).label
    return label.format(**values) if values else label


def format_hint(name: str, /, **values: object) -> str:
    """Return the hint of a field; values fill its gaps."""
    hint = get_field_words(name).hint
    return hint.format(**values) if values else hint


def format_placeholder(name: str, /, **values: object) -> str:
    """Return the text that an empty field shows; values fill its gaps."""
    placeholder = get_field_words(name).placeholder
    return placeholder.format(**values) if values else placeholder


def list_options(name: str) -> Mapping[str, str]:
    """Return the words of each choice of a field, by its value on the wire."""
    return get_field_words(name).options


def _list_tables(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return each table of fields by its name; one inside a form is named after both."""
    tables = []
    for name, table in document.items():
        if "label" in table and isinstance(table["label"], str):
            tables.append((name, table))
        else:
            tables += [(f"{name}.{inner}", words) for inner, words in table.items()]
    return tables


def _build_words(place: str, table: Mapping[str, Any]) -> FieldWords:
    known = FieldWords.__dataclass_fields__
    problems = table.get("problems", {})
    if table.keys() - known or "label" not in table or problems.keys() - RULE_NAMES:
        raise ValueError(f"{place} has an unknown key or rule, or no label")
    return FieldWords(**table)


RULES: Final = read_rules()
RULE_NAMES: Final = frozenset(rule.name for rule in RULES)
FIELDS: Final[Mapping[str, FieldWords]] = MappingProxyType(read_tables())
FORM_FIELDS: Final[Mapping[str, FieldWords]] = MappingProxyType(
    {name.rpartition(".")[2]: FIELDS[name] for name in [*FIELDS][::-1] if "." in name}
)
