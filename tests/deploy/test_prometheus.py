"""Rules, dashboard and configuration of the monitoring, judged by Prometheus's own promtool.

The slow tests evaluate each alert on made-up series (`alert_cases.py`).
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from gateway.app import run_application
from gateway.configuration.settings import Settings
from gateway.kit.http.request_report import RequestFacts, decide_submit_outcome
from gateway.kit.telemetry import metrics
from tests.deploy.alert_cases import CAUSE_CASES, HOUR, LEVEL_CASES, AlertCase
from tests.deploy.deploy_files import DEPLOY, find_tool, make_environment_file
from tests.deploy.promtool import (
    MONITORING,
    RULES,
    judge_alert_cases,
    load_rules,
    needs_promtool,
    run_promtool,
)
from tests.in_process import build_client, open_account_client, open_browser

DASHBOARD = json.loads((MONITORING / "grafana" / "dashboard.json").read_text())
OPERATING = MONITORING.parents[1] / "docs" / "operating.md"
OURS = re.compile(r"(killatamata_[a-z_0-9]+)(?:\{([^}]*)\})?")
RECORDED = re.compile(r"killatamata:[a-z_0-9:]+")
MATCHER = re.compile(r"(\w+)(=~|!~|!=|=)\"([^\"]*)\"")
ALERT_NAMES = {rule["alert"] for rule in load_rules() if "alert" in rule}
HIDDEN_FIELD = re.compile(r'name="(maxPriceUsd|pricedInput|idempotencyKey)"[^>]* value="([^"]*)"')
SUBMIT_ROUTES = (
    "/api/v1/media/jobs",
    "/api/v1/studio/agent/approval-plans/execute",
    "/v1/images/generations",
    "/v1/videos",
)
SCRAPED_LABELS = {"job", "instance"}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
CASES = (AlertCase("a healthy deployment", (), {}), *LEVEL_CASES, *CAUSE_CASES)


def list_expressions() -> Iterator[str]:
    """List every expression of the rules and of the dashboard."""
    yield from (rule["expr"] for rule in load_rules())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def count_submits() -> dict[str, float]:
    """Return the number of submits that this process has counted, by outcome."""
    (family,) = metrics.SUBMITS.collect()
    return {each.labels["outcome"]: each.value for each in family.samples}


def map_metrics() -> dict[str, MetricWrapperBase]:
    """Map the name of each series that we can show to its metric."""
    every = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    return {each._name + suffix: each for each in every for suffix in SUFFIXES[str(each._type)]}


def test_rules_and_dashboard_read_only_metrics_and_labels_that_exist() -> None:
    known, recorded = map_metrics(), {rule.get("record") for rule in load_rules()}
    found = 0
    for expression in list_expressions():
        assert set(RECORDED.findall(expression)) <= recorded, expression
        for name, matchers in OURS.findall(expression):
            metric = known[name]
            labels = {*metric._labelnames, *SCRAPED_LABELS}
            if isinstance(metric, Histogram):
                labels.add("le")
            for label, _, value in MATCHER.findall(matchers):
                assert label in labels, expression
                assert label != "le" or float(value) in metric._upper_bounds, expression  # type: ignore[attr-defined]
            found += 1
    assert found > 80


def test_each_alert_has_a_paragraph_with_its_meaning_and_each_paragraph_an_alert() -> None:
    section = OPERATING.read_text().partition("## What alerts mean\n")[2].partition("\n## ")[0]
    paragraphs = dict(
        re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL)
    )
    alerts = [rule for rule in load_rules() if "alert" in rule]
    assert {rule["annotations"]["runbook"] for rule in alerts} == set(paragraphs)
    for name, text in paragraphs.items():
        assert re.findall(r"^- \*\*(\w+):\*\*", text, re.MULTILINE) == ["Means", "See", "Do"], name
    assert all(rule["labels"]["severity"] in {"page", "ticket", "none"} for rule in alerts)
    assert all(rule["annotations"]["summary"] for rule in alerts)


def test_each_alert_fires_in_a_case_and_a_near_miss_of_each_room_does_not() -> None:
    assert {name for case in CASES for name in case.alerts} == ALERT_NAMES - {"Watchdog"}
    assert sum(not case.alerts for case in CASES) > len(ALERT_NAMES) / 2


def test_panels_have_their_own_ids_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


@pytest.mark.anyio
async def test_a_submit_is_counted_by_what_became_of_it(tmp_path: Path) -> None:
    async with run_application(Settings(data_dir=tmp_path).with_secrets()) as application:
        before = count_submits()
        async with build_client(application, "no key") as http:
            for route in SUBMIT_ROUTES:
                answer = await http.post(route, json={})
                assert 400 <= answer.status_code < 500, route
            await http.get("/api/v1/media/jobs")
            await http.post("/api/v1/media/jobs?dryRun=1", json={})
            await http.post("/api/v1/media/jobs/quotes", json={})
        assert count_submits() == before | {"refused": before["refused"] + len(SUBMIT_ROUTES)}
    asked = RequestFacts("rid_1", submit="asked")
    outcomes = [decide_submit_outcome(asked, status) for status in (200, 202, 401, 429, 500, 503)]
    assert outcomes == ["accepted"] * 2 + ["refused"] * 2 + ["failed"] * 2


@pytest.mark.anyio
async def test_a_submit_is_accepted_even_if_its_job_then_fails(tmp_path: Path) -> None:
    async with (
        run_application(Settings(data_dir=tmp_path).with_secrets()) as application,
        open_account_client(application) as http,
    ):
        before = count_submits()
        answer = await http.post("/v1/images/generations", json={"prompt": "[sandbox:reject]"})
        assert answer.status_code >= 400
        assert count_submits() == before | {"accepted": before["accepted"] + 1}


@pytest.mark.anyio
async def test_a_submit_of_a_page_counts_and_its_price_does_not(tmp_path: Path) -> None:
    page, form = "/playground/image.generate", {"prompt": "a fox", "count": "1"}
    async with (
        run_application(Settings(data_dir=tmp_path).with_secrets()) as application,
        open_browser(application) as web,
    ):
        before = count_submits()
        priced = await web.post(page, data=form | {"decision": "price"})
        sent = form | dict(HIDDEN_FIELD.findall(priced.text)) | {"decision": "run"}
        assert count_submits() == before
        assert (await web.post(page, data=sent)).status_code == 303
        refused = await web.post(page, data=sent | {"maxPriceUsd": "many"})
        assert refused.status_code == 422
        more = {outcome: before[outcome] + 1 for outcome in ("accepted", "refused")}
        assert count_submits() == before | more


@needs_promtool
def test_promtool_accepts_rules_configuration_and_queries_of_the_dashboard(tmp_path: Path) -> None:
    run_promtool("check", "rules", *map(str, RULES))
    token, config = tmp_path / "token", tmp_path / "prometheus.yml"
    token.write_text("secret")
    (tmp_path / "rules").symlink_to(MONITORING / "rules")
    text = (MONITORING / "prometheus.yml").read_text()
    config.write_text(text.replace("/run/secrets/metrics_token", str(token)))
    assert "rule files found" in run_promtool("check", "config", str(config))
    queries = [
        target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())
    ]
    rules = [{"record": f"panel:{index}", "expr": query} for index, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    run_promtool("check", "rules", str(file))


@pytest.mark.slow
@needs_promtool
def test_alerts_fire_in_their_cases_and_only_there(tmp_path: Path) -> None:
    short = [case for case in CASES if case.at_minute < 2 * HOUR]
    judge_alert_cases(short, tmp_path, evaluate_every="1m")
    long = [case for case in CASES if case.at_minute >= 2 * HOUR]
    judge_alert_cases(long, tmp_path, evaluate_every="30m")


@pytest.mark.slow
@needs_promtool
def test_a_case_with_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    wrong = AlertCase("no gateway answers", ("GatewayDown",), CAUSE_CASES[0].series, 3)
    with pytest.raises(AssertionError, match="GatewayDown"):
        judge_alert_cases([wrong], tmp_path, evaluate_every="1m")


def test_compose_scrapes_what_the_gateways_and_workers_serve(tmp_path: Path) -> None:
    copy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    make_environment_file(copy)
    words = [find_tool("docker-compose"), "-f", str(copy / "compose.yaml")]
    words += ["-f", str(copy / "compose.monitoring.yaml"), "config"]
    environment = os.environ | {"GRAFANA_PASSWORD": "for the test"}
    resolved = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    services = yaml.safe_load(resolved.stdout)["services"]
    gateways, workers = yaml.safe_load((MONITORING / "prometheus.yml").read_text())[
        "scrape_configs"
    ]
    ((config,), (lookup,)) = gateways["static_configs"], workers["dns_sd_configs"]
    for target in config["targets"]:
        allowed = services[target.partition(":")[0]]["environment"]["KT_ALLOWED_HOSTS"]
        assert target in allowed.split(",")
    address = services[lookup["names"][0]]["environment"]["KT_WORKER_METRICS"]
    assert address == f"0.0.0.0:{lookup['port']}"
    mounted = [each["source"] for name in ("prometheus", "grafana")
               for each in services[name]["volumes"] if each["type"] == "bind"]  # fmt: skip
    assert all(Path(source).exists() for source in mounted)
