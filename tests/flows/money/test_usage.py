"""The usage of an account, grouped; to the micro-dollar it is what the ledger captured."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.kit.ids import Ids
from tests.gateway import Client, Gateway, assert_problem, picture_data_uri, picture_input

USAGE = "/api/v1/media/usage"
JOBS = "/api/v1/media/jobs"


@pytest.fixture
def used(gateways: list[Gateway]) -> Iterator[Client]:
    """An account with two pictures, a failure and a cancel."""
    with gateways[0].account() as account:
        account.run_job("image.generate", picture_input("a"))
        account.run_job("image.generate", picture_input("b", count=2))
        account.run_job("image.edit", {"prompt": "c [sandbox:fail]", "image": STILL})
        account.cancel_job(
            account.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
        )
        yield account


STILL = picture_data_uri()


def read_usage(client: Client, **query: str) -> dict[str, Any]:
    answer = client.http.get(USAGE, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.promise("jobs: usage")
def test_usage_adds_up_to_what_the_ledger_captured(used: Client) -> None:
    spent = 5_000_000 - used.get_balance()["availableMicrousd"]
    assert spent == 60_000
    today = str(datetime.now(UTC).date())
    for by, name in {"day": "day", "task": "task", "key": "keyId", "project": "projectId"}.items():
        found = read_usage(used, groupBy=by)
        assert (found["totalMicrousd"], found["totalUsd"]) == (spent, "0.06")
        assert sum(line["chargedMicrousd"] for line in found["data"]) == spent
        assert sum(line["jobs"] for line in found["data"]) == 4
        assert sum(line["succeeded"] for line in found["data"]) == 2
        assert all(name in line for line in found["data"])
    (day,) = read_usage(used)["data"]
    assert (day["day"], day["chargedUsd"]) == (today, "0.06")
    tasks = {line["task"]: line for line in read_usage(used, groupBy="task")["data"]}
    assert (tasks["image.edit"]["jobs"], tasks["image.edit"]["chargedUsd"]) == (1, "0.00")


def test_usage_is_of_the_days_asked_for(used: Client) -> None:
    today = datetime.now(UTC).date()
    before = str(today - timedelta(days=1))
    assert read_usage(used, **{"from": before, "to": before})["data"] == []
    assert read_usage(used, **{"from": str(today), "to": str(today)})["totalUsd"] == "0.06"
    longest = {"from": str(today - timedelta(days=91)), "to": str(today)}
    assert read_usage(used, **longest)["totalUsd"] == "0.06"
    for query in (
        {"from": str(today - timedelta(days=92)), "to": str(today)},
        {"from": str(today), "to": before},
        {"from": "yesterday"},
        {"groupBy": "mood"},
    ):
        assert_problem(used.http.get(USAGE, params=query), 422, "invalid_input")
    assert read_usage(used, to="0001-01-01")["data"] == []
    assert read_usage(used, to="9999-12-31", **{"from": "9999-12-01"})["data"] == []


def test_usage_as_csv_has_the_same_lines(used: Client) -> None:
    answer = used.http.get(USAGE, params={"groupBy": "task"}, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    shown = read_usage(used, groupBy="task")["data"]
    assert lines == [{name: str(value) for name, value in line.items()} for line in shown]


def test_usage_needs_its_scope(client: Client, gateway: Gateway) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "media", "scopes": ["media"]}).json()
    with gateway.client(made["apiKey"]) as http:
        assert_problem(http.get(USAGE), 403, "scope_denied")


def test_a_project_that_is_not_there_is_not_found(client: Client) -> None:
    project = Ids().new("proj")
    for dry in (False, True):
        answer = client.submit("image.generate", picture_input(), projectId=project, dry=dry)
        assert assert_problem(answer, 404, "not_found")["field"] == "projectId"
    assert client.http.get(JOBS, params={"projectId": project}).json()["data"] == []
    assert client.get_balance()["heldMicrousd"] == 0
    job_id = client.submit("image.generate", picture_input()).json()["jobId"]
    assert client.get_job(job_id)["projectId"] is None
