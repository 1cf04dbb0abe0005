"""Every page of operators at every width and in both themes, calm and in trouble."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Gateway, serve_gateway
from tests.pages.browser import open_tab
from tests.pages.operating import age_sign_ins, appoint_operator, fill_with_trouble
from tests.pages.test_matrix import check_looks, check_page

pytestmark = pytest.mark.slow

OPERATOR = (
    "/admin",
    "/admin?check=1",
    "/admin/trends",
    "/admin/accounts",
    "/admin/jobs",
    "/admin/nodes",
    "/admin/outbox",
    "/admin/dead",
    "/admin/events",
    "/admin/shares",
    "/admin/showcase",
    "/admin/codes",
    "/admin/act/code.create",
    "/admin/reconcile",
    "/admin/audit",
    "/admin/audit?verify=1",
)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str, str]]:
    """A gateway without any accounts but its operator."""
    folder = tmp_path_factory.mktemp("calm") / "data"
    with serve_gateway(folder, KT_PUBLIC_PER_MINUTE="100000") as one, one.account("0") as account:
        appoint_operator(one, account.account_id)
        yield one, account.account_id, ""


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str, str]]:
    """A gateway with every kind of trouble, its operator, and a job of the troubled account."""
    folder = tmp_path_factory.mktemp("troubled") / "data"
    with serve_gateway(folder, KT_PUBLIC_PER_MINUTE="100000") as one, one.account() as account:
        appoint_operator(one, account.account_id)
        yield one, account.account_id, fill_with_trouble(one, account)[0]


@pytest.mark.parametrize("state", ["calm", "troubled"])
@pytest.mark.parametrize("path", OPERATOR)
def test_a_page_of_operators_is_clean(
    request: pytest.FixtureRequest, browser: Browser, path: str, state: str
) -> None:
    troubles: tuple[Gateway, str, str] = request.getfixturevalue(state)
    site, account_id, _ = troubles
    cookie = site.create_session_cookie(account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        check_page(seen, state, path)


def test_a_page_of_one_account_job_or_act_is_clean(
    browser: Browser, troubled: tuple[Gateway, str, str]
) -> None:
    site, account_id, job = troubled
    acts = {"account.grant": account_id, "account.freeze": account_id, "job.refund": job}
    paths = [f"/admin/accounts/{account_id}", f"/admin/jobs/{job}"]
    paths += [f"/admin/act/{verb}?target={target}" for verb, target in acts.items()]
    with open_tab(browser, site.create_session_cookie(account_id), base_url=site.base) as seen:
        for path, name in zip(paths, ("account", "job", *acts), strict=True):
            seen.show_page(path)
            check_looks(seen, f"admin-one-{name}")
        seen.page.get_by_label("Reason").fill("ticket 7")
        seen.page.get_by_role("button", name="Preview").click()
        expect(seen.page.get_by_role("button", name="Preview again")).to_be_visible()
        check_looks(seen, "admin-one-rehearsed")


def test_an_old_sign_in_of_an_operator_is_asked_for_a_new_one(
    browser: Browser, calm: tuple[Gateway, str, str]
) -> None:
    site, account_id, _ = calm
    cookie = site.create_session_cookie(account_id)
    age_sign_ins(site, account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        seen.show_page("/admin/jobs", 403)
        check_looks(seen, "admin-again")
        seen.page.get_by_role("button", name="Sign in again").click()
        seen.page.wait_for_url("**/login?returnPath=%2Fadmin%2Fjobs")
