"""The canonical text of a plan: one for equal values, another for any other."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.studio.plans.hash import to_canonical_json

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | st.integers() | st.text() | NUMBERS
VALUES = st.recursive(
    LEAVES,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
)


def reverse_keys(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return an equal value whose objects list their keys backwards."""
    if isinstance(value, dict):
        return {name: reverse_keys(each) for name, each in reversed(value.items())}
    return [reverse_keys(each) for each in value] if isinstance(value, list) else value


def test_the_form_is_as_it_is_written_down() -> None:
    given = {"b": [1, 0.6, 1e-7, 1e22, True, None], "a": "Ü\u2028", "ä": {}}
    expected = (
        '{"a":"Ü\u2028","b":[1,"0.6","0.0000001","10000000000000000000000",true,null],"ä":{}}'
    )
    assert to_canonical_json(given) == expected


@given(VALUES)
def test_the_order_of_keys_and_a_trip_through_json_change_nothing(value: Any) -> None:  # noqa: ANN401
    text = to_canonical_json(value)
    assert to_canonical_json(reverse_keys(value)) == text
    assert to_canonical_json(json.loads(json.dumps(value))) == text
    json.loads(text)


@given(st.lists(st.integers() | st.text() | st.booleans()), st.integers(0, 9))
def test_another_value_has_another_text(value: list[Any], place: int) -> None:
    other = [*value[:place], "more", *value[place:]]
    assert to_canonical_json(other) != to_canonical_json(value)


@given(NUMBERS)
def test_a_number_keeps_all_of_its_value_and_has_no_exponent(number: float) -> None:
    text = json.loads(to_canonical_json([number]))[0]
    assert "e" not in text.lower()
    assert float(text) == number


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not a JSON number"):
        to_canonical_json({"a": [number]})
