"""Members: what each role may do, whose keys are whose, and what belongs to the person alone."""

import json
import re
from typing import Any

import httpx2
import pytest

from tests.flows.oauth_apps import open_app
from tests.flows.plan_calls import PLANS, execute_plan, plan_step, prepare_plan
from tests.flows.teams.people import ACCOUNTS, INVITATIONS, KEYS, MEMBERS, TeamPerson
from tests.gateway import assert_problem, picture_input
from tests.waiting import wait_for_condition

SETTINGS, BALANCE = "/api/v1/account/settings", "/api/v1/balance"
GRANT = re.compile(r"grant_\w+")
IDENTITIES, SESSIONS = "/api/v1/auth/identities", "/api/v1/auth/sessions"


def change(admin: TeamPerson, member_id: str | None, **fields: object) -> httpx2.Response:
    """Change a member."""
    return admin.web.patch(MEMBERS, json={"memberId": member_id, **fields})


@pytest.mark.promise("accounts: team-of-one")
def test_an_account_without_members_is_a_team_of_one(ana: TeamPerson) -> None:
    team = ana.list_team()
    (owner,) = team["data"]
    assert (team["accountId"], team["role"]) == (ana.account_id, "owner")
    assert (owner["id"], owner["email"], owner["role"]) == (None, ana.email, "owner")
    (account,) = ana.web.get(ACCOUNTS).json()["data"]
    assert (account["accountId"], account["current"]) == (ana.account_id, True)


