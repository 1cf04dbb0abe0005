"""The pages of a team, as a person fills them in without a script."""

import re

import httpx2

from tests.fakes.smtp import Inbox
from tests.flows.oauth_apps import open_app
from tests.flows.teams.people import MEMBERS, TeamPerson
from tests.waiting import wait_for_condition

TEAM = "/settings/team"
TEST = {"mode": "test"}


def post(person: TeamPerson, path: str, **fields: str) -> httpx2.Response:
    """Send a form of a page."""
    return person.web.post(path, params=TEST, data=fields)


def test_a_person_is_invited_joins_switches_and_leaves_by_page(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    page = ana.web.get(TEAM, params=TEST).text
    assert "owns the account" in page
    sent = post(ana, f"{TEAM}/invite", email=bob.email, role="viewer", dailyLimitUsd="$3")
    assert sent.status_code == 303, sent.text
    assert bob.email in ana.web.get(TEAM, params=TEST).text
    wait_for_condition(bob.read_tokens)
    token = bob.read_tokens()[-1]
    shown = bob.web.get("/team/invitation", params={"token": token})
    assert ana.email in shown.text
    assert "Viewer" in shown.text
    assert "Switch" not in shown.text  # one account: nothing to switch to
    joined = post(bob, "/team/invitation", token=token)
    assert joined.status_code == 303, joined.text
    home = bob.web.get("/library", params=TEST).text
    assert f"{ana.email} (viewer)" in home
    team = bob.web.get(TEAM, params=TEST).text
    assert "Invite a person" not in team
    back = post(bob, "/team/switch", accountId=bob.account_id)
    assert back.status_code == 303
    assert bob.list_team()["role"] == "owner"
    assert post(bob, "/team/switch", accountId=ana.account_id).status_code == 303
    (member_id,) = re.findall(r"remove\?memberId=(mbr_\w+)", team)[:1]
    assert "Leave this team?" in bob.web.get(f"{TEAM}/remove", params={"memberId": member_id}).text
    left = post(bob, f"{TEAM}/remove", memberId=member_id)
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert bob.email not in ana.web.get(TEAM, params=TEST).text


def test_an_owner_changes_and_removes_a_member_by_page(ana: TeamPerson, bob: TeamPerson) -> None:
    member_id = bob.join(ana, "developer")
    form = ana.web.get(f"{TEAM}/change", params={"memberId": member_id} | TEST).text
    assert 'value="developer" checked' in form
    changed = post(ana, f"{TEAM}/change", memberId=member_id, role="admin", monthlyLimitUsd="40")
    assert changed.status_code == 303, changed.text
    assert "of $40.00 per month" in ana.web.get(TEAM, params=TEST).text
    wrong = post(ana, f"{TEAM}/change", memberId=member_id, role="admin", dailyLimitUsd="much")
    assert wrong.status_code == 422
    assert "limits." not in re.sub(r"<[^>]+>", "", wrong.text)
    assert post(ana, f"{TEAM}/remove", memberId=member_id).status_code == 303
    assert bob.email not in ana.web.get(TEAM, params=TEST).text


def test_a_stranger_with_a_link_sees_no_team(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson, box: Inbox
) -> None:
    ana.invite(bob.email)
    wait_for_condition(bob.read_tokens)
    token = bob.read_tokens()[-1]
    for answer in (
        eve.web.get("/team/invitation", params={"token": token}),
        post(eve, "/team/invitation", token=token),
    ):
        assert answer.status_code == 403
        assert ana.email not in answer.text
        assert bob.email not in answer.text
    with ana.site.client() as nobody:
        asked = nobody.get("/team/invitation", params={"token": token})
        assert asked.status_code == 303
        assert "returnPath" in asked.headers["location"]
    assert box.refusal is None


def test_a_page_of_consent_names_the_team_whose_credit_is_given(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    state = bob.web.get("/api/v1/auth/browser/session").json()
    assert state["team"] is None
    bob.join(ana, "developer", dailyLimitUsd="1")
    state = bob.web.get("/api/v1/auth/browser/session").json()
    assert (state["email"], state["team"]["name"]) == (bob.email, ana.email)
    assert (state["team"]["accountId"], state["team"]["role"]) == (ana.account_id, "developer")
    started = bob.web.post("/api/v1/device/link/start", json={"clientName": "a printer"}).json()
    with open_app(ana.site) as app:
        app.register()
        pages = [
            bob.web.get("/device", params={"userCode": started["userCode"]}).text,
            bob.web.get("/oauth/authorize", params=app.build_query()).text,
        ]
    for page in pages:
        assert f"the account of\n<strong>{ana.email}</strong>." in page
        assert "the account of a team, in which your role is <strong>developer</strong>" in page
        assert f"<strong>{bob.email}</strong>" not in page


def test_a_member_is_not_offered_to_close_the_account(ana: TeamPerson, bob: TeamPerson) -> None:
    assert "Close the account" in bob.web.get("/settings", params=TEST).text
    bob.join(ana, "admin")
    assert "Close the account" not in bob.web.get("/settings", params=TEST).text


def test_the_page_offers_an_admin_only_what_they_may_do(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    member_id = bob.join(ana, "admin")
    other_id = eve.join(ana, "developer")
    page = bob.web.get(TEAM, params=TEST).text
    assert f"change?memberId={other_id}" in page
    assert 'value="developer"' in page
    assert 'value="admin"' not in page
    body = {"memberId": member_id, "limits": {"dailyLimitUsd": "1"}}
    assert ana.web.patch(MEMBERS, json=body).status_code == 200
    page = bob.web.get(TEAM, params=TEST).text
    assert "You have a cap here" in page
    assert f"memberId={other_id}" not in page
    assert f"remove?memberId={member_id}" in page  # to leave
