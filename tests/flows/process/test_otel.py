"""OpenTelemetry: a real collector is sent one trace a job, the metrics and the logs."""

import sys
import time
from pathlib import Path

import pytest

from gateway.configuration.settings import Settings
from gateway.kit.telemetry.tracing import find_trace_id
from gateway.process import start_up
from tests.fakes.comfyui import FakeComfy
from tests.gateway import find_free_port, picture_input, run_worker, serve_gateway, stop_process
from tests.otel_collector import HOOK_PATH, Collector, read_log_attributes, serve_collector
from tests.processes import run_command
from tests.waiting import wait_for_condition
from tests.workers.comfyui.farm import ENGINES_TOML

CALLER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER_PARENT = f"00-{CALLER_TRACE}-00f067aa0ba902b7-01"
PROMPT, COLLECTOR_KEY = "a canary on a wire", "collector-canary-19"
GATEWAY, WORKER = "killatamata-gateway", "killatamata-worker"
MOST_STOP_SECONDS = 12  # 4.3 to 4.6 were measured beside other work


def build_otlp_settings(collector: Collector) -> dict[str, str]:
    """Return the settings that send everything to a collector, and let it receive webhooks."""
    return {
        "KT_OTLP_ENDPOINT": collector.url,
        "KT_OTLP_HEADERS": f"x-key={COLLECTOR_KEY}",
        "KT_FETCH_ALLOW": collector.url.removeprefix("http://"),
        "KT_LOG_LEVEL": "info",
        "KT_WORKER_METRICS": "",
    }


@pytest.mark.slow
@pytest.mark.promise("operations: traces")
def test_a_job_on_a_node_is_one_trace_from_its_submit_to_its_webhook(
    tmp_path: Path, postgres_url: str, valkey_url: str
) -> None:
    engines = tmp_path / "engines.toml"
    engines.write_text(ENGINES_TOML)
    with serve_collector() as collector, FakeComfy(tmp_path / "comfy") as node:
        settings = build_otlp_settings(collector) | {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": valkey_url,
            "KT_LIVE_ENABLED": "true",
            "KT_ENGINES_FILE": str(engines),
            "KT_COMFY_NODES": f"gpu=http://127.0.0.1:{node.port}",
        }
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            run_worker(gateway) as worker,
            gateway.account(mode="live") as account,
        ):
            wait_for_condition(
                lambda: (
                    account.submit("image.generate", picture_input(), dry=True).json()["blockedBy"]
                    == []
                )
            )
            account.http.headers["traceparent"] = CALLER_PARENT
            hook = {"url": f"{collector.url}{HOOK_PATH}?signature=canary-sig"}
            answer = account.submit("image.generate", picture_input(PROMPT), webhook=hook)
            job_id, trace_id = answer.json()["jobId"], answer.headers["x-trace-id"]
            assert account.wait_for_job(job_id)["status"] == "succeeded"
            wait_for_condition(lambda: len(collector.hooks) == 1)
            assert (
                account.http.get(f"/api/v1/media/jobs?jobId={job_id}").headers["x-trace-id"]
                == collector.hooks[0]["x-trace-id"]
            )
            sent_to_node = node.api.traceparents["POST /prompt"]
            assert stop_process(worker) == 0
            assert gateway.stop() == 0
    assert trace_id == find_trace_id(job_id)
    check_trace(collector, trace_id, answer.headers["x-request-id"], sent_to_node)
    check_metrics(collector)
    check_logs(collector)
    assert {each["x-key"] for each in collector.headers} == {COLLECTOR_KEY}
    told = b"".join(collector.bodies)
    for secret in (PROMPT, "canary", COLLECTOR_KEY, account.key, account.key[16:40]):
        assert secret.encode() not in told, secret


def check_trace(collector: Collector, trace_id: str, request_id: str, sent_to_node: str) -> None:
    """Check the spans of the job, their parents, and their links to the request."""
    spans = collector.list_trace(trace_id)
    by_name = {span.name: span for span in spans}
    names = {span.span_id: span.name for span in spans}
    assert {(span.service, span.name, names.get(span.parent_id, "")) for span in spans} == {
        (WORKER, "job", ""),
        (GATEWAY, "admit", "job"),
        (WORKER, "queued", "job"),
        (WORKER, "attempt", "job"),
        (WORKER, "inputs", "attempt"),
        (WORKER, "pipeline", "attempt"),
        (WORKER, "node POST", "pipeline"),
        (WORKER, "node GET", "pipeline"),
        (WORKER, "storage", "attempt"),
        (WORKER, "settle", "attempt"),
        (WORKER, "node POST", "attempt"),  # the node may forget it
        (GATEWAY, "webhook", "job"),
    }
    assert not any(span.is_failed for span in spans)
    assert by_name["job"].attributes["killatamata.state"] == "succeeded"
    assert by_name["job"].seconds >= by_name["attempt"].seconds > 0
    request = next(span for span in collector.spans if span.trace_id == find_trace_id(request_id))
    assert (request.name, request.parent_id) == ("POST /api/v1/media/jobs", "")
    assert request.links == [CALLER_TRACE]
    assert by_name["job"].links == [request.trace_id, CALLER_TRACE]
    assert by_name["admit"].links == [request.trace_id]
    # The node goes on with the very span of the call to it.
    _, node_trace, node_parent, flags = sent_to_node.split("-")
    assert (node_trace, names[node_parent], flags) == (trace_id, "node POST", "01")


