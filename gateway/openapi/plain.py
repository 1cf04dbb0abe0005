"""Schemas as tool loaders take them: one type each, in requests without null, choice or bytes.

LangChain refuses a list of types in a request, Semantic Kernel sends only fields that stand in
`properties` and sends an empty object for each that it is not given. So a request keeps no null
(what is not meant is left out), no alternatives, and no optional object.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.kit.json_schema import JsonSchema

Schema = JsonSchema
NULL = {"type": "null"}
INLINE_MEDIA = "InlineMedia"
LONGEST_WORDS = 300
INLINE_TWIN = " Excludes its inline twin."  # which takes bytes, and is left out
# Said in full elsewhere, and too deep for a tool's answer.
OPAQUE = frozenset({"Storyboard"})
REQUEST_KEYS = (
    "type", "description", "enum", "default", "format", "minimum", "maximum", "exclusiveMinimum",
    "minItems", "maxItems", "maxLength", "required",
)  # fmt: skip
ANSWER_KEYS = ("type", "description", "enum", "const", "format", "$ref")


def shorten(words: str, longest: int = LONGEST_WORDS) -> str:
    """Return the sentences that fit, in one paragraph."""
    text = " ".join(words.split())
    while len(text) > longest:
        cut = text[:longest]
        ends = [cut.rfind(pause) for pause in (". ", "; ", ": ")]
        text = cut[: ends[0] + 1] if ends[0] > 0 else cut[: max(ends)] + "."
    return text


class PlainSchemas:
    """Reads schemas of one document and writes them plainly."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def to_request(self, schema: Schema) -> Schema:
        """Return the schema of something in a request; its references are resolved."""
        whole = self._resolved(schema)
        found = {name: whole[name] for name in REQUEST_KEYS if whole.get(name) is not None}
        if isinstance(found.get("type"), list):
            found["type"] = next(kind for kind in found["type"] if kind != "null")
        if "const" in whole:
            found["enum"] = [whole["const"]]
        if "enum" in found:
            found["enum"] = [each for each in found["enum"] if each is not None]
        if "description" in found:
            found["description"] = shorten(found["description"].replace(INLINE_TWIN, ""))
        if "items" in whole:
            found["items"] = self.to_request(whole["items"])
        if "properties" in whole:
            found["properties"] = dict(self._request_fields(whole))
        return found

    def to_answer(self, schema: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the schema of something answered: types and words, not the bounds."""
        if schema.get("$ref", "").rpartition("/")[2] in OPAQUE:
            return {"type": "object", "description": "The whole document."}
        schema = self._with_states(schema)
        found = {name: schema[name] for name in ANSWER_KEYS if name in schema}
        if "description" in found:
            found["description"] = shorten(found["description"])
        for name in ("anyOf", "oneOf"):
            if name in schema:
                found["anyOf"] = [self.to_answer(each) for each in schema[name]]
        if "items" in schema:
            found["items"] = self.to_answer(schema["items"])
        if "properties" in schema:
            # One of the two says it.
            twins = {
                f"{name[:-3]}Microusd" for name in schema["properties"] if name.endswith("Usd")
            }
            found["properties"] = {
                name: self.to_answer(each)
                for name, each in schema["properties"].items()
                if name not in twins
            }
        if isinstance(schema.get("additionalProperties"), dict):
            found["additionalProperties"] = self.to_answer(schema["additionalProperties"])
        return found

    def _with_states(self, schema: Schema) -> Schema:
        """Return a schema with the words of the states that it refers to written out.

        What an answer refers to further in is cut to an object, which a state is not.
        """
        kinds = [each for each in schema.get("anyOf", [schema]) if each != NULL]
        state = self.find(kinds[0]["$ref"]) if len(kinds) == 1 and "$ref" in kinds[0] else {}
        if "enum" not in state:
            return schema
        found = {"type": state["type"], "enum": state["enum"]}
        found |= {name: each for name, each in schema.items() if name not in {"$ref", "anyOf"}}
        if NULL in schema.get("anyOf", ()):
            found |= {"type": [found["type"], "null"], "enum": [*found["enum"], None]}
        return found

    def _request_fields(self, whole: Schema) -> Iterator[tuple[str, Schema]]:
        for name, field in whole["properties"].items():
            found = self.to_request(field)
            needed = name in whole.get("required", ())
            if not self._carries_bytes(field) and (needed or found.get("type") != "object"):
                yield name, found

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references, and choose the first alternative that is not null."""
        words = schema.get("description")
        while True:
            kinds = [each for each in schema.get("anyOf", ()) if each != NULL]
            if "$ref" in schema:
                schema = self.find(schema["$ref"])
            elif kinds:
                schema = {**schema, "anyOf": (), **kinds[0]}
            elif "discriminator" in schema:
                schema = self._of_any_task(schema)
            else:
                return {**schema, "description": words} if words else schema

    def find(self, reference: str) -> Schema:
        """Return the schema that a reference names."""
        return self._schemas[reference.rpartition("/")[2]]

    def _of_any_task(self, schema: Schema) -> Schema:
        """Return one schema for a request of whatever task."""
        variants = [self.find(each) for each in schema["discriminator"]["mapping"].values()]
        tasks = [each["properties"]["task"]["const"] for each in variants]
        fields = {**variants[0]["properties"]}
        fields["task"] = {"type": "string", "enum": tasks, "description": "The media task."}
        return {**variants[0], "description": schema["description"], "properties": fields}

    def _carries_bytes(self, field: Schema) -> bool:
        kinds = [*field.get("anyOf", ()), *field.get("oneOf", ())]
        kinds += [field["items"]] if "items" in field else []
        return field.get("$ref", "").endswith(INLINE_MEDIA) or any(map(self._carries_bytes, kinds))


def merge_inputs(inputs: Mapping[str, Schema]) -> Schema:
    """Return one object with every field of the tasks' plain inputs, each said to be of which."""
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


def _merge_field(by_task: Mapping[str, Schema]) -> Schema:
    """Keep what all tasks say of a field, and the words of each."""
    fields = [*by_task.values()]
    same = {
        key: value for key, value in fields[0].items() if all(o.get(key) == value for o in fields)
    }
    for bound, widest in (("minimum", min), ("maximum", max)):
        if all(bound in each for each in fields):
            same[bound] = widest(each[bound] for each in fields)
    if "type" not in same:
        same["type"] = "number"
    said: dict[str, list[str]] = {}
    for task, field in by_task.items():
        said.setdefault(field["description"], []).append(task)
    words = (f"{', '.join(tasks)}: {text}" for text, tasks in said.items())
    return {**same, "description": shorten(" ".join(words))}


def objects_in(part: object) -> Iterator[Schema]:
    """Yield every object in a part of a document, itself first."""
    if isinstance(part, list):
        for each in part:
            yield from objects_in(each)
    elif isinstance(part, dict):
        yield part
        for each in [*part.values()]:
            yield from objects_in(each)
