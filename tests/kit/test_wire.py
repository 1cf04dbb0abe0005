from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from gateway.kit.errors import InvalidInput, InvalidJson, Problem, UnsupportedContentType
from gateway.kit.wire import request_reader

JSON = "application/json"


class Order(BaseModel):
    prompt: Annotated[str, Field(max_length=100)]
    count: Annotated[int, Field(ge=1, le=4)] = 1
    weight: float | None = None
    tags: Annotated[list[str], Field(max_length=300)] = []


class Page(BaseModel):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    status: Literal["queued", "running"] | None = None
    archived: bool = False
    ratio: float | None = None


class Optional(BaseModel):
    note: str = ""


def read_refused(body: bytes, content_type: str | None = JSON) -> Problem:
    with pytest.raises(Problem) as caught:
        request_reader.read_body(Order, body, content_type=content_type)
    return caught.value


def test_a_plain_body_becomes_the_model() -> None:
    order = request_reader.read_body(
        Order, '{"prompt":"é\\n","count":2}'.encode(), content_type=JSON
    )
    assert order == Order(prompt="é\n", count=2)


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/a+json",
    ],
)
def test_json_may_be_declared_in_these_ways(content_type: str) -> None:
    assert (
        request_reader.read_body(Order, b'{"prompt":"a"}', content_type=content_type).prompt == "a"
    )


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/jsonp",
        "application/json; charset=latin-1",
        "xapplication/json",
    ],
)
def test_another_content_type_is_415(content_type: str | None) -> None:
    assert isinstance(read_refused(b'{"prompt":"a"}', content_type), UnsupportedContentType)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"prompt":"a"} x',
        b'{"prompt":"a","prompt":"b"}',
        b'{"prompt":"a","weight":NaN}',
        b'{"prompt":"a","weight":Infinity}',
        b'{"prompt":"a","weight":1e999}',
        b'{"prompt":"a","weight":-1e999}',
        b'{"prompt":"\\ud800"}',
        b'{"prompt":"\xff"}',
        b'\xef\xbb\xbf{"prompt":"a"}',
        b'{"prompt":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"count":' + b"1" * 5000 + b"}",
        b'{"prompt":"a\x01"}',
        b"{'prompt':'a'}",
        b'{"prompt":"a",}',
    ],
    ids=lambda body: body[:30].decode("ascii", "replace"),
)
def test_what_is_not_json_is_400(body: bytes) -> None:
    problem = read_refused(body)
    assert isinstance(problem, InvalidJson)
    assert problem.status == 400


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"[]", "an array"),
        (b'"a"', "a string"),
        (b"null", "null"),
        (b"1", "a number"),
        (b"true", "a boolean"),
    ],
)
def test_a_body_that_is_no_object_is_named(body: bytes, word: str) -> None:
    assert read_refused(body).detail == f"The body must be a JSON object, not {word}."


def test_an_empty_body_names_what_is_required() -> None:
    problem = read_refused(b"", None)
    assert problem.status == 400
    assert problem.detail == "The body is empty; send a JSON object with `prompt`."


def test_an_empty_body_will_do_where_nothing_is_required() -> None:
    assert request_reader.read_body(Optional, b"", content_type=None) == Optional()


@pytest.mark.parametrize("escape", ["\\u0000", "\\u001b", "\\b", "\\f", "\x7f", "\x85"])
def test_control_characters_in_a_string_are_422(escape: str) -> None:
    problem = read_refused(f'{{"prompt":"a","tags":["ok","{escape}"]}}'.encode())
    assert isinstance(problem, InvalidInput)
    assert problem.field == "tags.1"


def test_control_characters_in_a_key_are_422() -> None:
    assert read_refused(b'{"prompt":"a","x\\u0000":1}').status == 422


