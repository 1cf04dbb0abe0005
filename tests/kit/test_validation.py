import json
from typing import Annotated, Any, Literal

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Tag, ValidationError

from gateway.kit.errors import InvalidInput
from gateway.kit.wire import request_reader, validation
from gateway.kit.wire.misspellings import build_suggestion, find_nearest_name
from gateway.kit.wire.models import OneOf
from gateway.kit.wire.validation import prefix_fields, problem_from_validation


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["leaf"] = "leaf"
    leaf_size: Annotated[int, Field(alias="leafSize", ge=1, le=9)]


class Twig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["twig"]
    length: float


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    by_name: Annotated[dict[str, Leaf], Field(alias="byName")] = {}
    grown: Annotated[Leaf | Twig | None, Field(discriminator="kind")] = None
    either: int | Leaf | None = None
    tagged: Annotated[Annotated[int, Tag("number")] | list[Leaf], Field()] = 0
    short: Annotated[Annotated[str, AfterValidator(str)], Field(max_length=3)] = ""
    name: Annotated[str, Field(pattern="^[a-z]+$", description="A name.", examples=["oak"])] = "a"
    pair: Annotated[tuple[int, ...], Field(min_length=1, strict=False)] = (1,)


def validate_tree(value: Any, prefix: str = "") -> InvalidInput:  # noqa: ANN401
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate(value)
    return problem_from_validation(caught.value, Tree, prefix)


@pytest.mark.parametrize(
    ("value", "field", "hint"),
    [
        ({"leef": 1}, "leef", "Did you mean `leaf`?"),
        ({"BY-NAME": 1}, "BY-NAME", "Did you mean `byName`?"),
        ({"leaf": {"leafSize": 0}}, "leaf.leafSize", "The nearest valid value is 1."),
        ({"leaf": {"leaf_size": 1, "leafSize": 1}}, "leaf.leaf_size", "Did you mean `leafSize`?"),
        ({"leaves": [{"leafSize": 1}, {"leafSize": 10}]}, "leaves.1.leafSize", "value is 9."),
        ({"leaves": [{}]}, "leaves.0.leafSize", "Add this field."),
        ({"byName": {"oak": {"leafSize": 0}}}, "byName.oak.leafSize", "value is 1."),
        ({"grown": {"kind": "twig", "length": 1.5, "lenght": 1}}, "grown.lenght", "`length`?"),
        ({"grown": {"kind": "leaf", "leafSize": 10}}, "grown.leafSize", "value is 9."),
        ({"grown": {"kind": "stone"}}, "grown", "Correct it"),
        ({"leaves": "none"}, "leaves", "Send a list of objects with `leafSize` and optionally"),
        ({"name": "X"}, "name", "A name. It must match ^[a-z]+$, for example `oak`."),
        ({"pair": []}, "pair", "It has 0: add some."),
        ({"short": "long"}, "short", "It has 4: shorten it."),
        ({"zzzzzz": 1}, "zzzzzz", "Known fields: `leaf`, `leaves`"),
        ([], "body", "Send an object with optionally `leaf`, `leaves`"),
    ],
)
def test_a_fault_is_named_as_the_client_wrote_it(value: object, field: str, hint: str) -> None:
    found = validate_tree(value)
    assert found.field == field
    assert hint in found.next_step
    assert found.detail.startswith(f"`{field}` ")


class Source(OneOf):
    forms = ({"jobId": {"type": "string"}}, {"fileUrl": {"type": "string"}, "name": {"const": "a"}})

    job_id: Annotated[str | None, Field(pattern=r"^job_[0-9A-Z]{26}$")] = None
    file_url: str | None = None
    name: str | None = None


