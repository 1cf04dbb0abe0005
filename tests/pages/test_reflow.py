"""No page and no column cuts anything off at 200 % zoom or on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.flows.plan_calls import plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input
from tests.library.files import create_project
from tests.pages.browser import open_tab
from tests.pages.operating import appoint_operator, fill_with_trouble
from tests.pages.test_matrix import PERSON, STRANGER
from tests.studio.boards import create_board, create_film

pytestmark = pytest.mark.slow

# 1280 pixels at 200 % are 640, at 400 % 320; between them is where tables are tightest.
WIDTHS = (1280, 1000, 700, 640, 390, 320)
LONG = "Donaudampfschifffahrtsgesellschaftskapitän " * 2
OUTSIDE = """
() => {
  const main = document.querySelector("main").getBoundingClientRect();
  const bounded = (each) => {
    for (let at = each.parentElement; at && at.tagName !== "BODY"; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  const found = [...document.querySelectorAll("main *")].filter((each) => {
    const box = each.getBoundingClientRect();
    const seen = each.checkVisibility() && box.width > 1 && !each.closest("svg, .unseen");
    return seen && box.right > main.right + 1 && box.left > -500 && !bounded(each);
  });
  const { scrollWidth, clientWidth } = document.scrollingElement;
  const wide = scrollWidth > clientWidth ? [`the page: ${scrollWidth} of ${clientWidth}`] : [];
  return [...wide, ...found.slice(0, 3).map((each) => each.outerHTML.slice(0, 160))];
}
"""
CUT = """
() => [...document.querySelectorAll("main :is(button, .button, input, select, th a, td a)")]
  .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1
    && !["INPUT", "SELECT"].includes(each.tagName) && getComputedStyle(each).display !== "inline")
  .map((each) => each.outerHTML.slice(0, 160))
"""


@pytest.fixture(scope="module")
def crowded(site: Gateway) -> Iterator[tuple[Client, list[str]]]:
    """An account with long names, wide amounts and troubles, and its pages."""
    with site.account("12345.678902") as account, site.account() as troubled:
        site.add_address(account.account_id, f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example")
        others, _ = fill_with_trouble(site, troubled)
        job = account.run_job("image.generate", picture_input(LONG))["id"]
        failed = account.run_job("image.generate", picture_input("[sandbox:fail]"))["id"]
        for number in range(3):
            caps = {"dailyLimitUsd": "12345.678901", "totalLimitUsd": "0.000001"}
            key = {"label": (LONG * 2)[: 20 + 30 * number].strip(), "spendPolicy": caps}
            assert account.http.post("/api/v1/keys", json=key).status_code == 201
        home = create_project(account, LONG[:80])
        shot = {"id": "a", "title": LONG, "action": LONG, "size": "ELS"}
        document = {"title": LONG.strip(), "scenes": [{"id": "s", "shots": [shot]}]}
        board = create_board(account, home, document=document)["assetId"]
        plan = prepare_plan(
            account, *(plan_step("image.generate", picture_input(LONG)) for _ in range(2))
        )
        link = account.http.post("/api/v1/device/link/start", json={"clientName": LONG[:60]}).json()
        appoint_operator(site, account.account_id)
        paths = [
            f"/jobs/{job}",
            f"/jobs/{failed}",
            f"/plans/{plan['planId']}",
            f"/library?projectId={home}",
        ]
        paths += [create_film(account, board), f"/device?userCode={link['userCode']}"]
        paths += ["/credits/usdc/find", *(f"/admin{each}" for each in ADMIN)]
        paths += [f"/admin/accounts/{troubled.account_id}", f"/admin/jobs/{others}"]
        yield account, paths


ADMIN = ("", "/accounts", "/jobs", "/nodes", "/outbox", "/dead", "/events", "/reconcile", "/audit")


@pytest.mark.promise("pages: reflow")
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_pushed_out_of_any_page(
    browser: Browser, site: Gateway, crowded: tuple[Client, list[str]], width: int
) -> None:
    account, own = crowded
    cookie, found = site.create_session_cookie(account.account_id), dict[str, list[str]]()
    view = {"width": width, "height": 900}
    for token, paths in (("", STRANGER), (cookie, (*PERSON, *own))):
        with open_tab(browser, token, base_url=site.base, viewport=view) as seen:
            for path in paths:
                answer = seen.page.goto(path)
                assert answer is not None
                assert answer.status < 500, path
                bad = seen.page.evaluate(OUTSIDE) + seen.page.evaluate(CUT)
                found |= {path: bad} if bad else {}
    assert not found, "\n".join(f"{path}: {bad}" for path, bad in found.items())
