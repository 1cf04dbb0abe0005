"""Every end of a job that is not a success leaves the balance where it was."""

import pytest

from tests.gateway import Client, Gateway, assert_problem, picture_input


@pytest.mark.promise("jobs: failed-costs-nothing")
@pytest.mark.promise("engines: faults-release")
@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("fail", "engine_failed"),
        ("oom", "out_of_memory"),
        ("bad-output", "output_invalid"),
        ("content", "content_rejected"),
    ],
)
def test_a_fault_of_the_engine_costs_nothing(
    gateway: Gateway, client: Client, word: str, code: str
) -> None:
    job = client.run_job("image.generate", picture_input(f"a fox [sandbox:{word}]"))
    assert (job["status"], job["billing"]["state"]) == ("failed", "released")
    assert job["billing"]["chargedUsd"] == "0.00"
    assert job["error"]["code"] == code
    assert job["error"]["hint"]
    assert (job["outputs"], job["downloadableOutputUrls"]) == ([], [])
    balance = client.get_balance()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (5_000_000, 0)
    assert "Traceback" not in str(job)
    assert gateway.list_findings() == []


def test_a_fault_that_passes_is_tried_again_and_charged_once(client: Client) -> None:
    job = client.run_job("image.generate", picture_input("a fox [sandbox:fail-once]"))
    assert (job["status"], len(job["attempts"])) == ("succeeded", 2)
    assert client.get_balance()["availableMicrousd"] == 4_980_000


@pytest.mark.promise("engines: cancel-releases-at-once")
def test_cancel_releases_at_once_and_a_second_cancel_says_the_same(
    gateway: Gateway, client: Client
) -> None:
    given = picture_input("a fox [sandbox:slow=60]")
    job_id = client.submit("image.generate", given).json()["jobId"]
    neighbour = client.submit("image.generate", picture_input("a bear")).json()["jobId"]
    client.wait_for_status(job_id, "running")
    assert client.get_balance()["heldMicrousd"] >= 20_000
    canceled = client.cancel_job(job_id).json()
    assert (canceled["status"], canceled["endReason"]) == ("canceled", "user")
    assert canceled["billing"]["state"] == "released"
    again = client.cancel_job(job_id)
    assert (again.status_code, again.json()["status"]) == (200, "canceled")
    assert client.wait_for_job(neighbour)["status"] == "succeeded"
    balance = client.get_balance()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (4_980_000, 0)
    assert gateway.list_findings() == []


def test_a_finished_job_cannot_be_canceled(client: Client) -> None:
    job = client.run_job("image.generate", picture_input())
    told = assert_problem(client.cancel_job(job["jobId"]), 409, "job_finished")
    assert told["jobStatus"] == "succeeded"
    assert client.get_job(job["jobId"])["billing"]["state"] == "captured"
