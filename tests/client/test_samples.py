"""Python samples of the reference, run against a gateway with the recorded answers."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.catalogue import list_operations
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation
from gateway.recorded import RecordedCall, list_calls, samples
from tests.client.scripted import Answer, ReceivedRequest, serve_answers

BROWSER_OPERATIONS = {"followAffiliateLink"}  # it leads a browser elsewhere
SAMPLED_OPERATIONS = [
    each
    for each in list_operations()
    if each.session != "only" and each.id not in BROWSER_OPERATIONS
]
QUERY_BOOLEANS = {"True": "1", "true": "1", "False": "0", "false": "0"}


def to_answer(call: RecordedCall) -> Answer:
    body = call.answer.body
    text = body.encode() if isinstance(body, str) else body
    kind = call.answer.type or JSON_MEDIA_TYPE
    return Answer(call.answer.status, text, {"Content-Type": kind})


def to_query(pairs: Any) -> dict[str, str]:  # noqa: ANN401 - a query, however it is written
    return {name: QUERY_BOOLEANS.get(str(value), str(value)) for name, value in dict(pairs).items()}


def is_recorded_request(sent: ReceivedRequest, wanted: Operation, call: RecordedCall) -> bool:
    """Return True if a request is the recorded one; the client may add defaults."""
    address = urlsplit(sent.path)
    query, body = to_query(parse_qsl(address.query)), call.body or {}
    sent_body = json.loads(sent.body) if call.body is not None else {}
    return (
        (sent.method, address.path) == (wanted.method, wanted.path)
        and to_query(call.query).items() <= query.items()
        and {name: sent_body.get(name) for name in body} == body
    )


@pytest.mark.promise("discovery: recorded-examples")
@pytest.mark.parametrize("wanted", SAMPLED_OPERATIONS, ids=lambda each: each.id)
def test_the_python_of_an_operation_sends_what_was_recorded(
    wanted: Operation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    call = list_calls(wanted.id)[0]
    text = samples.render_python(wanted.id, wanted.method, wanted.path, call)
    (tmp_path / "fox.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KT_API_KEY", "kt_test_" + "X" * 38)
    before = [to_answer(list_calls("getPlans")[0])] if wanted.id == "executePlan" else []
    with serve_answers(*before, to_answer(call)) as gateway:
        monkeypatch.setenv("KT_API_BASE", gateway.base)
        ran: dict[str, Any] = {}
        exec(compile(text, wanted.id, "exec"), ran)  # noqa: S102 - it is our own text
        ran["client"].close()
    assert is_recorded_request(gateway.requests[-1], wanted, call), (text, gateway.requests)


def test_whatever_the_client_has_a_method_for_is_shown_with_it() -> None:
    known = {each.id for each in list_operations()}
    typed = samples.CLIENT_METHODS.keys() | samples.SPECIAL_RENDERERS.keys()
    assert typed <= known
    for name in typed:
        call = list_calls(name)[0]
        assert "client.request(" not in samples.render_python(name, "GET", "/", call)


@pytest.mark.slow
def test_the_python_of_every_operation_has_the_types_that_the_client_asks_for(
    tmp_path: Path,
) -> None:
    lines = ["from killatamata import Client"]
    for each in SAMPLED_OPERATIONS:
        text = samples.render_python(each.id, each.method, each.path, list_calls(each.id)[0])
        lines += [f"def {each.id}() -> None:", indent(text.partition("\n\n")[2], "    ")]
    (tmp_path / "shown.py").write_text("\n".join(lines))
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "shown.py"]
    root = {"MYPYPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        words, cwd=tmp_path, env=root, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout
