"""A team as operators see it: members, invitations, and the teams of a person."""

from html import unescape

from tests.admin_commands import run_admin_json
from tests.flows.operators.test_admin_pages import open_operator_browser
from tests.flows.teams.people import TeamPerson
from tests.gateway import Gateway


def test_operators_see_the_members_of_an_account_and_the_teams_of_a_person(
    site: Gateway, ana: TeamPerson, bob: TeamPerson
) -> None:
    member_id = bob.join(ana, "admin")
    ana.invite("later@example.com", "viewer")
    shown = run_admin_json(site, "account", "show", ana.account_id)
    joined, invited = shown["members"]
    assert (joined["memberId"], joined["emails"], joined["role"]) == (
        member_id, [bob.email], "admin",
    )  # fmt: skip
    assert (invited["memberId"], invited["emails"], invited["role"]) == (
        None, ["later@example.com"], "viewer",
    )  # fmt: skip
    assert shown["teams"] == []
    (team,) = run_admin_json(site, "account", "show", bob.account_id)["teams"]
    assert (team["accountId"], team["role"]) == (ana.account_id, "admin")
    with open_operator_browser(site) as (page, _):
        owner = unescape(page.get(f"/admin/accounts/{ana.account_id}").text)
        assert f'<a href="/admin/accounts/{bob.account_id}">' in owner
        assert "later@example.com" in owner
        person = unescape(page.get(f"/admin/accounts/{bob.account_id}").text)
        assert f'Works in <a href="/admin/accounts/{ana.account_id}">' in person
    assert ana.remove(bob).status_code == 200
    left = run_admin_json(site, "account", "show", ana.account_id)["members"]
    assert [each["emails"] for each in left] == [["later@example.com"]]
