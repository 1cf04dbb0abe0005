"""What the last release promised: nothing of its wire goes away, and today's client reads it.

Its OpenAPI document and its client lie beside each other in tests/flows/clients/data.
"""

import ast
import copy
import gzip
import json
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Union

from pydantic import TypeAdapter

from killatamata import types
from killatamata.model import Model

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "flows" / "clients" / "data"
Document = dict[str, Any]
Facts = dict[str, set[str]]
METHODS = {"get", "post", "patch", "put", "delete"}


@cache
def load_released() -> Document:
    """Load the OpenAPI document of the last release."""
    (file,) = DATA.glob("openapi-*.json.gz")
    document: Document = json.loads(gzip.decompress(file.read_bytes()))
    return document


@cache
def load_today() -> Document:
    document: Document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return document


def resolve(document: Document, part: Document) -> Document:
    """Follow a reference, if this part is one."""
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def name_branch(schema: Document) -> str:
    """Name a branch of a union by its constants, such as its task: each has its own fields."""
    constants = {
        name: str(each["const"])
        for name, each in schema.get("properties", {}).items()
        if "const" in each
    }
    return "".join(f"<{name}={each}>" for name, each in sorted(constants.items()))


class Shape:
    """A schema taken apart: its fields by path, with the kinds, words and need of each."""

    def __init__(self, document: Document, schema: Document) -> None:
        self._document = document
        self.kinds: Facts = {}
        self.words: Facts = {}
        self.required: set[str] = set()
        self._add(schema, "", ())

    def _add(self, schema: Document, path: str, refs: tuple[str, ...]) -> None:
        if (ref := schema.get("$ref")) in refs:
            return  # it holds itself
        schema, refs = resolve(self._document, schema), (*refs, *filter(None, [ref]))
        kinds = schema.get("type", [])
        self.kinds.setdefault(path, set()).update([kinds] if isinstance(kinds, str) else kinds)
        constants = [schema["const"]] if "const" in schema else schema.get("enum", [])
        self.words.setdefault(path, set()).update(map(str, constants))
        for each in schema.get("allOf", []):
            self._add(each, path, refs)
        for each in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
            name = name_branch(branch := resolve(self._document, each))
            is_form = not name and "properties" in schema and "properties" in branch
            needed = {*self.required}
            self._add(each, path + name, refs)
            if is_form:  # one of the ways to send the fields below: none of them is always needed
                self.required = needed
        if isinstance(schema.get("items"), dict):
            self._add(schema["items"], f"{path}[]", refs)
        if isinstance(schema.get("additionalProperties"), dict):
            self._add(schema["additionalProperties"], f"{path}.*", refs)
        for name, each in schema.get("properties", {}).items():
            self._add(each, f"{path}.{name}", refs)
            if name in schema.get("required", []):
                self.required.add(f"{path}.{name}")


