"""Invitations: mailed once, accepted once, and worth nothing to whoever steals the link."""

import httpx2
import pytest

from gateway.kit.clock import SECOND
from tests.fakes.smtp import Inbox
from tests.flows.teams.people import INVITATIONS, MEMBERS, TeamPerson, read_tokens
from tests.gateway import Gateway, assert_problem, call_at_once
from tests.waiting import wait_for_condition


def wait_for_token(person: TeamPerson, count: int = 1) -> str:
    """Return the newest token that was mailed to a person, once so many have come."""
    wait_for_condition(lambda: len(person.read_tokens()) >= count)
    return person.read_tokens()[-1]


def test_an_invited_person_joins_and_works_in_the_team(ana: TeamPerson, bob: TeamPerson) -> None:
    invitation = ana.invite(bob.email, "developer", dailyLimitUsd="2")
    assert invitation["invitedBy"] == ana.email
    assert invitation["limits"]["dailyLimitUsd"] == "2.00"
    shown = bob.web.get(f"{INVITATIONS}/accept", params={"token": wait_for_token(bob)}).json()
    assert (shown["name"], shown["role"], shown["accepted"]) == (ana.email, "developer", False)
    joined = bob.accept(wait_for_token(bob)).json()
    assert joined["accountId"] == ana.account_id
    assert [each["email"] for each in bob.list_team()["data"]] == [ana.email, bob.email]
    assert bob.list_team()["role"] == "developer"
    assert ana.find_member(bob)["limits"]["dailyLimitUsd"] == "2.00"
    assert ana.web.get(INVITATIONS).json()["data"] == []


@pytest.mark.promise("accounts: invitation")
def test_a_stolen_link_opens_no_team(ana: TeamPerson, bob: TeamPerson, eve: TeamPerson) -> None:
    ana.invite(bob.email, "admin")
    token = wait_for_token(bob)
    for answer in (
        eve.accept(token),
        eve.web.get(f"{INVITATIONS}/accept", params={"token": token}),
    ):
        told = assert_problem(answer, 403, "invitation_for_other")
        assert bob.email not in str(told)
    assert_problem(eve.switch(ana.account_id), 404, "not_found")
    assert bob.accept(token).status_code == 200


def test_the_key_of_the_invited_person_accepts_nothing(ana: TeamPerson, bob: TeamPerson) -> None:
    ana.invite(bob.email)
    refused = bob.own.http.post(f"{INVITATIONS}/accept", json={"token": wait_for_token(bob)})
    assert_problem(refused, 401, "unauthorized")


def test_a_link_works_once_however_often_it_is_pressed(ana: TeamPerson, bob: TeamPerson) -> None:
    ana.invite(bob.email)
    token = wait_for_token(bob)
    answers = call_at_once([lambda: bob.accept(token)] * 6)
    assert {answer.status_code for answer in answers} == {200}
    assert len([each for each in ana.list_team()["data"] if each["email"] == bob.email]) == 1
    assert ana.remove(bob).status_code == 200
    with bob.site.browser(bob.account_id) as again:
        replayed = again.post(f"{INVITATIONS}/accept", json={"token": token})
    assert_problem(replayed, 409, "invitation_ended")


def test_a_withdrawn_link_and_an_older_one_are_over(
    site: Gateway, ana: TeamPerson, bob: TeamPerson
) -> None:
    invitation = ana.invite(bob.email)
    first = wait_for_token(bob)
    too_soon = ana.web.post(f"{INVITATIONS}/resend", json={"invitationId": invitation["id"]})
    assert_problem(too_soon, 429, "rate_limited")
    move_back(site, "sent_at", 61)
    sent = ana.web.post(f"{INVITATIONS}/resend", json={"invitationId": invitation["id"]})
    assert sent.status_code == 200, sent.text
    second = wait_for_token(bob, 2)
    assert_problem(bob.accept(first), 409, "invitation_ended")
    withdrawn = ana.web.delete(INVITATIONS, params={"invitationId": invitation["id"]})
    assert withdrawn.json() == {"id": invitation["id"]}
    assert_problem(bob.accept(second), 409, "invitation_ended")
    again = ana.web.delete(INVITATIONS, params={"invitationId": invitation["id"]})
    assert_problem(again, 404, "not_found")


