"""Shared components: parts that several operations repeat, moved out and referred to."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gateway.kit.wire.json_schema import JsonSchema
from gateway.openapi.problems import PROBLEM_JSON


@dataclass(frozen=True, slots=True)
class PartPlace:
    """The place of a part in the document, and the part's name if it is moved."""

    holder: Any
    key: str | int
    name: str

    @property
    def part(self) -> JsonSchema:
        """Return the part at this place."""
        part: JsonSchema = self.holder[self.key]
        return part

    def refer(self, kind: str, name: str) -> None:
        """Put a reference to a component here."""
        self.holder[self.key] = {"$ref": f"#/components/{kind}/{name}"}


def move_repeated_parts(paths: dict[str, JsonSchema], components: JsonSchema) -> None:
    """Move each parameter, example and response with more than one place into components."""
    operations = [each for methods in paths.values() for each in methods.values()]
    # An example is a part of a response, so it is moved first.
    _move_repeated(_list_parameters(operations), "parameters", components)
    _move_repeated(_list_examples(operations), "examples", components)
    _move_repeated(_list_responses(operations), "responses", components)


def _move_repeated(places: Iterator[PartPlace], kind: str, components: JsonSchema) -> None:
    whole = [place for place in places if "$ref" not in place.part]
    texts = [json.dumps(place.part) for place in whole]
    repeated = {text for text, count in Counter(texts).items() if count > 1}
    shared, names = components.setdefault(kind, {}), dict[str, str]()
    for place, text in zip(whole, texts, strict=True):
        if text not in repeated:
            continue
        if text not in names:
            names[text] = _free_name(place.name, shared)
            shared[names[text]] = place.part
        place.refer(kind, names[text])


def _free_name(name: str, taken: JsonSchema) -> str:
    free, number = name, 1
    while free in taken:
        free, number = f"{name}{number + 1}", number + 1
    return free


def _list_parameters(operations: list[JsonSchema]) -> Iterator[PartPlace]:
    for each in operations:
        for index, parameter in enumerate(each["parameters"]):
            name = parameter.get("name", "")
            yield PartPlace(each["parameters"], index, name[:1].upper() + name[1:])


def _list_examples(operations: list[JsonSchema]) -> Iterator[PartPlace]:
    for each in operations:
        for response in each["responses"].values():
            for content in response.get("content", {}).values():
                refused = content is response["content"].get(PROBLEM_JSON)
                for name in content.get("examples", ()):
                    whole = name if refused else f"{each['operationId']}.{name}"
                    yield PartPlace(content["examples"], name, whole)


def _list_responses(operations: list[JsonSchema]) -> Iterator[PartPlace]:
    for each in operations:
        for status in each["responses"]:
            yield PartPlace(each["responses"], status, _name_response(each, status))


def _name_response(operation: JsonSchema, status: str) -> str:
    """Return the name of a response: the codes of a refusal, else the model of the answer."""
    content = operation["responses"][status].get("content", {})
    if PROBLEM_JSON in content:
        codes = content[PROBLEM_JSON]["examples"]
        return "Or".join("".join(map(str.capitalize, code.split("_"))) for code in codes)
    answered = [each["schema"] for each in content.values() if "$ref" in each["schema"]]
    if answered:
        model: str = answered[0]["$ref"].rpartition("/")[2]
        return model
    return HTTPStatus(int(status)).phrase.replace(" ", "")
