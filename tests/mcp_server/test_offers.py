"""The tools as a model sees them: complete, typed, small, and never more than REST gives."""

import json
import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway import tools
from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.kit.database.sessions import Session, Snapshot
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from gateway.openapi import build_openapi
from gateway.tools.storyboards import FORMAT_URI
from mcp_server.apps.pages import find_tool_meta
from mcp_server.rest.formats import Formats
from mcp_server.rest.offers import ARGUMENT_DESCRIPTIONS, ToolOffer, read_tool_offers
from mcp_server.server import INSTRUCTIONS
from mcp_server.tool_choice import DEFAULT_TOOLSETS, ToolChoice, is_tool_admitted

SETTINGS = Settings(public_url="https://example.com", api_url="https://api.example.com")
DOCUMENT = build_openapi(SETTINGS, list_operations())
OFFERS = read_tool_offers(DOCUMENT)
OFFERS_BY_NAME = {offer.name: offer for offer in OFFERS}
EACH_OFFER = pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)
# Sign-in, pages, papers of the books, uploads of bytes and what a provider calls: nothing for a
# model.
TAGS_WITHOUT_TOOLS = {"health", "auth", "account", "billing", "webhooks"}
OPERATIONS_WITHOUT_TOOLS = {
    "changeKey",
    "rotateKey",
    "getBalanceHistory",
    "exportUsage",
    "listStatements",
    "getStatement",
    "listBudgets",
    "redeemCode",
    "listRedeemedCodes",
    "getAutoTopUp",
    "listTopUps",
    "getCreditsBalance",
    "consumeCredits",
    "depositX402",
    "purchaseX402",
    "getCryptoCheckout",
    "claimCrypto",
    "claimStripe",
    "followAffiliateLink",
    "captureAffiliate",
    "getBoundCode",
    "getReceipt",
    "submitJob",
    "watchJob",
    "uploadAsset",
    "getPlanMedia",
    "watchRequest",
}

# What takes a whole document, or the input of any task, costs more than the others may.
TYPED_TOOLS = {
    "plan_prepare": 3_000,
    "studio_storyboard_create": 2_100,
    "studio_storyboard_update": 1_300,
    "video_generate_prepare": 2_300,
}

# How descriptions say that something is over, or money on its way to somebody else.
IRREVERSIBLE_WORDS = ("permanently", "deletes", "Stop the agent", "Request a payout")
ONCE_ONLY_TOOLS = {"affiliate_apply", "affiliate_code_bind"}  # an account does these once


def render_tool(offer: ToolOffer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "title": offer.title,
        "description": offer.description,
        "inputSchema": offer.parameters,
        **({"outputSchema": offer.output_schema} if offer.output_schema else {}),
        "annotations": dict(offer.hints),
        **({"_meta": page} if (page := find_tool_meta(offer)) else {}),
    }


def count_json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def list_chosen_offers(*choices: ToolChoice) -> list[ToolOffer]:
    return [offer for offer in OFFERS if is_tool_admitted(offer, choices)]


@EACH_OFFER
def test_a_tool_has_words_four_hints_and_valid_schemas(offer: ToolOffer) -> None:
    assert offer.title
    assert 0 < len(offer.description) <= 300
    assert set(offer.hints) == {
        "readOnlyHint",
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
    }
    for schema in filter(None, (offer.parameters, offer.output_schema)):
        assert schema["type"] == "object"
        jsonschema.Draft202012Validator.check_schema(schema)
        # Strict clients believe no bare {} and refuse a list of types.
        for part in schema["properties"].values():
            assert part
            assert not isinstance(part.get("type"), list)


@EACH_OFFER
def test_a_tool_costs_a_model_little(offer: ToolOffer) -> None:
    most = 1_500 if offer.name.endswith("_prepare") else 1_000
    assert count_json_bytes(render_tool(offer)) <= TYPED_TOOLS.get(offer.name, most)


@pytest.mark.promise("mcp: small")
def test_the_usual_tools_and_the_core_fit_their_budgets() -> None:
    # What the wire of 2026 adds: cache hints and the name of the server.
    around = 400
    assert (
        count_json_bytes({"tools": [render_tool(offer) for offer in list_chosen_offers()]}) + around
        <= 32_768
    )
    core = list_chosen_offers(ToolChoice(toolsets=frozenset({"core"})))
    assert len(core) <= 13
    of_core = count_json_bytes({"tools": [render_tool(offer) for offer in core]})
    assert of_core + around <= 12_288


def test_every_operation_has_a_tool_or_a_reason_not_to() -> None:
    lacking = {
        each.id
        for each in list_operations()
        if each.id not in tools.TOOLS and each.session != "only"
    }
    rooms = {each.id: each.tag for each in list_operations()}
    assert {
        each for each in lacking if rooms[each] not in TAGS_WITHOUT_TOOLS
    } <= OPERATIONS_WITHOUT_TOOLS
    assert set(tools.TOOLS) <= set(rooms)