def read_refused(body: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        request_reader.read_body(Source, body, content_type="application/json")
    return caught.value


@pytest.mark.parametrize(
    "given",
    [{}, {"fileUrl": "u"}, {"jobId": f"job_{'1' * 26}", "name": "a"}, {"jobId": None, "name": "a"}],
)
def test_what_has_none_or_several_of_its_forms_is_refused_by_model_and_schema_alike(
    given: dict[str, Any],
) -> None:
    found = read_refused(json.dumps(given).encode())
    assert found.detail == "The request needs either `jobId`, or `fileUrl` and `name`."
    assert (found.field, found.next_step) == (None, "Send exactly one of these.")
    schema = Source.model_json_schema(by_alias=True)
    assert not jsonschema.Draft202012Validator(schema).is_valid(given)


def test_one_form_is_read_as_its_schema_says() -> None:
    schema = Source.model_json_schema(by_alias=True)
    for given in ({"jobId": f"job_{'1' * 26}"}, {"fileUrl": "u", "name": "a", "jobId": None}):
        jsonschema.Draft202012Validator(schema).validate(given)
        request_reader.read_body(
            Source, json.dumps(given).encode(), content_type="application/json"
        )


def test_a_wrong_id_is_told_without_a_regular_expression() -> None:
    found = read_refused(b'{"jobId":"nope"}')
    assert found.detail == "`jobId` must be an id: job_ and 26 characters."
    assert found.next_step == "Copy the whole id from an earlier answer."


def test_a_hint_says_more_than_the_message() -> None:
    values: tuple[Any, ...] = ({"leaf": {"leafSize": "x"}}, {"short": 1}, {"pair": []}, [])
    for value in values:
        found = validate_tree(value)
        for entry in found.members.get("errors", [{"message": found.detail, "hint": found.hint}]):
            assert entry["message"].rpartition("` ")[2].rstrip(".") not in entry["hint"]


def test_a_name_without_letters_is_not_guessed() -> None:
    assert find_nearest_name("5:1", ["1:1", "16:9"]) is None


def test_a_prefix_stands_before_every_field() -> None:
    assert validate_tree({"leef": 1}, "items.3.input").field == "items.3.input.leef"
    assert validate_tree([], "input").field == "input"


def test_wrong_items_do_not_also_count_as_missing() -> None:
    assert validate_tree({"pair": ["x"]}).field == "pair.0"


def test_several_faults_are_a_list_of_20_at_most() -> None:
    found = validate_tree({f"field{k}": 1 for k in range(30)})
    assert found.field is None
    assert found.detail == "30 fields need correction."
    assert len(found.members["errors"]) == 20
    assert found.members["errors"][0].keys() == {"field", "message", "hint"}


def test_of_a_thousand_faults_only_those_shown_get_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = build_suggestion

    def counted(name: str, *known: Any, **how: Any) -> str:  # noqa: ANN401 - passed on
        made.append(name)
        return real(name, *known, **how)

    monkeypatch.setattr(validation, "build_suggestion", counted)
    found = validate_tree({f"leaf{k}": 1 for k in range(1_000)})
    assert found.detail == "More than 100 fields need correction."
    assert len(made) == len(found.members["errors"]) == 20


def test_values_are_never_repeated() -> None:
    secret = "kt_live_secret"
    for value in (
        {"leaf": {"leafSize": secret}},
        {"grown": {"kind": secret}},
        {"either": secret},
        {"pair": [secret]},
    ):
        found = validate_tree(value).to_document(instance="/", request_id="rid_1")
        assert secret not in str(found)


def test_names_of_unknown_fields_are_cut_and_printable() -> None:
    field = validate_tree({"a\x00" + "b" * 100: 1}).field
    assert field == "a?" + "b" * 62


def test_fields_can_be_moved_below_a_place() -> None:
    moved = prefix_fields(validate_tree({"leef": 1}), "items.3")
    assert (moved.field, moved.detail.split()[0]) == ("items.3.leef", "`items.3.leef`")
    assert prefix_fields(InvalidInput("All of it."), "items.3").field == "items.3"
    several = prefix_fields(validate_tree({"leef": 1, "zzz": 1}), "items.3")
    assert [error["field"] for error in several.members["errors"]] == [
        "items.3.leef",
        "items.3.zzz",
    ]


def test_a_validators_own_words_are_used() -> None:
    def even(value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value

    class Even(BaseModel):
        value: Annotated[int, AfterValidator(even)]

    with pytest.raises(ValidationError) as caught:
        Even.model_validate({"value": 1})
    found = problem_from_validation(caught.value, Even)
    assert (found.detail, found.next_step) == ("`value` must be even.", InvalidInput.hint)
