"""A removed member: every way back is closed at once, and what was accepted goes on."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.flows.jobs.test_events import SLOW_INPUT, EventReader, follow_job
from tests.flows.plan_calls import PLANS, execute_plan, plan_step, prepare_plan
from tests.flows.plans.test_plan_stops import assert_stopped, end_running_job, prepare_chain
from tests.flows.sharing.test_shares import share_result
from tests.flows.teams.people import INVITATIONS, MEMBERS, TeamPerson
from tests.gateway import assert_problem, call_at_once, picture_input
from tests.library.files import create_project, make_png, upload_file

BALANCE, JOBS = "/api/v1/balance", "/api/v1/media/jobs"


@pytest.mark.promise("accounts: removal")
def test_a_removal_ends_cookie_key_ticket_replay_and_plans_at_once(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        accepted = {"X-Idempotency-Key": "the-same"}
        body = {"task": "image.generate", "input": picture_input()}
        job = key.http.post(JOBS, json=body, headers=accepted).json()["jobId"]
        plan = prepare_plan(key, plan_step("image.generate", picture_input()))
        link = key.http.post(
            "/api/v1/studio/assets/upload-link", json={"filename": "fox.png"}
        ).json()["uploadUrl"]
        removed = ana.remove(bob).json()
        assert (removed["endedKeys"], removed["endedSessions"]) == (1, 1)
        assert removed["rejectedPlans"] == 1
        assert_problem(key.http.post(JOBS, json=body, headers=accepted), 401, "unauthorized")
        assert_problem(key.http.get(BALANCE), 401, "unauthorized")
        assert_problem(bob.web.get(BALANCE), 401, "unauthorized")
        with httpx2.Client(trust_env=False) as stranger:
            assert stranger.post(link, content=b"x").status_code in {401, 404, 409, 410}
    # Running jobs finish; the plan fell; the person keeps their own account.
    assert ana.own.wait_for_job(job)["status"] == "succeeded"
    shown = ana.own.http.get(PLANS, params={"planId": plan["planId"]}).json()
    assert shown["state"] == "rejected"
    with bob.site.browser(bob.account_id) as again:
        assert again.get("/api/v1/team/accounts").json()["data"][0]["role"] == "owner"
        refused = again.post("/api/v1/team/switch", json={"accountId": ana.account_id})
        assert_problem(refused, 404, "not_found")
    assert bob.own.get_balance()["availableUsd"] == "5.00"
    assert ana.site.list_findings() == []


def test_an_event_stream_of_a_removed_member_ends(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        job_id = key.submit("image.generate", SLOW_INPUT).json()["jobId"]
        with follow_job(key, job_id) as answer:
            events = iter(EventReader(answer))
            next(events)
            assert ana.remove(bob).status_code == 200
            assert "done" not in [kind for kind, _, _ in events]
    ana.own.cancel_job(job_id)


@pytest.mark.promise("accounts: removal")
@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("POST", INVITATIONS, {"email": "back@example.com", "role": "developer"}),
        # These open transactions of their own.
        ("PUT", "/api/v1/budgets", {"subject": "account", "amountUsd": "5"}),
        ("POST", "/api/v1/codes/redeem", {"code": "KT-AAAA-AAAA-AAAA"}),
        ("POST", "/api/v1/device/link/approve", {"userCode": "BCDF-GHJK", "approve": True}),
    ],
)
def test_a_half_sent_request_of_a_removed_admin_changes_nothing(
    ana: TeamPerson,
    bob: TeamPerson,
    method: str,
    path: str,
    fields: dict[str, object],
) -> None:
    bob.join(ana, "admin")
    body = json.dumps(fields).encode()
    head = [
        f"{method} {path} HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",  # the gateway asks for the body after it has admitted the caller
        *(f"{name}: {bob.web.headers[name]}" for name in ("Cookie", "Sec-Fetch-Site")),
        f"Host: {bob.web.base_url.netloc.decode()}",
        "Connection: close",
    ]
    where = (bob.web.base_url.host, bob.web.base_url.port or 80)
    with socket.create_connection(where, timeout=60) as slow:
        slow.sendall("\r\n".join([*head, "", ""]).encode())
        assert slow.recv(1000).startswith(b"HTTP/1.1 100")
        assert ana.remove(bob).status_code == 200
        slow.sendall(body)
        with slow.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 401")
    for listing in (INVITATIONS, "/api/v1/budgets"):
        assert ana.web.get(listing).json()["data"] == []


def test_a_page_that_streams_jobs_ends_when_its_viewer_works_elsewhere_and_is_removed(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "viewer")
    job_id = ana.own.submit("image.generate", SLOW_INPUT).json()["jobId"]
    with bob.web.stream("GET", "/jobs/events?mode=test", timeout=30) as answer:
        events = answer.iter_lines()
        next(events)
        assert bob.switch(bob.account_id).status_code == 200
        assert ana.remove(bob).status_code == 200
        for _ in events:  # until the end, which the timeout of the client bounds
            pass
    assert ana.own.get_job(job_id)["status"] in {"queued", "running"}
    ana.own.cancel_job(job_id)


def test_a_mcp_session_of_a_removed_member_calls_nothing(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "balance_get", "arguments": {}},
        }
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
        }
        assert key.http.post("/mcp", json=call, headers=headers).status_code != 401
        assert ana.remove(bob).status_code == 200
        assert key.http.post("/mcp", json=call, headers=headers).status_code == 401


def test_a_member_leaves_by_themselves(ana: TeamPerson, bob: TeamPerson, eve: TeamPerson) -> None:
    member_id = bob.join(ana, "viewer")
    other = eve.join(ana, "developer")
    assert_problem(bob.web.delete(MEMBERS, params={"memberId": other}), 403, "role_denied")
    assert bob.web.delete(MEMBERS, params={"memberId": member_id}).status_code == 200
    assert_problem(bob.web.get(BALANCE), 401, "unauthorized")
    assert [each["email"] for each in ana.list_team()["data"]] == [ana.email, eve.email]


def test_a_removed_person_can_be_invited_again_with_nothing_of_before(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    first = bob.join(ana, "developer")
    with bob.open_key() as old_key:
        assert ana.remove(bob).status_code == 200
        with bob.site.browser(bob.account_id) as web:
            web.headers["X-Killatamata-Mode"] = "test"
            bob.web = web
            assert bob.join(ana, "developer") != first
            assert_problem(old_key.http.get(BALANCE), 401, "unauthorized")
            assert bob.create_key().status_code == 201
    assert ana.site.list_findings() == []


@pytest.mark.promise("accounts: removal")
def test_a_member_who_is_removed_while_submitting_pays_for_what_was_accepted(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        start = threading.Barrier(9)

        def submit() -> httpx2.Response:
            start.wait()
            return key.submit("image.generate", picture_input())

        def remove() -> httpx2.Response:
            start.wait()
            time.sleep(0)
            return ana.remove(bob)

        *answers, removed = call_at_once([submit] * 8 + [remove])
        assert removed.status_code == 200
        assert {answer.status_code for answer in answers} <= {202, 401, 429}
        assert_problem(key.submit("image.generate", picture_input()), 401, "unauthorized")
        for answer in answers:
            if answer.status_code == 202:
                assert ana.own.wait_for_job(answer.json()["jobId"])["status"] == "succeeded"
    assert ana.site.list_findings() == []


def test_a_closed_account_ends_its_team(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        closed = ana.web.post("/api/v1/account/close", json={"forfeitUsd": "0.00"})
        assert closed.status_code == 200, closed.text
        assert_problem(key.http.get(BALANCE), 401, "unauthorized")
        assert_problem(bob.web.get(BALANCE), 401, "unauthorized")
    assert bob.own.get_balance()["availableUsd"] == "5.00"
    assert ana.site.list_findings() == []


def test_a_person_who_closes_their_account_leaves_their_teams(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        assert_problem(
            bob.web.post("/api/v1/account/close", json={"forfeitUsd": "0.00"}), 403, "role_denied"
        )
        assert bob.switch(bob.account_id).status_code == 200
        assert bob.web.post("/api/v1/account/close", json={"forfeitUsd": "0.00"}).is_success
        assert_problem(key.http.get(BALANCE), 401, "unauthorized")
    assert [each["email"] for each in ana.list_team()["data"]] == [ana.email]
    assert ana.own.get_balance()["availableUsd"] == "5.00"
    assert ana.site.list_findings() == []


@pytest.mark.promise("accounts: removal")
def test_a_plan_of_a_removed_member_makes_no_further_job_and_releases_what_is_left(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as key:
        plan = prepare_chain(key)
        assert execute_plan(key, plan).status_code == 202
        assert ana.remove(bob).status_code == 200
    found = assert_stopped(ana.own, plan, "key_revoked")
    end_running_job(ana.site, ana.own, found)


@pytest.mark.promise("accounts: removal")
@pytest.mark.parametrize("ends_by", ["removal", "lower role"])
def test_shares_of_a_member_end_with_their_role(
    ana: TeamPerson, bob: TeamPerson, ends_by: str
) -> None:
    member_id = bob.join(ana, "developer")
    job = ana.own.run_job("image.generate", picture_input())["jobId"]
    with bob.open_key() as key, httpx2.Client(trust_env=False) as stranger:
        of_bob, of_ana = (share_result(each, job) for each in (key, ana.own))
        assert {stranger.get(each["url"]).status_code for each in (of_bob, of_ana)} == {200}
        if ends_by == "removal":
            assert ana.remove(bob).status_code == 200
        else:
            body = {"memberId": member_id, "role": "viewer"}
            assert ana.web.patch(MEMBERS, json=body).status_code == 200
        assert stranger.get(of_bob["url"]).status_code == 404
        assert stranger.get(of_ana["url"]).status_code == 200
    assert ana.site.list_findings() == []


@pytest.mark.promise("accounts: removal")
@pytest.mark.parametrize("way", ["key", "link"])
def test_an_upload_that_is_under_way_at_a_removal_keeps_nothing(
    ana: TeamPerson, bob: TeamPerson, way: str
) -> None:
    bob.join(ana, "developer")
    picture = make_png(64, 64)

    def send_slowly() -> Iterator[bytes]:
        yield picture[:100]
        assert ana.remove(bob).status_code == 200
        yield picture[100:]

    with bob.open_key() as key, httpx2.Client(trust_env=False) as stranger:
        if way == "key":
            answer = upload_file(key, create_project(key), "fox.png", send_slowly())
            assert_problem(answer, 401, "unauthorized")
        else:
            body = {"filename": "fox.png"}
            link = key.http.post("/api/v1/studio/assets/upload-link", json=body).json()
            answer = stranger.post(link["uploadUrl"], content=send_slowly())
            assert_problem(answer, 410, "upload_link_ended")
    assert ana.own.http.get("/api/v1/studio/assets").json()["data"] == []
    assert ana.site.list_findings() == []
