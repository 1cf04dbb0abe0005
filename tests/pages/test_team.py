"""The pages of a team in a real browser: invited, joined, switched and removed, on a phone too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.fakes.smtp import Inbox, run_inbox
from tests.flows.teams.people import TeamPerson, open_person
from tests.gateway import Gateway, serve_gateway
from tests.pages.browser import WatchedPage, open_tab
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def team_site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that sends mail."""
    with serve_gateway(tmp_path_factory.mktemp("team") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@pytest.mark.parametrize("width", WIDTHS)
def test_a_team_is_made_and_ended_in_a_browser(
    team_site: Gateway, box: Inbox, browser: Browser, width: int
) -> None:
    size = {"base_url": team_site.base, "viewport": {"width": width, "height": 844}}
    with open_person(team_site, box, "ana") as ana, open_person(team_site, box, "bob") as bob:
        cookies = [team_site.create_session_cookie(each.account_id) for each in (ana, bob)]
        with (
            open_tab(browser, cookies[0], **size) as owner,
            open_tab(browser, cookies[1], **size) as member,
        ):
            invite(owner, bob, width)
            join(member, ana, bob, width)
            remove(owner, bob, width)
            member.page.goto("/library?mode=test")
            assert "/login" in member.page.url


def invite(owner: WatchedPage, bob: TeamPerson, width: int) -> None:
    """Invite Bob by the form of the page."""
    page = owner.page
    page.goto("/settings/team?mode=test")
    owner.check_accessibility()
    page.get_by_label("E-mail address to invite").fill(bob.email)
    page.get_by_label("Per month").fill("40")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_role("heading", name="Open invitations").wait_for()
    owner.check_accessibility()
    owner.take_screenshot(f"team-invited-{width}")


def join(member: WatchedPage, ana: TeamPerson, bob: TeamPerson, width: int) -> None:
    """Open the link of the mail, join, and switch to the own account and back."""
    wait_for_condition(bob.read_tokens)
    page = member.page
    page.goto(f"/team/invitation?mode=test&token={bob.read_tokens()[-1]}")
    member.check_accessibility()
    member.take_screenshot(f"team-invitation-{width}")
    page.get_by_role("button", name="Join the team").click()
    page.get_by_label("You work in").wait_for()
    page.goto("/library?mode=test")
    member.check_accessibility()
    member.take_screenshot(f"team-joined-{width}")
    for person in (bob, ana):
        chosen = page.get_by_label("You work in").locator("option", has_text=person.email)
        page.get_by_label("You work in").select_option(chosen.get_attribute("value"))
        with page.expect_navigation():
            page.get_by_role("button", name="Switch").click()
        now = page.get_by_label("You work in").locator("option:checked")
        assert person.email in now.inner_text()


def remove(owner: WatchedPage, bob: TeamPerson, width: int) -> None:
    """Remove Bob, after the question of the dialog."""
    page = owner.page
    page.goto("/settings/team?mode=test")
    assert "$40.00 per month" in page.inner_text("main")
    owner.check_accessibility()
    owner.take_screenshot(f"team-members-{width}")
    page.get_by_role("link", name=f"Remove {bob.email}").click()
    page.get_by_role("heading", name=f"Remove {bob.email}?").wait_for()
    owner.take_screenshot(f"team-remove-{width}")
    page.locator("#ask").get_by_role("button", name="Remove").click()
    page.get_by_text(f"{bob.email} was removed.").first.wait_for()
