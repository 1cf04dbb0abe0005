"""Exports, statements and budgets through the front door, by keys, browsers and operators."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import httpx2
import pytest

from gateway import operator
from gateway.ledger.accounts.owners import get_account_number
from gateway.media.usage import GROUP_FIELDS
from gateway.media.usage_schemas import GroupBy
from gateway.pages.money.usage import name_group
from gateway.pages.money_words import format_money
from tests.gateway import Client, Gateway, assert_problem, picture_input, serve_gateway
from tests.spending.charges import write_charges
from tests.waiting import wait_for_condition

EXPORT, STATEMENT, BUDGETS = "/api/v1/usage/export", "/api/v1/statement", "/api/v1/budgets"
MONTH = f"{datetime.now(UTC):%Y-%m}"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    """The browser of an account, on a page of the site."""
    with gateway.browser(client.account_id) as http:
        yield http


def test_what_was_spent_is_in_export_statement_and_budget(
    client: Client, page: httpx2.Client
) -> None:
    client.run_job("image.generate", picture_input())
    spent = 5_000_000 - client.get_balance()["availableMicrousd"]
    assert spent > 0
    shown = client.http.get(EXPORT, params={"groupBy": "task,key"}).json()
    assert shown["totalMicrousd"] == spent
    (line,) = shown["data"]
    assert (line["task"], line["charges"]) == ("image.generate", 1)
    answer = client.http.get(EXPORT, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert int(row["chargedMicrousd"]) == spent
    statement = client.http.get(STATEMENT, params={"month": MONTH}).json()
    lines = {(each["kind"], each["detail"]): each["amountMicrousd"] for each in statement["lines"]}
    assert lines[("spending", "image.generate")] == -spent
    assert statement["openingMicrousd"] + sum(lines.values()) == statement["closingMicrousd"]
    assert statement["closingMicrousd"] == client.get_balance()["balanceMicrousd"]
    (month,) = client.http.get("/api/v1/statements").json()["data"]
    assert (month["month"], month["isFinal"]) == (MONTH, False)
    made = page.put(BUDGETS, json={"amountUsd": "0.02"})
    assert made.status_code == 200, made.text
    assert made.json()["spentMicrousd"] == spent
    assert made.json()["alerts"]
    (budget,) = client.http.get(BUDGETS).json()["data"]
    assert budget["percent"] == spent * 100 // 20_000


def test_no_key_sets_a_budget_and_a_refused_one_changes_nothing(
    client: Client, page: httpx2.Client
) -> None:
    body = {"amountUsd": "1.00"}
    assert_problem(client.http.put(BUDGETS, json=body), 401, "unauthorized")
    assert_problem(page.put(BUDGETS, json={"amountUsd": "0"}), 422, "invalid_input")
    unknown = {"amountUsd": "1", "subject": "key", "subjectId": "key_none"}
    assert_problem(page.put(BUDGETS, json=unknown), 404, "not_found")
    member = {"amountUsd": "1", "subject": "member", "subjectId": "mbr_none"}
    assert_problem(page.put(BUDGETS, json=member), 404, "not_found")
    assert client.http.get(BUDGETS).json()["data"] == []
    for month, status in (("2026-13", 422), ("soon", 422), ("2099-01", 404)):
        assert client.http.get(STATEMENT, params={"month": month}).status_code == status


@pytest.mark.parametrize(("mode", "status"), [("test", 200), ("live", 404)])
def test_a_budget_is_for_no_key_of_the_other_mode(gateway: Gateway, mode: str, status: int) -> None:
    with gateway.account(mode=mode) as client, gateway.browser(client.account_id) as page:
        (key,) = page.get("/api/v1/keys").json()["data"]
        body = {"amountUsd": "1", "subject": "key", "subjectId": key["id"]}
        assert page.put(BUDGETS, json=body).status_code == status


@pytest.mark.parametrize("group", get_args(GroupBy))
def test_the_page_of_usage_names_every_group(
    client: Client, page: httpx2.Client, group: str
) -> None:
    client.run_job("image.generate", picture_input())
    shown = page.get("/usage", params={"groupBy": group})
    assert shown.status_code == 200
    assert {"member": "the owner", "project": "in no project"}.get(group, "Jobs") in shown.text


def test_the_page_shows_what_agent_and_direct_spending_cost(
    client: Client, page: httpx2.Client
) -> None:
    client.run_job("image.generate", picture_input())
    spent = {"amountUsd": "0.25", "description": "x"}
    answer = client.http.post(
        "/api/v1/credits/consume", json=spent, headers={"Idempotency-Key": "direct-1"}
    )
    assert answer.status_code in {200, 201}, answer.text
    shown = client.http.get(EXPORT, params={"groupBy": "task"}).json()
    by_task = {line["task"]: line["chargedMicrousd"] for line in shown["data"]}
    usage = page.get("/usage").text
    assert f"<dt>Agent and direct</dt><dd>{format_money(by_task['api'])}</dd>" in usage
    assert f"<dt>Charged for jobs</dt><dd>{format_money(by_task['image.generate'])}</dd>" in usage


def test_a_client_that_leaves_an_export_frees_its_place(tmp_path: Path) -> None:
    """An account may have two open. Each of these leaves at the first bytes of some megabytes."""
    query = {"groupBy": "day,key,task", "from": "2024-10-04", "to": "2024-10-04"}
    with serve_gateway(tmp_path / "data") as gateway, gateway.account() as client:
        gateway.run_as_operator(lambda: write_many_charges(gateway, client.account_id, 30_000))
        for _ in range(4):
            wait_for_condition(lambda: leave_export(client, query))
        whole = client.http.get(EXPORT, params=query).json()
        assert whole["totalMicrousd"] == len(whole["data"]) == 30_000


def leave_export(client: Client, query: dict[str, str]) -> bool:
    """Open an export and leave it; return False while those before still hold their places."""
    with client.http.stream("GET", EXPORT, params=query) as answer:
        if answer.status_code != 200:
            assert answer.status_code == 429
            return False
        next(answer.iter_bytes(1_000))
    return True


async def write_many_charges(gateway: Gateway, account_id: str, count: int) -> None:
    """Write charges of 1 micro-USD, each by a key of its own, on 4 October 2024."""
    settings = operator.load_settings(gateway.data_dir)
    async with operator.open_database(settings) as database:
        async with database.read() as snapshot:
            account = await get_account_number(snapshot, account_id, "test")
        await write_charges(database, account, count, keys=count)


def test_operators_read_the_usage_and_the_statement_of_an_account(
    gateway: Gateway, client: Client
) -> None:
    client.run_job("image.generate", picture_input())
    spent = 5_000_000 - client.get_balance()["availableMicrousd"]
    of_account = (client.account_id, "--mode", "test", "--json")
    (usage,) = json.loads(gateway.run_command("admin", "usage", *of_account).stdout)
    assert (usage["task"], usage["charges"]) == ("image.generate", 1)
    statement = json.loads(gateway.run_command("admin", "statement", *of_account).stdout)
    own = client.http.get(STATEMENT, params={"month": MONTH}).json()
    for name in ("openingMicrousd", "closingMicrousd", "payments", "isFinal"):
        assert statement[name] == own[name]
    (line,) = [each for each in statement["lines"] if each["kind"] == "spending"]
    assert line["amountMicrousd"] == -spent
    late = gateway.run_command("admin", "statement", *of_account, "--month", "2099-01")
    assert late.returncode == 1


def test_a_member_who_left_is_named_as_one() -> None:
    labels = {"mbr_1": "ann@example.com"}
    assert name_group("memberId", "mbr_1", labels) == "ann@example.com"
    assert name_group("memberId", "mbr_2", labels) == "a former member (mbr_2)"
    assert [name_group(name, None, {}) for name in GROUP_FIELDS.values()]


def test_the_page_shows_budgets_and_statements(client: Client, page: httpx2.Client) -> None:
    client.run_job("image.generate", picture_input())
    (key,) = page.get("/api/v1/keys").json()["data"]
    made = client.http.post("/api/v1/studio/projects", json={"name": "Fox film"})
    assert made.status_code == 201, made.text
    project_id = made.json()["projectId"]
    subjects = {
        "": "The whole account",
        f"key:{key['id']}": f"Key {key['label']}",
        f"project:{project_id}": "Project Fox film",
    }
    choices = page.get("/usage").text
    for subject in subjects:
        assert f'value="{subject}"' in choices
        set_it = page.post("/usage/budgets", data={"subject": subject, "amountUsd": "$0.50"})
        assert set_it.status_code in {200, 303}, set_it.text
    shown = page.get("/usage").text
    for name in subjects.values():
        assert f"<strong>{name}</strong>" in shown
    assert "$0.50" in shown
    assert "It stops nothing" in shown
    assert f"/usage/statement/{MONTH}" in shown
    statement = page.get(f"/usage/statement/{MONTH}")
    assert statement.status_code == 200
    assert format_money(client.get_balance()["balanceMicrousd"]) in statement.text
    assert page.get(f"/usage/statement/{MONTH}/csv").text.startswith("kind,detail,movements")
    exported = page.get("/usage/export.csv")
    assert exported.text.startswith(
        "day,keyId,keyLabel,memberId,projectId,projectName,task,charges"
    )
    for budget in client.http.get(BUDGETS).json()["data"]:
        page.post("/usage/budgets/delete", data={"budgetId": budget["budgetId"]})
    assert client.http.get(BUDGETS).json()["data"] == []
