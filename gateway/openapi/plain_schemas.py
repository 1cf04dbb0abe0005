"""Plain schemas for tool loaders: one type each, in requests without null, choice or bytes.

LangChain refuses a list of types in a request. Semantic Kernel sends only fields that stand in
`properties`, and sends an empty object for each that it is not given. So a request has no null (a
field that is not meant is left out), no alternatives, and no optional object.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.kit.wire.json_schema import JsonSchema
from gateway.media.tasks.inputs.fields import FRAME_ADVICE, MEDIA_FORMS

NULL = {"type": "null"}
INLINE_MEDIA = "InlineMedia"
MAX_DESCRIPTION_CHARS = 300
# Said once for all fields, or of another way to say the same, and is left out.
OMITTED_WORDS = (
    f" ({FRAME_ADVICE})", f": {MEDIA_FORMS}", " Excludes its inline twin.",
    " `Idempotency-Key` is an alias.",
)  # fmt: skip
# Words that add nothing to the name of a field: `planId` is "The plan.".
EMPTY_WORDS = frozenset({"the", "its", "a", "of", "in", "number"})
WORD, NAME_WORD = re.compile(r"\w+"), re.compile(r"[A-Z]?[a-z0-9]+")
# Documented in full elsewhere, and too deep for the answer of a tool.
OPAQUE_SCHEMAS = frozenset({"Storyboard"})
REQUEST_KEYS = (
    "type", "description", "enum", "default", "format", "minimum", "maximum", "exclusiveMinimum",
    "minItems", "maxItems", "maxLength", "required",
)  # fmt: skip
ANSWER_KEYS = ("type", "description", "enum", "const", "format", "$ref")


def omit_words(description: str) -> str:
    """Return a description without what a tool need not be told."""
    for words in OMITTED_WORDS:
        description = description.replace(words, "")
    return description


def _omit_repeated_name(name: str, plain: JsonSchema) -> JsonSchema:
    """Return the schema of a field without a description that says no more than its name."""
    if {*WORD.findall(plain.get("description", "").lower())} <= {
        *EMPTY_WORDS,
        *(word.lower() for word in NAME_WORD.findall(name)),
    }:
        plain.pop("description", None)
    return plain


def shorten_text(words: str, longest: int = MAX_DESCRIPTION_CHARS) -> str:
    """Return the first sentences of a text that fit, in one paragraph."""
    text = " ".join(words.split())
    while len(text) > longest:
        cut = text[:longest]
        ends = [cut.rfind(pause) for pause in (". ", "; ", ": ")]
        text = cut[: ends[0] + 1] if ends[0] > 0 else cut[: max(ends)] + "."
    return text


class PlainSchemas:
    """Converts the schemas of one document into plain ones."""

    def __init__(self, schemas: Mapping[str, JsonSchema]) -> None:
        self._schemas = schemas

    def to_request(self, schema: JsonSchema) -> JsonSchema:
        """Convert a schema of a request; its references are resolved."""
        whole = self._resolve(schema)
        plain = {name: whole[name] for name in REQUEST_KEYS if whole.get(name) is not None}
        if isinstance(plain.get("type"), list):
            plain["type"] = next(kind for kind in plain["type"] if kind != "null")
        if "const" in whole:
            plain["enum"] = [whole["const"]]
        if "enum" in plain:
            plain["enum"] = [each for each in plain["enum"] if each is not None]
        if "description" in plain:
            plain["description"] = shorten_text(omit_words(plain["description"]))
        if "items" in whole:
            plain["items"] = self.to_request(whole["items"])
        if "properties" in whole:
            plain["properties"] = dict(self._request_fields(whole))
        return plain

    def to_answer(self, schema: Any) -> Any:  # noqa: ANN401 - JSON
        """Convert a schema of an answer: types and descriptions, without bounds."""
        if schema.get("$ref", "").rpartition("/")[2] in OPAQUE_SCHEMAS:
            return {"type": "object", "description": "The whole document."}
        schema = self._inline_states(schema)
        plain = {name: schema[name] for name in ANSWER_KEYS if name in schema}
        if "description" in plain:
            plain["description"] = shorten_text(plain["description"])
        for name in ("anyOf", "oneOf"):
            if name in schema:
                plain["anyOf"] = [self.to_answer(each) for each in schema[name]]
        if "items" in schema:
            plain["items"] = self.to_answer(schema["items"])
        if "properties" in schema:
            # Each amount has two fields, in dollars and in micro-USD; one is enough for a model.
            twins = {
                f"{name[:-3]}Microusd" for name in schema["properties"] if name.endswith("Usd")
            }
            plain["properties"] = {
                name: _omit_repeated_name(name, self.to_answer(each))
                for name, each in schema["properties"].items()
                if name not in twins
            }
        if isinstance(schema.get("additionalProperties"), dict):
            plain["additionalProperties"] = self.to_answer(schema["additionalProperties"])
        return plain

    def _inline_states(self, schema: JsonSchema) -> JsonSchema:
        """Write out the values of the states that a schema refers to.

        A reference deep inside an answer is cut to an object, which a state is not.
        """
        kinds = [each for each in schema.get("anyOf", [schema]) if each != NULL]
        state = (
            self.get_referenced(kinds[0]["$ref"]) if len(kinds) == 1 and "$ref" in kinds[0] else {}
        )
        if "enum" not in state:
            return schema
        plain = {"type": state["type"], "enum": state["enum"]}
        plain |= {name: each for name, each in schema.items() if name not in {"$ref", "anyOf"}}
        if NULL in schema.get("anyOf", ()):
            plain |= {"type": [plain["type"], "null"], "enum": [*plain["enum"], None]}
        return plain

    def _request_fields(self, whole: JsonSchema) -> Iterator[tuple[str, JsonSchema]]:
        for name, field in whole["properties"].items():
            plain = self.to_request(field)
            needed = name in whole.get("required", ())
            if not self._carries_bytes(field) and (needed or plain.get("type") != "object"):
                yield name, plain

    def _resolve(self, schema: JsonSchema) -> JsonSchema:
        """Resolve references, and choose the first alternative that is not null.

        Beside `properties`, the alternatives are only the forms of a request.
        """
        words = schema.get("description")
        while True:
            kinds = [each for each in schema.get("anyOf", ()) if each != NULL]
            if "$ref" in schema:
                schema = self.get_referenced(schema["$ref"])
            elif kinds and "properties" not in schema:
                schema = {**schema, "anyOf": (), **kinds[0]}
            elif "discriminator" in schema:
                schema = self._merge_task_variants(schema)
            else:
                return {**schema, "description": words} if words else schema

    def get_referenced(self, reference: str) -> JsonSchema:
        """Return the schema that a reference names."""
        return self._schemas[reference.rpartition("/")[2]]

    def _merge_task_variants(self, schema: JsonSchema) -> JsonSchema:
        """Merge the variants of a request, one for each task, into one schema."""
        variants = [
            self.get_referenced(each) for each in schema["discriminator"]["mapping"].values()
        ]
        tasks = [each["properties"]["task"]["const"] for each in variants]
        fields = {**variants[0]["properties"]}
        fields["task"] = {"type": "string", "enum": tasks, "description": "The media task."}
        return {**variants[0], "description": schema["description"], "properties": fields}

    def _carries_bytes(self, field: JsonSchema) -> bool:
        kinds = [*field.get("anyOf", ()), *field.get("oneOf", ())]
        kinds += [field["items"]] if "items" in field else []
        return field.get("$ref", "").endswith(INLINE_MEDIA) or any(map(self._carries_bytes, kinds))


def merge_inputs(inputs: Mapping[str, JsonSchema]) -> JsonSchema:
    """Merge the plain inputs of tasks into one object; each field names the tasks that have it."""
    names = dict.fromkeys(name for each in inputs.values() for name in each["properties"])
    fields = {
        name: _merge_field(
            {
                task: each["properties"][name]
                for task, each in inputs.items()
                if name in each["properties"]
            }
        )
        for name in names
    }
    return {"type": "object", "properties": fields}


def _merge_field(by_task: Mapping[str, JsonSchema]) -> JsonSchema:
    """Merge a field of several tasks: the keys on which all agree, and the words of each."""
    fields = [*by_task.values()]
    same = {
        key: value for key, value in fields[0].items() if all(o.get(key) == value for o in fields)
    }
    for bound, widest in (("minimum", min), ("maximum", max)):
        if all(bound in each for each in fields):
            same[bound] = widest(each[bound] for each in fields)
    if "type" not in same:
        same["type"] = "number"
    tasks_by_text: dict[str, list[str]] = {}
    for task, field in by_task.items():
        tasks_by_text.setdefault(field["description"], []).append(task)
    words = (f"{', '.join(tasks)}: {text}" for text, tasks in tasks_by_text.items())
    return {**same, "description": shorten_text(" ".join(words))}


def walk_objects(part: object) -> Iterator[JsonSchema]:
    """Yield every object in a part of a document, itself first."""
    if isinstance(part, list):
        for each in part:
            yield from walk_objects(each)
    elif isinstance(part, dict):
        yield part
        for each in [*part.values()]:
            yield from walk_objects(each)