def test_every_task_has_a_prepare_tool_with_its_whole_input_but_no_bytes() -> None:
    prepares = {offer.task: offer for offer in OFFERS if offer.task}
    assert set(prepares) == ENABLED_TASKS
    for name, offer in prepares.items():
        asked = TASKS[name or ""].model.model_json_schema(by_alias=True)
        bytes_of = {
            field for field in asked["properties"] if "InlineMedia" in _render_field(asked, field)
        }
        own = set(offer.parameters["properties"]) - {"projectId", "strict"}
        assert own == set(asked["properties"]) - bytes_of, name
        assert set(offer.parameters.get("required", ())) == set(asked.get("required", ()))


def _render_field(schema: dict[str, Any], field: str) -> str:
    return "" if field == "clips" else json.dumps(schema["properties"][field])


def test_what_only_reads_is_declared_so_and_nothing_else_is() -> None:
    declared = {(each.method, each.path): each for each in list_operations()}
    for offer in OFFERS:
        operation = declared[offer.method, offer.path]
        changes = operation.method != "GET" and Snapshot not in operation.needs.values()
        writes = changes and "dryRun" not in offer.fixed_query
        assert offer.is_read_only == (not writes), offer.name
        assert Session not in operation.needs.values() or writes, offer.name
        assert not (offer.is_read_only and offer.hints["destructiveHint"]), offer.name
        assert not offer.is_read_only or offer.hints["idempotentHint"], offer.name


def test_what_spends_ends_or_deletes_is_declared_so_and_nothing_else_is() -> None:
    spends = {(each.method, each.path): each.spends != "no" for each in list_operations()}
    for offer in OFFERS:
        ends = any(words in offer.description for words in IRREVERSIBLE_WORDS)
        destroys = ends or spends[offer.method, offer.path]
        assert offer.hints["destructiveHint"] == destroys, offer.name


def test_a_tool_that_takes_a_key_does_more_when_it_is_called_without() -> None:
    for offer in OFFERS:
        if "idempotencyKey" in offer.parameters["properties"]:
            repeats = offer.hints["idempotentHint"]
            assert repeats == (offer.name in ONCE_ONLY_TOOLS), offer.name


def test_the_words_that_keep_a_retry_from_paying_twice_are_there() -> None:
    assert (
        "returns the same jobs and charges nothing more"
        in OFFERS_BY_NAME["plan_execute"].description
    )
    assert "do not prepare again" in OFFERS_BY_NAME["plan_execute"].description
    assert "do not resubmit it" in OFFERS_BY_NAME["media_job_get"].description
    assert ARGUMENT_DESCRIPTIONS["idempotencyKey"].endswith("Reuse the SAME key when you retry.")


def test_the_instructions_are_short_and_say_what_keeps_money_safe() -> None:
    assert len(INSTRUCTIONS) <= 1_000
    for words in (
        "plan_execute",
        "never prepare again",
        "may end before the job",
        "only the winners",
    ):
        assert words in INSTRUCTIONS


def test_the_tools_that_are_promised_by_name_are_there() -> None:
    promised = """
        image_generate_prepare image_edit_prepare image_upscale_prepare video_generate_prepare
        video_extend_prepare video_combine_prepare video_upscale_prepare plan_execute plan_get
        plan_list media_quote account_usage account_purchases studio_asset_get
        plan_reject media_job_get media_job_cancel media_jobs_list media_tasks_list media_preview
        studio_snapshot_get studio_project_assets_list studio_project_create studio_project_update
        studio_settings_update studio_thread_create studio_thread_select studio_thread_get
        studio_thread_update studio_asset_upload_link studio_asset_keep
        studio_asset_metadata_update studio_asset_versions_list studio_text_create studio_text_get
        studio_text_update studio_storyboard_create studio_storyboard_get studio_storyboard_update
        studio_storyboard_import studio_storyboard_export studio_storyboard_render_prepare
        plan_prepare studio_message_prepare studio_message_send studio_request_get
        studio_request_cancel account_balance account_packages account_topup_link
        key_list key_create key_revoke
        affiliate_code_validate affiliate_apply affiliate_get affiliate_update affiliate_code_get
        affiliate_dashboard affiliate_commissions_list affiliate_payouts_list
        affiliate_payout_requests_list affiliate_payout_request affiliate_code_bind
    """
    assert set(promised.split()) <= set(OFFERS_BY_NAME)


def test_an_argument_whose_parts_are_not_shown_has_its_schema_as_a_resource() -> None:
    formats = Formats(DOCUMENT, OFFERS)
    hidden = {
        offer.name
        for offer in OFFERS
        if '{"type": "object"}' in json.dumps(offer.parameters) or "{" in _join_descriptions(offer)
    }
    assert {"media_quote", "studio_storyboard_update"} <= hidden
    for name in hidden:
        uri = OFFERS_BY_NAME[name].format_uri
        schema = (
            formats.build_storyboard_format()["schema"]
            if uri == FORMAT_URI
            else formats.find_tool_schema(name)
        )
        assert schema is not None
        jsonschema.Draft202012Validator.check_schema(schema)
        # A word such as {title, scenes: [{id}]} is a promise that these fields are taken.
        fields = json.dumps(formats.find_tool_schema(name))
        for word in re.findall(
            r"[a-zA-Z]+", "".join(re.findall(r"{.*}", _join_descriptions(OFFERS_BY_NAME[name])))
        ):
            assert f'"{word}"' in fields, (name, word)