def test_a_link_is_over_after_seven_days(site: Gateway, ana: TeamPerson, bob: TeamPerson) -> None:
    ana.invite(bob.email)
    token = wait_for_token(bob)
    move_back(site, "expires_at", 7 * 86_400)
    assert_problem(bob.accept(token), 409, "invitation_ended")
    assert ana.invite(bob.email)["email"] == bob.email  # the new one replaces it
    assert bob.accept(wait_for_token(bob, 2)).status_code == 200


def test_nobody_is_invited_twice(ana: TeamPerson, bob: TeamPerson) -> None:
    for email in (ana.email, bob.email, bob.email):
        answer = ana.web.post(INVITATIONS, json={"email": email, "role": "viewer"})
        if email == bob.email and answer.status_code == 201:
            continue
        assert_problem(answer, 409, "already_member")
    assert bob.accept(wait_for_token(bob)).status_code == 200
    refused = ana.web.post(INVITATIONS, json={"email": bob.email, "role": "viewer"})
    assert_problem(refused, 409, "already_member")


def test_a_team_sends_twenty_mails_a_day_and_an_address_gets_five(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson, box: Inbox
) -> None:
    for number in range(5):
        invitation = ana.invite("many@example.com")
        assert ana.web.delete(INVITATIONS, params={"invitationId": invitation["id"]}).is_success
        assert number < 5
    refused = eve.web.post(INVITATIONS, json={"email": "many@example.com", "role": "viewer"})
    assert_problem(refused, 429, "rate_limited")
    for number in range(15):
        ana.invite(f"guest{number}@example.com")
    refused = ana.web.post(INVITATIONS, json={"email": bob.email, "role": "viewer"})
    told = assert_problem(refused, 429, "rate_limited")
    assert 0 < told["retryAfterSeconds"] <= 86_400
    assert len(read_tokens(box, "many@example.com")) <= 5


def test_only_owners_and_admins_invite_and_only_when_freshly_signed_in(
    site: Gateway, ana: TeamPerson, bob: TeamPerson
) -> None:
    bob.join(ana, "developer")
    refused = bob.web.post(INVITATIONS, json={"email": "x@example.com", "role": "viewer"})
    assert assert_problem(refused, 403, "role_denied")["requiredRole"] == "admin"
    assert_problem(bob.web.get(INVITATIONS), 403, "role_denied")
    move_back(site, "created_at", 11 * 60, table="browser_session")
    stale = ana.web.post(INVITATIONS, json={"email": "x@example.com", "role": "viewer"})
    assert_problem(stale, 403, "fresh_sign_in_required")


@pytest.mark.parametrize("token", ["A" * 43, "short", ""])
def test_a_guessed_token_is_refused(bob: TeamPerson, token: str) -> None:
    answer: httpx2.Response = bob.accept(token)
    assert answer.status_code in {409, 422}


def move_back(site: Gateway, column: str, seconds: int, *, table: str = "invitation") -> None:
    """Move a time of all rows of a table back by so many seconds."""
    site.age_rows(table, seconds * SECOND, column=column)


def test_a_replayed_acceptance_brings_back_neither_a_higher_role_nor_a_membership(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    member_id = bob.join(ana, "admin")
    token = bob.read_tokens()[-1]
    lower = {"memberId": member_id, "role": "viewer"}
    assert ana.web.patch(MEMBERS, json=lower).status_code == 200
    assert bob.accept(token).json()["role"] == "viewer"
    assert ana.find_member(bob)["role"] == "viewer"
    assert_problem(bob.create_key(), 403, "role_denied")
    assert ana.remove(bob).status_code == 200
    with bob.site.browser(bob.account_id) as web:
        bob.web = web
        assert_problem(bob.accept(token), 409, "invitation_ended")
    assert [each["email"] for each in ana.list_team()["data"]] == [ana.email]
