import json
import logging
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import structlog

from gateway.kit.telemetry.logging import configure_logging
from gateway.kit.telemetry.redaction import hide_secrets, is_secret, redact

KEY = "kt_live_Abcd1234" + "s3cr3tS3cr3tS3cr3tS3cr3t" + "Crc32x"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator["LogLines"]:
    root = logging.getLogger()
    before = root.handlers, root.level
    configure_logging("debug", json=True)
    yield LogLines(capsys)
    root.handlers, root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class LogLines:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def read_text(self) -> str:
        return self.capsys.readouterr().out

    def read_event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.read_text())
        return event


def test_an_event_is_one_line_of_json_with_time_level_and_context(lines: LogLines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="rid_1"):
        structlog.stdlib.get_logger("gateway.test").info("job_created", job_id="job_1", ms=1.5)
    event = lines.read_event()
    assert list(event)[:3] == ["ts", "level", "event"]
    assert event["ts"].endswith("Z")
    assert event | {"ts": ""} == {
        "ts": "",
        "level": "info",
        "event": "job_created",
        "logger": "gateway.test",
        "request_id": "rid_1",
        "job_id": "job_1",
        "ms": 1.5,
        "role": "gateway",
        "version": version("killatamata"),
    }


def test_a_stdlib_logger_passes_the_same_way(lines: LogLines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="rid_1"):
        logging.getLogger("uvicorn.error").warning("refused %s of %s", KEY, "jane.doe@example.org")
    event = lines.read_event()
    assert event["event"] == "refused kt_live_Abcd1234*** of j***@example.org"
    assert event["request_id"] == "rid_1"


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "Authorization", "x-api-key", "X-API-Key", "api_key", "cookie",
        "Set-Cookie", "payment-signature", "x-payment", "otp", "deviceCode", "device_code",
        "token", "accessToken", "refresh_token", "client_secret", "STRIPE_SECRET", "password",
        "KT_PEPPER", "signature", "sig",
    ],
)  # fmt: skip
def test_a_field_with_the_name_of_a_secret_is_hidden(lines: LogLines, name: str) -> None:
    structlog.stdlib.get_logger().info(
        "event", **{name: "planted"}, inner=[{name: {"a": "planted"}}]
    )
    text = lines.read_text()
    assert "planted" not in text
    assert json.loads(text)[name] == "***"


@pytest.mark.parametrize(
    "name",
    ["key_lookup", "input_tokens", "error_code", "code", "design", "author", "method", "signed"],
)
def test_other_fields_stay(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {KEY}.", "key kt_live_Abcd1234***."),
        ("kt_oat_abcdefghSECRET kt_ort_1234567", "kt_oat_abcdefgh*** kt_ort_1234567***"),
        ("Authorization: Bearer abc.SECRET-123", "Authorization: Bearer ***"),
        (f"bearer {KEY}", "bearer kt_live_Abcd1234***"),
        ("Basic dXNlcjpTRUNSRVQ=", "Basic ***"),
        ("whsec_SECRET+/a=", "whsec_***"),
        ("sk_live_SECRET rk_test_SECRET", "sk_live_*** rk_test_***"),
        ("sk-ant-api03-SECRET_x", "sk-ant-***"),
        (JWT, "eyJ***"),
        ("GET /files/a?exp=1&sig=SECRET&b=2", "GET /files/a?exp=1&sig=***&b=2"),
        ("?X-Amz-Security-Token=SECRET&x=1", "?X-Amz-Security-Token=***&x=1"),
        ("X-Amz-Signature=SECRET", "X-Amz-Signature=***"),
        ("{'password': 'SECRET', 'a': 1}", "{'password': '***', 'a': 1}"),
        ("(b'x-api-key', b'SECRET')", "(b'x-api-key', b'***')"),
        ("Cookie: a=SECRET; b=SECRET\nHost: a", "Cookie: ***\nHost: a"),
        ("postgresql://kt:SECRET@db/x", "postgresql://kt:***@db/x"),
        ("to jane.doe+tag@mail.example.org", "to j***@mail.example.org"),
        (
            "nothing to hide: 12 tokens, a signed design",
            "nothing to hide: 12 tokens, a signed design",
        ),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_any_text(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


def test_headers_are_redacted_as_pairs_and_bytes() -> None:
    headers = [(b"x-api-key", b"planted"), (b"host", b"a.example"), ("cookie", "planted")]
    assert redact(headers) == [["x-api-key", "***"], ["host", "a.example"], ["cookie", "***"]]


def test_an_exception_is_shown_without_locals_and_without_secrets(lines: LogLines) -> None:
    def fail() -> None:
        local_secret = "planted-local"  # noqa: F841
        raise ValueError(f"bad key {KEY} of jane@example.org")

    try:
        fail()
    except ValueError:
        structlog.stdlib.get_logger().exception("failed")
        logging.getLogger("foreign").exception("failed too")
    text = lines.read_text()
    assert text.count("\n") == 2
    assert text.count("bad key kt_live_Abcd1234*** of j***@example.org") == 2
    assert "Traceback" in text
    assert "s3cr3t" not in text
    assert "planted-local" not in text.replace('local_secret = "planted-local"', "")


def test_what_cannot_be_shown_does_not_stop_the_line(lines: LogLines) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    loop: list[Any] = []
    loop.append(loop)
    structlog.stdlib.get_logger().info(
        "odd", thing=Broken(), loop=loop, raw=b"a\xff", big="a" * 20_000
    )
    event = lines.read_event()
    assert event["thing"] == "<Broken>"
    assert len(event["big"]) == 16_001


def test_chatty_libraries_and_the_access_log_are_quiet(lines: LogLines) -> None:
    logging.getLogger("httpx2").info("HTTP Request: GET https://media.example/?sig=planted")
    logging.getLogger("sqlalchemy.engine.Engine").info("[parameters: ('planted',)]")
    logging.getLogger("uvicorn.access").info("GET /?token=planted")
    logging.getLogger("aiosqlite").debug("executing INSERT INTO job VALUES ('planted')")
    structlog.stdlib.get_logger("gateway").debug("heard")
    assert lines.read_event()["event"] == "heard"


def test_the_level_holds_for_both_kinds_of_loggers(
    capsys: pytest.CaptureFixture[str], lines: LogLines
) -> None:
    configure_logging("warning", json=True)
    structlog.stdlib.get_logger().info("quiet")
    logging.getLogger("foreign").info("quiet")
    assert lines.read_text() == ""
    with pytest.raises(ValueError, match="Unknown level"):
        configure_logging("loud", json=True)


def test_text_for_developers_is_redacted_too(lines: LogLines) -> None:
    configure_logging("info", json=False)
    structlog.stdlib.get_logger().info("event", password="planted", key=KEY)
    text = lines.read_text()
    assert "event" in text
    assert "planted" not in text
    assert "s3cr3t" not in text


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a-",
        "eyJ",
        "eyJ.",
        "a@",
        "a.",
        "://a:",
        "token ",
        "token=",
        "bearer ",
        "basic ",
        "kt_live_",
        "cookie ",
        " ",
        "'",
        "x@a.",
    ],
)
def test_hostile_text_costs_little_time(piece: str) -> None:
    started = time.monotonic()
    hide_secrets(piece * (200_000 // len(piece)))
    assert time.monotonic() - started < 1