def test_tab_and_line_ends_are_text() -> None:
    body = b'{"prompt":"\\t\\r\\n \\u00e9 \xc2\xa9 \\\\bold"}'
    assert request_reader.read_body(Order, body, content_type=JSON).prompt == "\t\r\n é © \\bold"


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809"])
def test_an_integer_beyond_64_bits_is_422_even_where_the_model_forgot_a_bound(number: str) -> None:
    class Unbounded(BaseModel):
        items: Annotated[list[int], Field(max_length=9)]

    with pytest.raises(InvalidInput) as caught:
        request_reader.read_body(Unbounded, f'{{"items":[0,{number}]}}'.encode(), content_type=JSON)
    assert caught.value.field == "items.1"


@pytest.mark.parametrize(
    "body", [b'{"prompt":1}', b'{"prompt":"a","count":"2"}', b'{"prompt":"a","count":9}']
)
def test_a_value_of_the_wrong_type_or_range_is_422(body: bytes) -> None:
    assert isinstance(read_refused(body), InvalidInput)


def test_an_unknown_field_is_422_with_the_nearest_name() -> None:
    problem = read_refused(b'{"prompt":"a","cuont":2}')
    assert problem.status == 422
    assert "count" in problem.next_step


def test_a_refusal_never_repeats_the_value() -> None:
    secret = "kt_live_" + "s" * 38
    problem = read_refused(f'{{"prompt":"a","count":"{secret}"}}'.encode())
    assert secret not in str(problem.to_document(instance="/", request_id="rid_1"))


def test_a_model_that_allows_extra_fields_keeps_its_word() -> None:
    class Event(BaseModel):
        model_config = ConfigDict(extra="allow")
        id: str

    event = request_reader.read_body(Event, b'{"id":"evt_1","more":1}', content_type=JSON)
    assert event.model_extra == {"more": 1}


def test_query_values_are_parsed_from_text() -> None:
    page = request_reader.read_query(
        Page, [("limit", "5"), ("status", "queued"), ("archived", "true")]
    )
    assert page == Page(limit=5, status="queued", archived=True)


def read_query_refused(*items: tuple[str, str]) -> dict[str, Any]:
    with pytest.raises(InvalidInput) as caught:
        request_reader.read_query(Page, list(items))
    return caught.value.to_document(instance="/", request_id="rid_1")


def test_a_repeated_query_parameter_is_422() -> None:
    assert read_query_refused(("limit", "5"), ("limit", "6"))["field"] == "limit"


def test_an_unknown_query_parameter_is_422_with_the_nearest_name() -> None:
    assert "limit" in read_query_refused(("limt", "5"))["hint"]


@pytest.mark.parametrize(
    "item",
    [
        ("limit", "0"),
        ("limit", "x"),
        ("limit", ""),
        ("status", "q\x00"),
        ("l\x00", "1"),
        ("ratio", "nan"),
        ("ratio", "1e999"),
    ],
)
def test_a_query_value_outside_its_limits_is_422(item: tuple[str, str]) -> None:
    assert read_query_refused(item)["status"] == 422


def build_values(count: int) -> bytes:
    return f'{{"prompt":"a","tags":[{",".join(["0"] * (count - 2))}]}}'.encode()


def test_a_body_may_hold_10_000_values_and_100_000_where_it_may_be_large() -> None:
    detail = "The body contains more than 10000 values."
    assert read_refused(build_values(10_000)).detail != detail
    assert read_refused(build_values(10_001)).detail == detail
    assert [request_reader.allowed_value_count(mib * 2**20) for mib in (1, 8, 32)] == [
        10_485,
        83_886,
        100_000,
    ]


@pytest.mark.parametrize("mark", [",", "[", "{", '\\"', "\\\\", '\\",[{\\\\'])
def test_what_stands_in_a_string_is_no_value(mark: str) -> None:
    body = f'{{"prompt":"a","tags":["{mark * 20_000}"]}}'.encode()
    assert len(request_reader.read_body(Order, body, content_type=JSON).tags) == 1


def test_an_object_has_1000_keys_at_most() -> None:
    keys = ",".join(f'"{number}":1' for number in range(1_001))
    problem = read_refused(f'{{"prompt":"a","more":[{{{keys}}}]}}'.encode())
    assert (problem.field, problem.detail) == ("more.0", "`more.0` has more than 1000 keys.")
