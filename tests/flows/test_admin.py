"""The operator's commands, on the database of a gateway that serves meanwhile."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway import operator
from gateway.ledger.accounts.freezes import freeze_account
from gateway.ledger.accounts.owners import get_account_number
from tests.gateway import Client, Gateway, picture, problem, serving, still

WHY = ("--reason", "ticket 7")


def run(gateway: Gateway, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    ended = gateway.command("admin", *words)
    assert ended.returncode == code, ended.stderr or ended.stdout
    return ended


def told(gateway: Gateway, *words: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run(gateway, *words, "--json").stdout)
    return shown


def head(gateway: Gateway) -> dict[str, Any]:
    return told(gateway, "audit", "head")


@pytest.mark.promise("operations: rehearsal")
def test_a_rehearsed_command_shows_its_rows_and_writes_nothing(
    gateway: Gateway, client: Client
) -> None:
    words = ("account", "adjust", client.account_id, "--amount-usd", "-1.50", "--mode", "test",
             "--reference", "one", *WHY)  # fmt: skip
    before = head(gateway)
    rehearsed = told(gateway, *words, "--dry-run")
    assert rehearsed["dryRun"] is True
    (transfer,) = [row for row in rehearsed["rows"] if row["table"] == "transfer"]
    assert (transfer["code"], transfer["amount"]) == ("adjust", 1_500_000)
    assert {row["table"] for row in rehearsed["rows"]} == {
        "transfer", "entry", "ledger_account", "audit_log", "audit_head",
    }  # fmt: skip
    assert client.balance()["availableUsd"] == "5.00"
    assert head(gateway) == before

    assert "dryRun" not in told(gateway, *words)
    assert client.balance()["availableUsd"] == "3.50"
    assert told(gateway, *words)["changed"] is False  # the same reference moves nothing twice
    assert client.balance()["availableUsd"] == "3.50"
    other = [*words]
    other[other.index("-1.50")] = "-1.51"
    assert "another amount" in run(gateway, *other, code=1).stderr
    assert head(gateway)["seq"] == before["seq"] + 1


def test_a_correction_takes_no_more_than_there_is(gateway: Gateway, client: Client) -> None:
    words = ("account", "adjust", client.account_id, "--mode", "test", "--reference", "r", *WHY)
    refused = run(gateway, *words, "--amount-usd", "-5.01", code=1)
    assert refused.stderr.startswith("insufficient_credits: ")
    for nonsense in ("0", "lots"):
        run(gateway, *words, "--amount-usd", nonsense, code=1)
    run(gateway, *words, "--amount-usd", "0.25")
    assert client.balance()["availableUsd"] == "5.25"


def test_an_account_is_made_once_for_a_reference(gateway: Gateway, client: Client) -> None:
    words = ("account", "create", "--mode", "test", "--credit-usd", "2",
             "--reference", client.account_id)  # fmt: skip
    rehearsed = told(gateway, *words, "--dry-run")
    assert "apiKey" not in rehearsed
    first, again = told(gateway, *words), told(gateway, *words)
    assert again["accountId"] == first["accountId"] != rehearsed["accountId"]
    assert "apiKey" not in again
    shown = told(gateway, "account", "show", first["accountId"])
    assert (shown["test"]["availableUsd"], shown["live"]["availableUsd"]) == ("2.00", "0.00")
    run(gateway, "account", "show", "acct_none", code=1)
    run(gateway, "account", "create", "--mode", "play", code=1)
    assert "--mode" in run(gateway, "account", "create", code=2).stderr


def test_a_frozen_account_spends_nothing_until_it_is_thawed(
    gateway: Gateway, client: Client
) -> None:
    run(gateway, "account", "freeze", client.account_id, *WHY)
    problem(client.post("image.generate", picture()), 403, "account_frozen")
    assert client.balance()["frozenReasons"] == ["operator"]
    assert told(gateway, "account", "freeze", client.account_id, *WHY)["changed"] is False
    run(gateway, "account", "unfreeze", client.account_id, *WHY)
    assert client.post("image.generate", picture()).status_code == 202


def test_the_freeze_of_a_lost_dispute_is_named_and_lifted(gateway: Gateway, client: Client) -> None:
    async def lost() -> None:
        settings = operator.load_settings(gateway.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            number = await get_account_number(session, client.account_id, "test")
            await freeze_account(session, account=number, reason="dispute", reference="du_1")

    gateway.operate(lost)
    shown = told(gateway, "account", "show", client.account_id)
    assert shown["test"]["freezes"] == [{"reason": "dispute", "reference": "du_1"}]
    assert shown["live"]["freezes"] == []
    assert told(gateway, "account", "unfreeze", client.account_id, *WHY)["changed"] is False
    problem(client.post("image.generate", picture()), 403, "account_frozen")
    words = ("account", "unfreeze", client.account_id, "--reference", "du_1", *WHY)
    assert told(gateway, *words)["changed"] is True
    assert client.post("image.generate", picture()).status_code == 202


def test_a_grant_is_promotional_credit_that_expires(gateway: Gateway, client: Client) -> None:
    words = ("account", "grant", client.account_id, "--credit-usd", "3", "--mode", "test",
             "--reference", "spring", "--days", "30", *WHY)  # fmt: skip
    for _ in range(2):
        run(gateway, *words)
    buckets = client.balance()["buckets"]
    assert [bucket["remainingUsd"] for bucket in buckets if bucket["expiresAt"]] == ["3.00"]


def test_an_operator_revokes_a_key_of_anyone(gateway: Gateway, client: Client) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "lost"}).json()
    listed = json.loads(run(gateway, "key", "list", client.account_id, "--json").stdout)
    assert {key["id"] for key in listed} >= {made["id"]}
    assert made["apiKey"] not in str(listed)
    for _ in range(2):
        assert told(gateway, "key", "revoke", made["keyPrefix"], *WHY)["target"] == made["id"]
    with gateway.client(made["apiKey"]) as http:
        agent = Client(http, made["apiKey"], client.account_id)
        problem(agent.post("image.generate", picture()), 401, "unauthorized")


def test_a_job_is_refunded_once_by_a_new_transfer(gateway: Gateway, client: Client) -> None:
    job = client.made("image.generate", picture())
    assert client.balance()["availableUsd"] == "4.98"
    assert told(gateway, "job", "show", job["id"])["chargedUsd"] == "0.02"
    first = told(gateway, "job", "refund", job["id"], *WHY)
    again = told(gateway, "job", "refund", job["id"], *WHY)
    assert (first["changed"], again["changed"]) == (True, False)
    assert client.balance()["availableUsd"] == "5.00"
    assert "job_finished" in run(gateway, "job", "cancel", job["id"], *WHY, code=1).stderr
    assert "job_finished" in run(gateway, "job", "requeue", job["id"], *WHY, code=1).stderr
    run(gateway, "job", "show", "job_none", code=1)
    assert gateway.findings() == []


def test_an_operator_sees_the_attempts_of_a_job_in_their_order(
    gateway: Gateway, client: Client
) -> None:
    for _ in range(3):  # ids of attempts are random: one job could be right by chance
        job = client.made("image.generate", picture("a fox [sandbox:fail]"))
        times = [
            each["submittedAt"] for each in told(gateway, "job", "show", job["id"])["attempts"]
        ]
        assert (len(times), times) == (3, sorted(times))


def test_a_job_that_runs_is_canceled_and_released(gateway: Gateway, client: Client) -> None:
    job = client.post("image.generate", picture("a fox [sandbox:slow=60]")).json()["jobId"]
    client.until(job, "running")
    for _ in range(2):
        run(gateway, "job", "cancel", job, *WHY)
    ended = client.ended(job)
    assert (ended["status"], client.balance()["availableUsd"]) == ("canceled", "5.00")


@pytest.mark.promise("operations: audit-trail")
def test_what_was_done_is_in_the_log_with_who_and_why(gateway: Gateway, client: Client) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "watched"}).json()
    client.http.post("/api/v1/keys/revoke", json={"keyId": made["id"]})
    run(gateway, "account", "freeze", client.account_id, "--reason", "seen by ada@example.com")
    lines = [json.loads(line) for line in run(gateway, "audit", "export").stdout.splitlines()]
    of_key = [line for line in lines if line["target"] == made["id"]]
    assert [line["action"] for line in of_key] == ["key.create", "key.revoke"]
    assert {line["key_lookup"] for line in of_key} == {client.key[8:16]}
    assert (of_key[0]["actor_kind"], of_key[0]["ip"]) == ("key", "127.0.0.1")
    assert of_key[0]["request_id"].startswith("rid_")
    (frozen,) = [line for line in lines if line["target"] == client.account_id
                 and line["action"] == "account.freeze"]  # fmt: skip
    assert json.loads(frozen["after"])["reason"] == "seen by a***@example.com"
    assert made["apiKey"] not in str(lines)
    verified = told(gateway, "audit", "verify")
    assert (verified["wrong"], verified["seq"]) == ([], len(lines))
    assert verified["hash"] == lines[-1]["hash"]


def test_events_and_mails_are_listed_and_taken_again(gateway: Gateway) -> None:
    assert json.loads(run(gateway, "event", "list", "--json").stdout) == []
    refused = run(gateway, "event", "replay", "evt_1", "--mode", "test", *WHY, code=1)
    assert refused.stderr.startswith("payment_method_unavailable: ")
    assert json.loads(run(gateway, "outbox", "list", "--json").stdout) == []
    assert "is not waiting" in run(gateway, "outbox", "replay", "mail_1", *WHY, code=1).stderr
    assert "--reason" in run(gateway, "reconcile", "--mode", "test", "--apply", code=1).stderr


def test_an_output_or_input_whose_file_is_gone_is_found(data_dir: Path) -> None:
    with serving(data_dir) as own, own.account() as client:
        made = client.made("image.edit", {"prompt": "night", "image": still()})
        assert json.loads(run(own, "check", "--storage", "--json").stdout)["findings"] == []
        for folder in ("outputs", "inputs"):
            for file in [each for each in data_dir.rglob(f"{folder}/**/*") if each.is_file()]:
                file.unlink()
        (found,) = json.loads(run(own, "check", "--storage", "--json", code=1).stdout)["findings"]
        assert found["id"] == "storage"
        output, kept = (row["detail"] for row in found["rows"])
        assert made["jobId"] in output
        assert kept.startswith("input input_")
        run(own, "check")


def test_a_writing_command_has_to_say_why(gateway: Gateway, client: Client) -> None:
    run(gateway, "account", "freeze", client.account_id, code=2)
    blank = run(gateway, "account", "freeze", client.account_id, "--reason", " ", code=1)
    assert "--reason" in blank.stderr
