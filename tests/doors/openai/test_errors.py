"""Errors at the OpenAI door: every refusal of the gateway has its status, type and retry advice."""

import json
from pathlib import Path

import pytest

from gateway import catalogue
from gateway.doors.openai.errors import render_refusal
from gateway.doors.openai.image_fields import ImageFields
from gateway.doors.openai.models import load_models
from gateway.kit.errors import (
    InvalidInput,
    Problem,
    RateLimited,
    Unavailable,
    list_declared_problems,
)

STATUSES = {410: 400, 415: 400, 422: 400, 507: 503}
TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
CODES_OF_JOBS = {
    "invalid_json", "idempotency_key_invalid", "unauthorized", "scope_denied", "account_frozen",
    "insufficient_credits", "price_exceeds_max", "key_limit_exceeded", "not_found",
    "idempotency_conflict", "idempotency_in_progress", "quote_mismatch", "quote_used",
    "quote_expired", "job_finished", "source_not_ready", "payload_too_large",
    "unsupported_content_type", "unsupported_media", "unknown_task", "task_not_enabled",
    "invalid_input", "conflicting_input", "adjustment_required", "job_too_large", "missing_anchor",
    "audio_too_short", "source_unreachable", "media_not_found", "media_too_large",
    "media_unreadable", "webhook_url_refused", "content_rejected", "rate_limited",
    "concurrency_limited", "no_capacity", "queue_full", "unavailable", "storage_full",
    "internal_error",
}  # fmt: skip


def build_problem(kind: type[Problem]) -> Problem:
    problem, waits = kind.__new__(kind), issubclass(kind, RateLimited | Unavailable)
    Problem.__init__(problem, headers={"Retry-After": "300"} if waits else {})
    return problem


def list_kinds() -> list[type[Problem]]:
    assert catalogue.list_operations()  # imports every slice
    return [Problem, *list_declared_problems()]


def test_each_refusal_has_the_status_type_and_advice_that_clients_know() -> None:
    kinds = list_kinds()
    assert {kind.code for kind in kinds} >= CODES_OF_JOBS
    for kind in kinds:
        status, headers, body = render_refusal(build_problem(kind), "rid_1")
        assert status == STATUSES.get(kind.status, kind.status), kind
        error = json.loads(body)["error"]
        usual = "server_error" if status >= 500 else "invalid_request_error"
        assert error["type"] == TYPES.get(status, usual), kind
        assert error["code"] == ("output_expired" if kind.code == "output_deleted" else kind.code)
        assert error["message"]
        assert error["hint"]
        assert error["request_id"] == "rid_1"
        advice = dict(headers)
        assert advice["X-Should-Retry"] == ("true" if kind.retryable else "false"), kind
        assert int(advice.get("Retry-After", "0")) <= 120
        assert ("Retry-After" in advice) >= (status == 429), kind


def test_no_refusal_names_a_field_as_the_door_does_not() -> None:
    problem = InvalidInput(
        "`input.count` must be at most 4.", field="input.count", hint="Send `input.width`."
    )
    error = json.loads(render_refusal(problem, "rid_1")[2])["error"]
    assert (error["param"], error["message"]) == ("n", "`n` must be at most 4.")
    assert error["hint"] == "Send `size`."
    several = InvalidInput(
        "2 fields need correction.",
        errors=[
            {"field": "input.count", "message": "must be at most 4", "hint": ""},
            {"field": "input.seed", "message": "must be at least 0", "hint": ""},
        ],
    )
    error = json.loads(render_refusal(several, "rid_1")[2])["error"]
    assert error["param"] == "n"
    assert error["message"].endswith("`n` must be at most 4. `seed` must be at least 0.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('["a*b"]\nkind = "image"', "only at its end"),
        ('["a"]\nkind = "sound"', "`kind`"),
        ('["a"]\nkind = "image"\nanswers = "url"', "`answers`"),
        ('["a"]\nkind = "image"\ndefaults = { qualty = "hd" }', "`qualty`"),
        ('["a"]\nkind = "image"\ndefaults = { n = "2" }', "`n`"),
        ("a", "KT_OPENAI_MODELS"),
    ],
)
def test_a_file_of_names_that_is_wrong_is_refused_at_the_start(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "models.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match="KT_OPENAI_MODELS") as refused:
        load_models(file, {"image": ImageFields})
    assert words in str(refused.value)
