"""The operator's commands, on the database of a gateway that serves meanwhile."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway import operator
from gateway.ledger.accounts.freezes import freeze_account
from gateway.ledger.accounts.owners import get_account_number
from tests.admin_commands import run_admin
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    picture_data_uri,
    picture_input,
    serve_gateway,
)
from tests.library.files import create_project, make_png, upload_asset

WHY = ("--reason", "ticket 7")


def run_admin_process(
    gateway: Gateway, *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    ended = gateway.run_command("admin", *words)
    assert ended.returncode == code, ended.stderr or ended.stdout
    return ended


def run_for_json(gateway: Gateway, *words: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run_admin_process(gateway, *words, "--json").stdout)
    return shown


def read_audit_head(gateway: Gateway) -> dict[str, Any]:
    return run_for_json(gateway, "audit", "head")


@pytest.mark.promise("operations: rehearsal")
def test_a_rehearsed_command_shows_its_rows_and_writes_nothing(
    gateway: Gateway, client: Client
) -> None:
    words = ("account", "adjust", client.account_id, "--amount-usd", "-1.50", "--mode", "test",
             "--reference", "one", *WHY)  # fmt: skip
    before = read_audit_head(gateway)
    rehearsed = run_for_json(gateway, *words, "--dry-run")
    assert rehearsed["dryRun"] is True
    (transfer,) = [row for row in rehearsed["rows"] if row["table"] == "transfer"]
    assert (transfer["code"], transfer["amount"]) == ("adjust", 1_500_000)
    assert {row["table"] for row in rehearsed["rows"]} == {
        "transfer", "entry", "ledger_account", "audit_log", "audit_head",
    }  # fmt: skip
    assert client.get_balance()["availableUsd"] == "5.00"
    assert read_audit_head(gateway) == before

    assert "dryRun" not in run_for_json(gateway, *words)
    assert client.get_balance()["availableUsd"] == "3.50"
    assert (
        run_for_json(gateway, *words)["changed"] is False
    )  # the same reference moves nothing twice
    assert client.get_balance()["availableUsd"] == "3.50"
    other = [*words]
    other[other.index("-1.50")] = "-1.51"
    assert "another amount" in run_admin_process(gateway, *other, code=1).stderr
    assert read_audit_head(gateway)["seq"] == before["seq"] + 1


def test_a_correction_takes_no_more_than_there_is(gateway: Gateway, client: Client) -> None:
    words = ("account", "adjust", client.account_id, "--mode", "test", "--reference", "r", *WHY)
    refused = run_admin_process(gateway, *words, "--amount-usd", "-5.01", code=1)
    assert refused.stderr.startswith("insufficient_credits: ")
    for nonsense in ("0", "lots"):
        run_admin_process(gateway, *words, "--amount-usd", nonsense, code=1)
    run_admin_process(gateway, *words, "--amount-usd", "0.25")
    assert client.get_balance()["availableUsd"] == "5.25"


def test_results_go_through_jq_or_are_ids_alone(gateway: Gateway, client: Client) -> None:
    account = client.account_id
    by_jq = run_admin(gateway, "account", "list", "--jq", ".[].accountId").stdout.split()
    quiet = run_admin(gateway, "account", "list", "--quiet").stdout.split()
    assert account in by_jq
    assert quiet == by_jq
    assert run_admin(gateway, "account", "show", account, "-q").stdout.strip() == account
    assert run_admin(gateway, "check", "--jq", ".ran").stdout.strip() == "true"
    refused = run_admin(gateway, "account", "list", "--jq", ".id", code=1)
    assert "Cannot index array" in refused.output


def test_a_key_that_is_shown_once_is_shown_whatever_is_asked_for(gateway: Gateway) -> None:
    words = ("account", "create", "--mode", "test")
    assert run_admin(gateway, *words, "--quiet").stdout.startswith("kt_test_")
    failed = run_admin(gateway, *words, "--jq", ".[0].apiKey", code=1)
    document, refusal, *_ = failed.output.splitlines()
    assert json.loads(document)["apiKey"].startswith("kt_test_")
    assert "Cannot index" in refusal


def test_an_account_is_made_once_for_a_reference(gateway: Gateway, client: Client) -> None:
    words = ("account", "create", "--mode", "test", "--credit-usd", "2",
             "--reference", client.account_id)  # fmt: skip
    rehearsed = run_for_json(gateway, *words, "--dry-run")
    assert "apiKey" not in rehearsed
    first, again = run_for_json(gateway, *words), run_for_json(gateway, *words)
    assert again["accountId"] == first["accountId"] != rehearsed["accountId"]
    assert "apiKey" not in again
    shown = run_for_json(gateway, "account", "show", first["accountId"])
    assert (shown["test"]["availableUsd"], shown["live"]["availableUsd"]) == ("2.00", "0.00")
    run_admin_process(gateway, "account", "show", "acct_none", code=1)
    run_admin_process(gateway, "account", "create", "--mode", "play", code=1)
    assert "--mode" in run_admin_process(gateway, "account", "create", code=2).stderr


def test_a_frozen_account_spends_nothing_until_it_is_thawed(
    gateway: Gateway, client: Client
) -> None:
    run_admin_process(gateway, "account", "freeze", client.account_id, *WHY)
    assert_problem(client.submit("image.generate", picture_input()), 403, "account_frozen")
    assert client.get_balance()["frozenReasons"] == ["operator"]
    assert run_for_json(gateway, "account", "freeze", client.account_id, *WHY)["changed"] is False
    run_admin_process(gateway, "account", "unfreeze", client.account_id, *WHY)
    assert client.submit("image.generate", picture_input()).status_code == 202


def test_the_freeze_of_a_lost_dispute_is_named_and_lifted(gateway: Gateway, client: Client) -> None:
    async def lost() -> None:
        settings = operator.load_settings(gateway.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            number = await get_account_number(session, client.account_id, "test")
            await freeze_account(session, account=number, reason="dispute", reference="du_1")

    gateway.run_as_operator(lost)
    shown = run_for_json(gateway, "account", "show", client.account_id)
    assert shown["test"]["freezes"] == [{"reason": "dispute", "reference": "du_1"}]
    assert shown["live"]["freezes"] == []
    assert run_for_json(gateway, "account", "unfreeze", client.account_id, *WHY)["changed"] is False
    assert_problem(client.submit("image.generate", picture_input()), 403, "account_frozen")
    words = ("account", "unfreeze", client.account_id, "--reference", "du_1", *WHY)
    assert run_for_json(gateway, *words)["changed"] is True
    assert client.submit("image.generate", picture_input()).status_code == 202


def test_a_grant_is_promotional_credit_that_expires(gateway: Gateway, client: Client) -> None:
    words = ("account", "grant", client.account_id, "--credit-usd", "3", "--mode", "test",
             "--reference", "spring", "--days", "30", *WHY)  # fmt: skip
    for _ in range(2):
        run_admin_process(gateway, *words)
    buckets = client.get_balance()["buckets"]
    assert [bucket["remainingUsd"] for bucket in buckets if bucket["expiresAt"]] == ["3.00"]


def test_an_operator_revokes_a_key_of_anyone(gateway: Gateway, client: Client) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "lost"}).json()
    listed = json.loads(
        run_admin_process(gateway, "key", "list", client.account_id, "--json").stdout
    )
    assert {key["id"] for key in listed} >= {made["id"]}
    assert made["apiKey"] not in str(listed)
    for _ in range(2):
        assert (
            run_for_json(gateway, "key", "revoke", made["keyPrefix"], *WHY)["target"] == made["id"]
        )
    with gateway.client(made["apiKey"]) as http:
        agent = Client(http, made["apiKey"], client.account_id)
        assert_problem(agent.submit("image.generate", picture_input()), 401, "unauthorized")


def test_a_job_is_refunded_once_by_a_new_transfer(gateway: Gateway, client: Client) -> None:
    job = client.run_job("image.generate", picture_input())
    assert client.get_balance()["availableUsd"] == "4.98"
    assert run_for_json(gateway, "job", "show", job["id"])["chargedUsd"] == "0.02"
    first = run_for_json(gateway, "job", "refund", job["id"], *WHY)
    again = run_for_json(gateway, "job", "refund", job["id"], *WHY)
    assert (first["changed"], again["changed"]) == (True, False)
    assert client.get_balance()["availableUsd"] == "5.00"
    assert (
        "job_finished"
        in run_admin_process(gateway, "job", "cancel", job["id"], *WHY, code=1).stderr
    )
    assert (
        "job_finished"
        in run_admin_process(gateway, "job", "requeue", job["id"], *WHY, code=1).stderr
    )
    run_admin_process(gateway, "job", "show", "job_none", code=1)
    assert gateway.list_findings() == []


def test_an_operator_sees_the_attempts_of_a_job_in_their_order(
    gateway: Gateway, client: Client
) -> None:
    for _ in range(3):  # ids of attempts are random: one job could be right by chance
        job = client.run_job("image.generate", picture_input("a fox [sandbox:fail]"))
        times = [
            each["submittedAt"]
            for each in run_for_json(gateway, "job", "show", job["id"])["attempts"]
        ]
        assert (len(times), times) == (3, sorted(times))


def test_a_job_that_runs_is_canceled_and_released(gateway: Gateway, client: Client) -> None:
    job = client.submit("image.generate", picture_input("a fox [sandbox:slow=60]")).json()["jobId"]
    client.wait_for_status(job, "running")
    for _ in range(2):
        run_admin_process(gateway, "job", "cancel", job, *WHY)
    ended = client.wait_for_job(job)
    assert (ended["status"], client.get_balance()["availableUsd"]) == ("canceled", "5.00")


@pytest.mark.promise("operations: audit-trail")
def test_what_was_done_is_in_the_log_with_who_and_why(gateway: Gateway, client: Client) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "watched"}).json()
    client.http.post("/api/v1/keys/revoke", json={"keyId": made["id"]})
    run_admin_process(
        gateway, "account", "freeze", client.account_id, "--reason", "seen by ada@example.com"
    )
    lines = [
        json.loads(line)
        for line in run_admin_process(gateway, "audit", "export").stdout.splitlines()
    ]
    of_key = [line for line in lines if line["target"] == made["id"]]
    assert [line["action"] for line in of_key] == ["key.create", "key.revoke"]
    assert {line["key_lookup"] for line in of_key} == {client.key[8:16]}
    assert (of_key[0]["actor_kind"], of_key[0]["ip"]) == ("key", "127.0.0.1")
    assert of_key[0]["request_id"].startswith("rid_")
    (frozen,) = [line for line in lines if line["target"] == client.account_id
                 and line["action"] == "account.freeze"]  # fmt: skip
    assert json.loads(frozen["after"])["reason"] == "seen by a***@example.com"
    assert made["apiKey"] not in str(lines)
    verified = run_for_json(gateway, "audit", "verify")
    assert (verified["wrong"], verified["seq"]) == ([], len(lines))
    assert verified["hash"] == lines[-1]["hash"]


def test_events_and_mails_are_listed_and_taken_again(gateway: Gateway) -> None:
    assert json.loads(run_admin_process(gateway, "event", "list", "--json").stdout) == []
    refused = run_admin_process(gateway, "event", "replay", "evt_1", "--mode", "test", *WHY, code=1)
    assert refused.stderr.startswith("payment_method_unavailable: ")
    assert json.loads(run_admin_process(gateway, "outbox", "list", "--json").stdout) == []
    assert (
        "is not waiting"
        in run_admin_process(gateway, "outbox", "replay", "mail_1", *WHY, code=1).stderr
    )
    assert (
        "--reason"
        in run_admin_process(gateway, "reconcile", "--mode", "test", "--apply", code=1).stderr
    )


def test_every_stored_file_that_is_gone_or_cut_is_found(data_dir: Path) -> None:
    with serve_gateway(data_dir) as own, own.account() as client:
        made = client.run_job("image.edit", {"prompt": "night", "image": picture_data_uri()})
        asset = upload_asset(client, create_project(client), "fox.png", make_png(300, 300))
        assert (
            json.loads(run_admin_process(own, "check", "--storage", "--json").stdout)["findings"]
            == []
        )
        files = [each for each in (data_dir / "files").glob("*s/*/**/*") if each.is_file()]
        keys = sorted(each.relative_to(data_dir / "files").as_posix() for each in files)
        assert any(f"{made['jobId']}/1/0-preview" in key for key in keys)
        assert any(asset["assetId"] in key for key in keys)
        for file in files:
            file.unlink()
        cut = data_dir / "files" / f"assets/{asset['assetId']}/1.png"
        cut.write_bytes(b"PNG")
        (found,) = json.loads(
            run_admin_process(own, "check", "--storage", "--json", code=1).stdout
        )["findings"]
        assert found["id"] == "storage"
        faults = dict(row["detail"].split(": ") for row in found["rows"])
        assert [*faults] == keys
        assert faults.pop(f"assets/{asset['assetId']}/1.png").startswith("3 bytes instead of ")
        assert {*faults.values()} == {"is not stored"}
        run_admin_process(own, "check")


def test_a_writing_command_has_to_say_why(gateway: Gateway, client: Client) -> None:
    run_admin_process(gateway, "account", "freeze", client.account_id, code=2)
    blank = run_admin_process(
        gateway, "account", "freeze", client.account_id, "--reason", " ", code=1
    )
    assert "--reason" in blank.stderr