def _join_descriptions(offer: ToolOffer) -> str:
    return " ".join(each.get("description", "") for each in offer.parameters["properties"].values())


def test_the_steps_of_a_plan_are_typed_as_the_inputs_of_their_tasks() -> None:
    offer = OFFERS_BY_NAME["plan_prepare"]
    step = offer.parameters["properties"]["steps"]["items"]["properties"]
    assert set(step["operation"]["enum"]) > ENABLED_TASKS
    shown = set(step["input"]["properties"])
    for name in ENABLED_TASKS:
        prepare = OFFERS_BY_NAME[f"{name.replace('.', '_')}_prepare"]
        assert set(prepare.parameters["properties"]) - {"projectId", "strict"} <= shown
        given = {
            "steps": [
                {"operation": name, "input": TASKS[name].model.model_json_schema()["examples"][0]}
            ]
        }
        for schema in (
            offer.parameters,
            Formats(DOCUMENT, OFFERS).find_tool_schema("plan_prepare"),
        ):
            jsonschema.validate(given, schema or {})
    for wrong in ({"width": "1024"}, {"cameraMotion": 1}, {"clips": [{"videoUrl": 1}]}):
        with pytest.raises(jsonschema.ValidationError):
            given = {"steps": [{"operation": "video.generate", "input": wrong}]}
            jsonschema.validate(given, offer.parameters)


def test_a_storyboard_and_settings_are_typed_in_the_list() -> None:
    create = OFFERS_BY_NAME["studio_storyboard_create"].parameters
    example = Formats(DOCUMENT, OFFERS).storyboard_example
    around = {"projectId": "proj_1", "name": "The hatch"}
    jsonschema.validate({**around, "document": example}, create)
    wrong: tuple[tuple[str, Any], ...] = (
        ("studio_storyboard_create", {**around, "document": {"title": "x", "scenes": [{}]}}),
        ("studio_storyboard_update", {"assetId": "a", "operations": [{"op": "addShot"}]}),
        ("studio_settings_update", {"defaults": {"image": {"width": "wide"}}}),
        ("studio_settings_update", {"agent": {"enabled": "yes"}}),
    )
    for name, given in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(given, OFFERS_BY_NAME[name].parameters)


def test_read_only_wins_over_whatever_is_named() -> None:
    asked = ToolChoice(tools=frozenset({"plan_execute", "plan_get"}))
    assert [each.name for each in list_chosen_offers(asked, ToolChoice(read_only=True))] == [
        "plan_get"
    ]
    assert all(
        offer.is_read_only
        for offer in list_chosen_offers(ToolChoice(toolsets=frozenset({"all"}), read_only=True))
    )


def test_a_narrower_choice_never_widens_the_one_above() -> None:
    operator = ToolChoice(toolsets=frozenset({"media"}))
    assert {offer.name for offer in list_chosen_offers(operator)} == {
        offer.name for offer in OFFERS if "media" in offer.toolsets
    }
    assert list_chosen_offers(operator, ToolChoice(toolsets=frozenset({"admin"}))) == []
    kept = list_chosen_offers(operator, ToolChoice(tools=frozenset({"plan_get", "key_create"})))
    assert [offer.name for offer in kept] == ["plan_get"]


def test_admin_and_affiliate_tools_are_there_on_request_only() -> None:
    assert not any("admin" in offer.toolsets for offer in list_chosen_offers())
    asked = list_chosen_offers(ToolChoice(toolsets=frozenset({"admin"})))
    assert {offer.name for offer in asked} == {"key_list", "key_create", "key_revoke"}
    assert all(not DEFAULT_TOOLSETS.isdisjoint(offer.toolsets) for offer in list_chosen_offers())
    asked = list_chosen_offers(ToolChoice(toolsets=frozenset({"affiliate"})))
    assert len(asked) == 11
    assert all(offer.name.startswith("affiliate_") for offer in asked)


def test_arguments_go_where_the_operation_takes_them() -> None:
    saved = OFFERS_BY_NAME["studio_text_update"].build_request(
        {"assetId": "ast_1", "content": "x", "ifMatch": '"1"', "waitSeconds": 3}
    )
    assert (saved.headers, saved.body) == (
        {"If-Match": '"1"'},
        {"assetId": "ast_1", "content": "x"},
    )
    read = OFFERS_BY_NAME["media_job_get"].build_request({"jobId": "job_1", "includeDetails": True})
    assert (read.method, read.query) == ("GET", {"jobId": "job_1", "includeDetails": "true"})
    plan = OFFERS_BY_NAME["image_generate_prepare"].build_request(
        {"prompt": "a fox", "strict": True, "projectId": "proj_1"}
    )
    assert plan.body == {
        "projectId": "proj_1",
        "steps": [{"operation": "image.generate", "input": {"prompt": "a fox"}, "strict": True}],
    }