def check_metrics(collector: Collector) -> None:
    """Check that both processes sent what their registries hold."""
    counted = collector.metrics[GATEWAY]["killatamata_http_requests"].sum
    assert counted.is_monotonic
    assert sum(point.as_double for point in counted.data_points) > 3
    assert "killatamata_ready" in collector.metrics[GATEWAY]
    (run,) = collector.metrics[WORKER]["killatamata_job_run_seconds"].histogram.data_points
    assert run.count == sum(run.bucket_counts) == 1
    assert len(run.bucket_counts) == len(run.explicit_bounds) + 1


def check_logs(collector: Collector) -> None:
    """Check that log lines arrived, with the trace of their request or job."""
    requests = [record for _, record in collector.logs if record.body.string_value == "request"]
    traces = {span.trace_id for span in collector.spans}
    assert {record.trace_id.hex() for record in requests} <= traces
    submit = next(
        record
        for record in requests
        if read_log_attributes(record).get("caller_trace_id") == CALLER_TRACE
    )
    assert read_log_attributes(submit)["status"] in {200, 202}
    assert {service for service, _ in collector.logs} == {GATEWAY, WORKER}


@pytest.mark.slow
@pytest.mark.parametrize("status", [None, 503, "away"])
def test_a_collector_that_fails_costs_no_request_and_no_long_stop(
    tmp_path: Path, status: int | str | None
) -> None:
    with serve_collector(status if not isinstance(status, str) else 200) as collector:
        settings = build_otlp_settings(collector)
        if status == "away":
            settings["KT_OTLP_ENDPOINT"] = f"http://127.0.0.1:{find_free_port()}"
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            gateway.account() as account,
        ):
            assert account.run_job("image.generate", picture_input())["status"] == "succeeded"
            begun = time.monotonic()
            assert gateway.stop() == 0
            assert time.monotonic() - begun < MOST_STOP_SECONDS


@pytest.mark.promise("operations: traces")
def test_a_job_that_fails_is_one_trace_and_its_log_lines_name_it(tmp_path: Path) -> None:
    with (
        serve_collector() as collector,
        serve_gateway(tmp_path / "data", **build_otlp_settings(collector)) as gateway,
        gateway.account() as account,
    ):
        hook = {"url": f"{collector.url}{HOOK_PATH}"}
        answer = account.submit("image.generate", picture_input("[sandbox:oom]"), webhook=hook)
        job_id, trace_id = answer.json()["jobId"], answer.headers["x-trace-id"]
        assert account.wait_for_job(job_id)["status"] == "failed"
        wait_for_condition(lambda: len(collector.hooks) == 1)
        assert gateway.stop() == 0
    spans = collector.list_trace(trace_id)
    (job,) = [span for span in spans if span.name == "job"]
    attempts = [span for span in spans if span.name == "attempt"]
    assert job.attributes["error.type"] == "out_of_memory"
    assert [span.attributes["killatamata.attempt"] for span in attempts] == [1, 2, 3]
    assert all(span.is_failed and span.parent_id == job.span_id for span in attempts)
    assert [span.parent_id for span in spans if span.name == "webhook"] == [job.span_id]
    assert collector.hooks[0]["x-trace-id"] == trace_id
    told = [record for _, record in collector.logs if record.trace_id.hex() == trace_id]
    assert {record.span_id.hex() for record in told} == {job.span_id}
    assert {read_log_attributes(record)["job_id"] for record in told} == {job_id}


@pytest.mark.slow
def test_without_sampling_no_trace_is_sent_and_the_trace_id_is_still_told(tmp_path: Path) -> None:
    with serve_collector() as collector:
        settings = build_otlp_settings(collector) | {"KT_OTLP_SAMPLED_SHARE": "0"}
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            gateway.account() as account,
        ):
            answer = account.submit("image.generate", picture_input())
            assert gateway.stop() == 0
    assert answer.headers["x-trace-id"] == find_trace_id(answer.json()["jobId"])
    assert collector.spans == []
    assert collector.metrics[GATEWAY]
    assert collector.logs


def test_without_the_extra_the_start_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "gateway.kit.telemetry.otel", raising=False)
    settings = Settings(otlp_endpoint="http://127.0.0.1:4318")
    with (
        pytest.raises(start_up.StartRefused, match=r"killatamata-server\[otel\]"),
        start_up.send_telemetry(settings, "gateway"),
    ):
        pass


def test_headers_that_are_none_are_refused_without_repeating_them(tmp_path: Path) -> None:
    ran = run_command(
        ["serve"],
        {
            "KT_DATA_DIR": str(tmp_path / "data"),
            "KT_PORT": "0",
            "KT_OTLP_ENDPOINT": "http://127.0.0.1:4318",
            "KT_OTLP_HEADERS": "canary",
        },
    )
    assert ran.returncode == 1
    assert ran.stderr == "killatamata: KT_OTLP_HEADERS: must be name=value, comma separated\n"