def test_a_developer_makes_media_but_buys_nothing(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    assert bob.web.get(BALANCE).json()["availableUsd"] == "5.00"
    with bob.open_key() as key:
        assert set(key.http.get(KEYS).json()["data"][0]["scopes"]) == {
            "media", "studio", "account:read",
        }  # fmt: skip
        assert key.run_job("image.generate", picture_input())["status"] == "succeeded"
        assert_problem(key.http.get("/api/v1/purchases"), 403, "role_denied")
    bought = bob.web.post(
        "/api/v1/checkout/crypto", json={"packageId": "starter", "returnPath": "/credits"}
    )
    assert assert_problem(bought, 403, "role_denied")["requiredRole"] == "admin"
    assert_problem(bob.web.get("/api/v1/affiliates/me"), 403, "role_denied")
    assert_problem(bob.web.get("/api/v1/account/close"), 403, "role_denied")
    assert bob.own.get_balance()["availableUsd"] == "5.00"  # the team paid


def test_a_developer_gives_a_key_no_more_than_the_role_has(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    for scope in ("billing", "admin", "studio:approve"):
        assert_problem(bob.create_key(scopes=["media", scope]), 403, "scope_escalation")
    assert bob.create_key(scopes=["media"]).status_code == 201


def test_a_viewer_reads_and_makes_no_key(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "viewer")
    assert bob.web.get(BALANCE).status_code == 200
    assert bob.web.get("/api/v1/media/usage").status_code == 200
    refused = assert_problem(bob.create_key(), 403, "role_denied")
    assert refused["requiredRole"] == "developer"
    assert len(ana.web.get(KEYS).json()["data"]) == 1
    assert bob.web.get(KEYS).json()["data"] == []
    for path, body in (
        ("/api/v1/device/link/approve", {"userCode": "BCDF-GHJK", "approve": True}),
        ("/api/v1/keys/revoke", {"keyId": "key_1"}),
    ):
        assert_problem(bob.web.post(path, json=body), 403, "role_denied")
    assert_problem(bob.web.patch(SETTINGS, json={"autoKeep": "none"}), 403, "role_denied")


def test_keys_of_others_are_hidden_from_developers(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "developer")
    mine = bob.create_key().json()["id"]
    (owners,) = [key["id"] for key in ana.web.get(KEYS).json()["data"] if key["id"] != mine]
    assert [key["id"] for key in bob.web.get(KEYS).json()["data"]] == [mine]
    assert eve.web.get(KEYS).json()["data"] == []
    for key_id in (mine, owners):
        for path in ("revoke", "rotate"):
            answer = eve.web.post(f"{KEYS}/{path}", json={"keyId": key_id})
            assert_problem(answer, 404, "not_found")
        assert_problem(eve.web.patch(KEYS, json={"keyId": key_id, "label": "x"}), 404, "not_found")
    assert bob.web.post(f"{KEYS}/rotate", json={"keyId": mine}).status_code == 201


def test_an_admin_ends_keys_of_members_but_never_takes_one_over(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "admin")
    of_bob = bob.create_key().json()["id"]
    (of_ana,) = [key["id"] for key in ana.web.get(KEYS).json()["data"] if key["id"] != of_bob]
    for key_id in (of_bob, of_ana):
        rotated = eve.web.post(f"{KEYS}/rotate", json={"keyId": key_id})
        assert_problem(rotated, 403, "role_denied")
    assert_problem(eve.web.post(f"{KEYS}/revoke", json={"keyId": of_ana}), 403, "role_denied")
    assert_problem(eve.web.patch(KEYS, json={"keyId": of_ana, "label": "x"}), 403, "role_denied")
    assert eve.web.post(f"{KEYS}/revoke", json={"keyId": of_bob}).status_code == 200


def test_connected_apps_of_others_are_hidden_from_viewers(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "viewer")
    eve.join(ana, "admin")
    with open_app(ana.site) as app:
        app.connect(ana.web)
    (grant,) = [
        key["id"] for key in ana.web.get(KEYS).json()["data"] if key["id"].startswith("grant_")
    ]
    assert grant in ana.web.get("/oauth/apps").text
    assert grant in eve.web.get("/oauth/apps").text
    assert grant not in bob.web.get("/oauth/apps").text


def test_a_developer_sees_and_ends_only_their_own_apps(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    for person in (ana, bob):
        with open_app(ana.site) as app:
            app.connect(person.web)
    everybody = set(GRANT.findall(ana.web.get("/oauth/apps").text))
    (own,) = set(GRANT.findall(bob.web.get("/oauth/apps").text))
    (of_ana,) = everybody - {own}
    assert bob.web.post("/oauth/apps", data={"keyId": of_ana}).status_code == 404
    assert set(GRANT.findall(ana.web.get("/oauth/apps").text)) == everybody
    assert bob.web.post("/oauth/apps", data={"keyId": own}).status_code == 303
    assert set(GRANT.findall(ana.web.get("/oauth/apps").text)) == {of_ana}


@pytest.mark.promise("accounts: own-cap")
def test_nobody_raises_their_own_cap_or_role(ana: TeamPerson, bob: TeamPerson) -> None:
    member_id = bob.join(ana, "admin", dailyLimitUsd="1")
    for fields in ({"role": "admin"}, {"limits": {"dailyLimitUsd": None}}):
        assert_problem(change(bob, member_id, **fields), 403, "own_membership")
    # Nor by another address of their own, a key, or the owner's place.
    with bob.open_key(scopes=["admin", "media"]) as key:
        raised = key.http.patch(MEMBERS, json={"memberId": member_id, "role": "viewer"})
        assert_problem(raised, 401, "unauthorized")
    assert_problem(change(bob, None, role="viewer"), 422, "invalid_input")
    assert_problem(change(bob, ana.account_id, role="viewer"), 404, "not_found")
    assert ana.find_member(bob)["limits"]["dailyLimitUsd"] == "1.00"


@pytest.mark.promise("accounts: own-cap")
def test_a_capped_admin_manages_nobody(ana: TeamPerson, bob: TeamPerson, eve: TeamPerson) -> None:
    bob.join(ana, "admin", dailyLimitUsd="1")
    other = eve.join(ana, "developer", dailyLimitUsd="1")
    body = {"email": "second@example.com", "role": "developer"}
    assert_problem(bob.web.post(INVITATIONS, json=body), 403, "role_denied")
    refused = change(bob, other, limits={"dailyLimitUsd": None})
    assert_problem(refused, 403, "role_denied")
    assert_problem(bob.remove(eve), 403, "role_denied")
    assert ana.find_member(eve)["limits"]["dailyLimitUsd"] == "1.00"
    sent = ana.invite("third@example.com")["id"]
    resent = bob.web.post(f"{INVITATIONS}/resend", json={"invitationId": sent})
    assert_problem(resent, 403, "role_denied")


@pytest.mark.promise("accounts: own-cap")
def test_a_cap_withdraws_the_invitations_that_an_admin_sent_before(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    member_id = bob.join(ana, "admin")
    bob.invite(eve.email)
    wait_for_condition(eve.read_tokens)
    assert change(ana, member_id, limits={"dailyLimitUsd": "1"}).status_code == 200
    assert_problem(eve.accept(eve.read_tokens()[-1]), 409, "invitation_ended")


def test_only_the_owner_makes_changes_and_removes_admins(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "admin")
    other = eve.join(ana, "developer")
    body = {"email": "fourth@example.com", "role": "admin"}
    assert_problem(bob.web.post(INVITATIONS, json=body), 403, "role_denied")
    assert_problem(change(bob, other, role="admin"), 403, "role_denied")
    assert change(bob, other, role="viewer").status_code == 200
    assert change(ana, other, role="admin").status_code == 200
    assert_problem(change(bob, other, role="viewer"), 403, "role_denied")
    assert_problem(bob.remove(eve), 403, "role_denied")
    assert ana.remove(eve).status_code == 200


def test_an_owner_changes_roles_and_caps(ana: TeamPerson, bob: TeamPerson) -> None:
    member_id = bob.join(ana, "developer", dailyLimitUsd="1", totalLimitUsd="9")
    changed = change(ana, member_id, role="admin", limits={"dailyLimitUsd": "3"})
    assert changed.status_code == 200, changed.text
    shown = ana.find_member(bob)
    assert (shown["role"], shown["limits"]["dailyLimitUsd"]) == ("admin", "3.00")
    assert shown["limits"]["totalLimitUsd"] == "9.00"
    assert bob.web.get("/api/v1/purchases").status_code == 200
    assert bob.web.get("/api/v1/account/close").status_code == 403


def test_a_lower_role_ends_keys_and_waiting_plans(ana: TeamPerson, bob: TeamPerson) -> None:
    member_id = bob.join(ana, "admin")
    with bob.open_key(scopes=["media", "studio", "studio:approve"]) as key:
        plan = prepare_plan(key, plan_step("image.generate", picture_input()))
        assert change(ana, member_id, role="viewer").status_code == 200
        assert_problem(key.submit("image.generate", picture_input()), 401, "unauthorized")
        assert_problem(key.http.get(BALANCE), 401, "unauthorized")
    shown = ana.own.http.get(PLANS, params={"planId": plan["planId"]}).json()
    assert shown["state"] == "rejected"
    assert bob.web.get(BALANCE).status_code == 200
    assert_problem(bob.create_key(), 403, "role_denied")


def test_a_developer_approves_no_plan_of_another(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "developer")
    with bob.open_key() as of_bob, eve.open_key() as of_eve:
        plan = prepare_plan(of_bob, plan_step("image.generate", picture_input()))
        assert assert_problem(execute_plan(of_eve, plan), 403, "role_denied")
        refused = of_eve.http.post(f"{PLANS}/reject", json={"planId": plan["planId"]})
        assert_problem(refused, 403, "role_denied")
        assert execute_plan(of_bob, plan).is_success


def test_others_see_no_caps_and_no_spending(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer", dailyLimitUsd="1")
    eve.join(ana, "developer", dailyLimitUsd="2")
    assert bob.find_member(eve)["limits"] is None
    assert bob.find_member(eve)["spent"] is None
    assert bob.find_member(bob)["limits"]["dailyLimitUsd"] == "1.00"
    assert ana.find_member(eve)["spent"]["totalUsd"] == "0.00"


@pytest.mark.promise("accounts: of-the-person")
def test_what_belongs_to_the_person_stays_with_them(ana: TeamPerson, bob: TeamPerson) -> None:
    before = {path: bob.web.get(path).json() for path in (IDENTITIES, SESSIONS)}
    bob.join(ana, "viewer")
    for path, own in before.items():
        ids = [each["id"] for each in bob.web.get(path).json()["data"]]
        assert ids == [each["id"] for each in own["data"]]
    # `home` is the person's, in every account; the rest of the preferences is the team's.
    assert bob.web.patch(SETTINGS, json={"home": "console"}).json()["home"] == "console"
    assert ana.web.get(SETTINGS).json()["home"] == "create"
    assert bob.switch(bob.account_id).status_code == 200
    assert bob.web.get(SETTINGS).json()["home"] == "console"


@pytest.mark.promise("accounts: two-teams")
def test_a_member_of_two_teams_sees_nothing_of_the_other(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    with bob.open_key() as of_ana:
        job = of_ana.run_job("image.generate", picture_input("a secret of Ana"))["jobId"]
        bob.join(eve, "admin")  # the browser now works there
        assert [each["name"] for each in bob.web.get(ACCOUNTS).json()["data"]] == [
            bob.email, ana.email, eve.email,
        ]  # fmt: skip
        assert bob.list_team()["accountId"] == eve.account_id
        assert ana.email not in bob.web.get(MEMBERS).text
        with bob.open_key(scopes=["media", "account:read"]) as of_eve:
            assert_problem(
                of_eve.http.get("/api/v1/media/jobs", params={"jobId": job}), 404, "not_found"
            )
        assert of_ana.get_job(job)["jobId"] == job  # keys stay where they are
    assert len(bob.web.get(KEYS).json()["data"]) == 2  # an admin sees those of eve's account
    assert bob.switch(ana.account_id).json()["role"] == "developer"
    assert len(bob.web.get(KEYS).json()["data"]) == 1


def test_a_member_is_no_operator_because_the_owner_is(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "admin")
    granted = ana.site.run_command("admin", "operator", "grant", ana.account_id, "--reason", "test")
    assert granted.returncode == 0, granted.stderr
    assert ana.web.get("/admin").status_code == 200
    assert bob.web.get("/admin").status_code == 404


def test_the_audit_log_names_the_person(ana: TeamPerson, bob: TeamPerson) -> None:
    bob.join(ana, "developer")
    key_id = bob.create_key().json()["id"]
    (row,) = list_audit(ana, key_id)
    assert (row["action"], row["person"]) == ("key.create", bob.account_id)
    assert row["actor"] == f"session {ana.account_id}"
    assert "team.join" in {each["action"] for each in list_audit(ana, bob.account_id)}
    verified = ana.site.run_command("admin", "audit", "verify")
    assert verified.returncode == 0, verified.stdout


def list_audit(person: TeamPerson, about: str) -> list[dict[str, Any]]:
    """Return the newest rows of the audit log about an account or key."""
    listed = person.site.run_command("admin", "audit", "list", "--about", about, "--json")
    rows: list[dict[str, Any]] = json.loads(listed.stdout)
    return rows


def test_an_operator_sees_and_removes_a_member(ana: TeamPerson, bob: TeamPerson) -> None:
    member_id = bob.join(ana, "developer")
    shown = ana.site.run_command("admin", "account", "show", ana.account_id, "--json")
    (member,) = json.loads(shown.stdout)["members"]
    assert (member["memberId"], member["emails"]) == (member_id, [bob.email])
    removed = ana.site.run_command("admin", "team", "remove", member_id, "--reason", "test")
    assert removed.returncode == 0, removed.stderr
    assert_problem(bob.web.get(BALANCE), 401, "unauthorized")
    assert (
        json.loads(ana.site.run_command("admin", "team", "list", ana.account_id, "--json").stdout)
        == []
    )


def test_an_idempotency_key_replays_only_for_the_person_who_sent_it(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "developer")
    headers = {"X-Idempotency-Key": "the-same"}
    body = {"task": "image.generate", "input": picture_input()}
    with bob.open_key() as of_bob, bob.open_key() as also_bob, eve.open_key() as of_eve:
        first, again, other = (
            key.http.post("/api/v1/media/jobs", json=body, headers=headers)
            for key in (of_bob, also_bob, of_eve)
        )
    assert first.json()["jobId"] == again.json()["jobId"]
    assert first.json()["jobId"] != other.json()["jobId"]
    assert "Idempotency-Replayed" not in other.headers


def test_a_developer_denies_a_device_that_asks_for_more_than_the_role_can_give(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    body = {"clientName": "a till", "scopes": ["billing"]}
    started = bob.web.post("/api/v1/device/link/start", json=body).json()
    approve = {"userCode": started["userCode"], "approve": True}
    path = "/api/v1/device/link/approve"
    assert_problem(bob.web.post(path, json=approve), 403, "role_denied")
    denied = bob.web.post(path, json=approve | {"approve": False})
    assert denied.json() == {"state": "denied"}


def test_wrong_codes_count_for_the_person_in_whatever_team(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "admin")
    body, path = {"code": "KT-AAAA-AAAA-AAAA"}, "/api/v1/codes/redeem"
    answers = [bob.web.post(path, json=body) for _ in range(6)]
    assert bob.switch(bob.account_id).status_code == 200
    answers += [bob.web.post(path, json=body) for _ in range(5)]
    assert [each.status_code for each in answers[:10]] == [404] * 10
    assert_problem(answers[10], 429, "rate_limited")
    # Neither the owner nor another member is shut out.
    assert ana.web.post(path, json=body).status_code == 404
    eve.join(ana, "admin")
    assert eve.web.post(path, json=body).status_code == 404
