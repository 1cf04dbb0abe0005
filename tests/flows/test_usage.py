"""The usage of an account, grouped; to the micro-dollar it is what the ledger captured."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.kit.ids import Ids
from tests.gateway import Client, Gateway, picture, problem, still

USAGE = "/api/v1/media/usage"
JOBS = "/api/v1/media/jobs"


@pytest.fixture
def used(gateways: list[Gateway]) -> Iterator[Client]:
    """An account with two pictures, a failure and a cancel."""
    with gateways[0].account() as account:
        account.made("image.generate", picture("a"))
        account.made("image.generate", picture("b", count=2))
        account.made("image.edit", {"prompt": "c [sandbox:fail]", "image": STILL})
        account.cancel(account.post("image.generate", picture("[sandbox:slow=60]")).json()["jobId"])
        yield account


STILL = still()


def usage(client: Client, **query: str) -> dict[str, Any]:
    answer = client.http.get(USAGE, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.promise("jobs: usage")
def test_usage_adds_up_to_what_the_ledger_captured(used: Client) -> None:
    spent = 5_000_000 - used.balance()["availableMicrousd"]
    assert spent == 60_000
    today = str(datetime.now(UTC).date())
    for by, name in {"day": "day", "task": "task", "key": "keyId", "project": "projectId"}.items():
        found = usage(used, groupBy=by)
        assert (found["totalMicrousd"], found["totalUsd"]) == (spent, "0.06")
        assert sum(line["chargedMicrousd"] for line in found["data"]) == spent
        assert sum(line["jobs"] for line in found["data"]) == 4
        assert sum(line["succeeded"] for line in found["data"]) == 2
        assert all(name in line for line in found["data"])
    (day,) = usage(used)["data"]
    assert (day["day"], day["chargedUsd"]) == (today, "0.06")
    tasks = {line["task"]: line for line in usage(used, groupBy="task")["data"]}
    assert (tasks["image.edit"]["jobs"], tasks["image.edit"]["chargedUsd"]) == (1, "0.00")


def test_usage_is_of_the_days_asked_for(used: Client) -> None:
    today = datetime.now(UTC).date()
    before = str(today - timedelta(days=1))
    assert usage(used, **{"from": before, "to": before})["data"] == []
    assert usage(used, **{"from": str(today), "to": str(today)})["totalUsd"] == "0.06"
    longest = {"from": str(today - timedelta(days=91)), "to": str(today)}
    assert usage(used, **longest)["totalUsd"] == "0.06"
    for query in (
        {"from": str(today - timedelta(days=92)), "to": str(today)},
        {"from": str(today), "to": before},
        {"from": "yesterday"},
        {"groupBy": "mood"},
    ):
        problem(used.http.get(USAGE, params=query), 422, "invalid_input")
    assert usage(used, to="0001-01-01")["data"] == []
    assert usage(used, to="9999-12-31", **{"from": "9999-12-01"})["data"] == []


def test_usage_as_csv_has_the_same_lines(used: Client) -> None:
    answer = used.http.get(USAGE, params={"groupBy": "task"}, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    shown = usage(used, groupBy="task")["data"]
    assert lines == [{name: str(value) for name, value in line.items()} for line in shown]


def test_usage_needs_its_scope(client: Client, gateway: Gateway) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "media", "scopes": ["media"]}).json()
    with gateway.client(made["apiKey"]) as http:
        problem(http.get(USAGE), 403, "scope_denied")


def test_a_project_that_is_not_there_is_not_found(client: Client) -> None:
    project = Ids().new("proj")
    for dry in (False, True):
        answer = client.post("image.generate", picture(), projectId=project, dry=dry)
        assert problem(answer, 404, "not_found")["field"] == "projectId"
    assert client.http.get(JOBS, params={"projectId": project}).json()["data"] == []
    assert client.balance()["heldMicrousd"] == 0
    job_id = client.post("image.generate", picture()).json()["jobId"]
    assert client.job(job_id)["projectId"] is None
