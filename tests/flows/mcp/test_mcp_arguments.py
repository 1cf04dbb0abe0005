"""Ids, cursors and keys of any size and type are refused by name; nothing of ours falls over."""

from collections.abc import Iterator
from typing import Any

import pytest
from mcp.types import INVALID_PARAMS

from gateway.catalogue import list_operations
from mcp_server.rest.offers import ARGUMENT_HEADERS
from tests.gateway import Client, Gateway, assert_problem
from tests.mcp_clients import open_mcp_client, read_tool_error, send_raw_request
from tests.mcp_server.test_offers import OFFERS

pytestmark = pytest.mark.anyio
ALL_TOOLS_OPTIONS = {"http": ("x-mcp-toolsets:all",), "stdio": ("--toolsets", "all")}
LONG = "a" * 1_000_000
WRONG: tuple[Any, ...] = (LONG, {"a": 1}, "é\n")
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list", "skills/list")
ERAS = ("2025-11-25", "2026-07-28")
USUAL = {"string": "x", "integer": 1, "boolean": True, "array": [], "object": {}}


def list_carried_arguments() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each argument that a URL or a header carries: tool, name, the other arguments."""
    for offer in OFFERS:
        known = offer.parameters["properties"]
        others = {each: USUAL[known[each]["type"]] for each in offer.parameters.get("required", ())}
        for name in known:
            if name in ARGUMENT_HEADERS or (
                name in offer.query_arguments and name != "waitSeconds"
            ):
                yield offer.name, name, others


@pytest.mark.promise("mcp: bounded-arguments")
@pytest.mark.parametrize("transport", ["http", pytest.param("stdio", marks=pytest.mark.slow)])
async def test_what_a_url_or_a_header_carries_is_refused_by_its_name(
    gateway: Gateway, client: Client, transport: str
) -> None:
    every = [*list_carried_arguments()]
    assert len(every) > 40
    async with open_mcp_client(
        gateway, client.key, transport, *ALL_TOOLS_OPTIONS[transport]
    ) as mcp:
        for tool, name, others in every:
            for value in WRONG:
                refused = read_tool_error(await mcp.call_tool(tool, {**others, name: value}))
                told = (tool, name, str(value)[:20], str(refused)[:500])
                assert (refused["code"], refused["field"]) == ("invalid_input", name), told
                assert refused["hint"]
                assert len(str(refused)) < 2_000


@pytest.mark.promise("mcp: bounded-arguments")
@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"', "9" * 5_000])
def test_a_value_that_no_request_can_hold_is_refused(client: Client, value: str) -> None:
    for era in ERAS:
        for name in ("prompt", "seed"):
            given = f'{{"negativePrompt": "a fox", "{name}": {value}}}'
            params = f'"name": "image_generate_prepare", "arguments": {given}'
            answer = send_raw_request(
                client.http, era, "tools/call", params, name="image_generate_prepare"
            )
            if "error" in answer:  # no JSON that the SDK reads
                assert answer["error"]["code"] < 0
            else:
                assert answer["result"]["structuredContent"]["error"]["code"] == "invalid_input"


@pytest.mark.promise("mcp: bounded-arguments")
@pytest.mark.parametrize("era", ERAS)
def test_a_list_of_one_page_takes_no_cursor(client: Client, era: str) -> None:
    for method in LISTS:
        for cursor in ("5", '{"a": 1}', '["a"]', "true", '"nonsense"', f'"{LONG}"'):
            error = send_raw_request(client.http, era, method, f'"cursor": {cursor}')["error"]
            assert (error["code"], len(str(error)) < 500) == (INVALID_PARAMS, True), method
        for cursor in ("null", '""'):
            assert "result" in send_raw_request(client.http, era, method, f'"cursor": {cursor}'), (
                method
            )


@pytest.mark.promise("mcp: bounded-arguments")
def test_a_name_or_uri_that_is_too_long_is_refused_and_not_repeated(client: Client) -> None:
    for method, params in (
        ("resources/read", f'"uri": "killatamata://jobs/{LONG}"'),
        ("resources/subscribe", f'"uri": "killatamata://jobs/{LONG}"'),
        ("tools/call", f'"name": "{LONG}", "arguments": {{}}'),
        ("prompts/get", f'"name": "{LONG}"'),
    ):
        error = send_raw_request(client.http, ERAS[0], method, params)["error"]
        assert (error["code"], len(str(error)) < 500) == (INVALID_PARAMS, True), method


@pytest.mark.promise("mcp: bounded-arguments")
def test_every_page_takes_only_cursors_of_its_own_form(client: Client) -> None:
    paged = [
        each for each in list_operations() if each.query and "cursor" in each.query.model_fields
    ]
    assert len(paged) > 8
    for each in paged:
        for cursor in ("nonsense", "['a']", "é", "-1"):
            answer = client.http.get(each.path, params={"cursor": cursor})
            if answer.status_code not in {401, 403}:  # a page of browser sessions alone
                assert_problem(answer, 422, "invalid_input")
                assert "cursor" in answer.text, each.id
