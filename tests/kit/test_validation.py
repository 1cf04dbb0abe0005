import difflib
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Tag, ValidationError

from gateway.kit.errors import InvalidInput
from gateway.kit.validation import problem_from, under


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
    pair: Annotated[tuple[int, ...], Field(min_length=1, strict=False)] = (1,)


def problem(value: Any, prefix: str = "") -> InvalidInput:  # noqa: ANN401
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate(value)
    return problem_from(caught.value, Tree, prefix)


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
        ({"grown": {"kind": "stone"}}, "grown", "'leaf', 'twig'"),
        ({"pair": []}, "pair", "at least 1 items"),
        ({"short": "long"}, "short", "at most 3 characters"),
        ({"zzzzzz": 1}, "zzzzzz", "Known fields: `leaf`, `leaves`"),
        ([], "body", "an object"),
    ],
)
def test_a_fault_is_named_as_the_client_wrote_it(value: object, field: str, hint: str) -> None:
    found = problem(value)
    assert found.field == field
    assert hint in found.next_step
    assert found.detail.startswith(f"`{field}` ")


def test_a_prefix_stands_before_every_field() -> None:
    assert problem({"leef": 1}, "items.3.input").field == "items.3.input.leef"
    assert problem([], "input").field == "input"


def test_wrong_items_do_not_also_count_as_missing() -> None:
    assert problem({"pair": ["x"]}).field == "pair.0"


def test_several_faults_are_a_list_of_20_at_most() -> None:
    found = problem({f"field{k}": 1 for k in range(30)})
    assert found.field is None
    assert found.detail == "30 fields need correction."
    assert len(found.members["errors"]) == 20
    assert found.members["errors"][0].keys() == {"field", "message", "hint"}


def test_of_a_thousand_faults_only_those_shown_get_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    close = difflib.get_close_matches

    def counted(name: str, *known: Any, **how: Any) -> list[str]:  # noqa: ANN401 - passed on
        made.append(name)
        return close(name, *known, **how)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    found = problem({f"leaf{k}": 1 for k in range(1_000)})
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
        found = problem(value).document(instance="/", request_id="rid_1")
        assert secret not in str(found)


def test_names_of_unknown_fields_are_cut_and_printable() -> None:
    field = problem({"a\x00" + "b" * 100: 1}).field
    assert field == "a?" + "b" * 62


def test_fields_can_be_moved_below_a_place() -> None:
    assert under(problem({"leef": 1}), "items.3").field == "items.3.leef"
    several = under(problem({"leef": 1, "zzz": 1}), "items.3")
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
    found = problem_from(caught.value, Even)
    assert (found.detail, found.next_step) == ("`value` must be even.", "The value must be even.")