def list_operations_of(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method in METHODS & methods.keys():
            yield f"{method.upper()} {path}", methods[method]


def get_answers(document: Document, operation: Document) -> dict[str, Document]:
    """Return the JSON contents of the successful answers, by status."""
    return {
        status: content["application/json"]
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        and "application/json" in (content := resolve(document, answer).get("content", {}))
    }


def list_losses(old: Document, new: Document) -> Iterator[str]:
    """List what a client of the old document may use and the new one does not have."""
    offered = dict(list_operations_of(new))
    for name, before in list_operations_of(old):
        after = offered.get(name)
        if after is None:
            yield f"{name} is gone"
            continue
        answers = get_answers(new, after)
        for status, content in get_answers(old, before).items():
            if status not in answers:
                yield f"{name} no longer answers {status}"
                continue
            shapes = Shape(old, content["schema"]), Shape(new, answers[status]["schema"])
            yield from (f"{name} {status}: {each}" for each in compare_answers(*shapes))
        bodies = [
            resolve(document, operation.get("requestBody", {}))
            .get("content", {})
            .get("application/json", {})
            .get("schema", {})
            for document, operation in ((old, before), (new, after))
        ]
        shapes = Shape(old, bodies[0]), Shape(new, bodies[1])
        yield from (f"{name} body: {each}" for each in compare_bodies(*shapes))
        yield from (f"{name} {each}" for each in compare_parameters(before, after, old, new))


def compare_fields(old: Shape, new: Shape) -> Iterator[str]:
    for path in old.kinds.keys() - new.kinds.keys():
        yield f"{path} is gone"
    for path, words in old.words.items():
        now = new.words.get(path, set())
        if path in new.kinds and now and words - now:
            yield f"{path} no longer knows {sorted(words - now)}"


def compare_answers(old: Shape, new: Shape) -> Iterator[str]:
    yield from compare_fields(old, new)
    for path in sorted(old.required - new.required):
        if path in new.kinds:
            yield f"{path} may be missing now"
    for path, kinds in old.kinds.items():
        if kinds and (more := new.kinds.get(path, set()) - kinds):
            yield f"{path} can be {sorted(more)} now"


def compare_bodies(old: Shape, new: Shape) -> Iterator[str]:
    yield from compare_fields(old, new)
    for path in sorted(new.required - old.required):
        # Where its object is new too, no program of before sends it.
        if path in old.kinds or path.rpartition(".")[0] in old.kinds:
            yield f"{path} is required now"
    for path, kinds in old.kinds.items():
        now = new.kinds.get(path, set())
        if now and kinds - now and "number" not in now:
            yield f"{path} can no longer be {sorted(kinds - now)}"


def list_parameters(document: Document, operation: Document) -> dict[tuple[str, str], Document]:
    found = [resolve(document, each) for each in operation.get("parameters", [])]
    return {(each["in"], each["name"]): each for each in found}


def compare_parameters(
    before: Document, after: Document, old: Document, new: Document
) -> Iterator[str]:
    known, now = list_parameters(old, before), list_parameters(new, after)
    for where, name in known.keys() - now.keys():
        yield f"{where} parameter {name} is gone"
    for key, each in now.items():
        if each.get("required") and not known.get(key, {}).get("required"):
            yield f"{key[0]} parameter {key[1]} is required now"


def test_nothing_of_the_released_wire_is_gone() -> None:
    assert list(list_losses(load_released(), load_today())) == []


def test_each_kind_of_loss_is_seen() -> None:
    new = copy.deepcopy(load_today())
    schemas = new["components"]["schemas"]
    del new["paths"]["/api/v1/packages"]
    del schemas["BalanceShown"]["properties"]["topUpUrl"]
    schemas["JobState"]["enum"].remove("expired")
    schemas["CreateKey"]["required"].append("scopes")
    del schemas["ImageEditInput"]["properties"]["width"]
    schemas["AudioGenerateInput"]["required"].append("seed")
    schemas["Key"]["properties"]["label"]["type"] = ["integer"]
    losses = "\n".join(list_losses(load_released(), new))
    for each in (
        "GET /api/v1/packages is gone",
        "GET /api/v1/balance 200: .topUpUrl is gone",
        "POST /api/v1/media/jobs 202: .status no longer knows ['expired']",
        "POST /api/v1/keys body: .scopes is required now",
        "POST /api/v1/media/jobs body: <task=image.edit>.input.width is gone",
        "POST /api/v1/media/jobs body: <task=audio.generate>.input.seed is required now",
        "GET /api/v1/keys 200: .data[].label can be ['integer'] now",
    ):
        assert each in losses


def list_released_answers() -> Iterator[tuple[str, list[str], Any]]:
    """Yield each recorded answer of the release, with the names of what it can be."""
    released = load_released()
    for name, operation in list_operations_of(released):
        for status, content in get_answers(released, operation).items():
            schema = content["schema"]
            refs = [each.get("$ref", "") for each in schema.get("anyOf", [schema])]
            for example, part in content.get("examples", {}).items():
                kinds = [each.rpartition("/")[2] for each in refs]
                told = resolve(released, part)
                if "value" in told:
                    yield f"{name} {status} {example}", kinds, told["value"]


def test_todays_client_reads_each_answer_of_the_released_gateway() -> None:
    seen = 0
    for name, kinds, answer in list_released_answers():
        models = [getattr(types, each) for each in kinds if hasattr(types, each)]
        if models:
            adapter: TypeAdapter[Model] = TypeAdapter(Union[*models])  # type: ignore[arg-type]  # known at run time
            assert adapter.validate_python(answer) is not None, name
            seen += 1
    assert seen > 100


def read_released_fields() -> Mapping[str, Mapping[str, bool]]:
    """Read the answers of the released client: of each field, if it had to be there."""
    (wheel,) = DATA.glob("killatamata-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read("killatamata/types.py"))
    classes: dict[str, dict[str, bool]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            fields: dict[str, bool] = {}
            for base in node.bases:
                fields |= classes.get(getattr(base, "id", ""), {})
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    default = "..." if part.value is None else ast.unparse(part.value)
                    fields[part.target.id] = "..." in default
            classes[node.name] = fields
    return classes


def test_no_answer_needs_a_field_that_the_released_gateway_may_not_send() -> None:
    """Such a field is marked `Since` in the gateway's model: the client then has a default."""
    needed = [
        f"{name}.{field}"
        for name, known in read_released_fields().items()
        if isinstance(model := getattr(types, name, None), type) and issubclass(model, Model)
        for field, info in model.model_fields.items()
        if info.is_required() and not known.get(field, False)
    ]
    assert needed == []
