"""The pages in the chat, drawn in Chromium by the official bridge of hosts, on a real gateway.

`KT_TEST_SLOW=1 ./test tests/slow -k mcp_apps` needs npm; without it, it is skipped.
`KT_TEST_SHOTS=1` saves a picture of each page under `tests/pages/shots`.
"""

import os
import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Error, expect

from tests.flows.mcp.test_mcp_access import mint_key
from tests.flows.plan_calls import read_plan
from tests.gateway import Client, Gateway, draw_picture, picture_input, serve_gateway
from tests.pages.browser import press_by_keyboard, start_browser
from tests.slow.apps_tools import ChatHost, bundle_host, open_host, serve_host

pytestmark = pytest.mark.slow
SIZES = pytest.mark.parametrize("width", [320, 480, 800])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
WAIT_MS = 30_000
HOSTILE = "</script><script>parent.scripted = 1</script><img src=x onerror=parent.scripted=1>"
JPEG = re.compile("data:image/jpeg;base64,")
TINY = {"width": 256, "height": 256, "durationFrames": 9}
FILM = [
    {"key": "fox", "operation": "image.generate", "input": picture_input("a fox", count=2)},
    {
        "key": "run",
        "operation": "video.generate",
        "input": {"prompt": "it runs", "startFrameImageUrl": "step://fox/0", **TINY},
    },
    {"key": "den", "operation": "image.generate", "input": picture_input("a den")},
]
CALL_OF_A_PAGE = """([name, given]) => new Promise((resolve) => {
    addEventListener("message", ({data}) => data.id === "own" && resolve(data.result));
    const params = {name, arguments: given};
    parent.postMessage({jsonrpc: "2.0", id: "own", method: "tools/call", params}, "*");
})"""


@pytest.fixture(scope="module")
def host_url() -> Iterator[str]:
    site = bundle_host()
    with serve_host(site) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_browser() as one:
        yield one


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("apps") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture
def confirming(client: Client) -> str:
    """A key that runs nothing by itself, and up to five cents after a yes in the client."""
    scopes = ("media", "studio", "account:read")
    return mint_key(client, *scopes, autoApproveUsd="0", confirmUpToUsd="0.05")


def check_and_save(host: ChatHost, name: str) -> None:
    host.check_page()
    if os.environ.get("KT_TEST_SHOTS"):
        size = host.seen.page.viewport_size
        width = size["width"] if size else 0
        host.seen.take_screenshot(f"app-{name}-{width}-{host.theme}")


@pytest.mark.promise("mcp: pages-in-a-host")
@SIZES
@THEMES
def test_a_plan_is_approved_in_part_by_keyboard_runs_and_its_results_go_on(
    gateway: Gateway,
    client: Client,
    confirming: str,
    browser: Browser,
    host_url: str,
    width: int,
    theme: str,
) -> None:
    with open_host(browser, host_url, gateway, confirming, width, theme) as host:
        plan = host.call_tool("plan_prepare", {"steps": FILM, "title": "The fox"})
        page, frame = host.seen.page, host.frame
        ids = [step["stepId"] for step in plan["structuredContent"]["steps"]]
        expect(frame.locator("h1")).to_have_text("Approve this plan?")
        expect(frame.get_by_role("link", name="Approve on the page")).to_be_visible()
        assert host.inner.evaluate("() => document.documentElement.dataset.theme") == theme
        check_and_save(host, "plan")
        press_by_keyboard(page, frame.locator(f"#on-{ids[0]}"), "Space")
        expect(frame.locator(".told")).to_have_text("Step 2 left out: it needs step 1.")
        press_by_keyboard(page, frame.locator(f"#on-{ids[0]}"), "Space")
        expect(frame.locator(".told")).to_have_text("Step 2 is back.")
        press_by_keyboard(page, frame.locator(f"#on-{ids[1]}"), "Space")
        press_by_keyboard(page, frame.locator(f"#on-{ids[2]}"), "Space")
        approve = frame.get_by_role("button", name="Approve $0.04")
        expect(approve).to_be_enabled()
        expect(frame.locator(".tally")).to_contain_text("1 of 3")
        check_and_save(host, "part")
        press_by_keyboard(page, approve)
        expect(frame.locator(".tile")).to_have_count(2, timeout=WAIT_MS)
        expect(frame.locator("h1")).to_have_text("2 results")
        expect(frame.locator(".tile img").first).to_have_js_property("complete", value=True)
        check_and_save(host, "results")
        press_by_keyboard(page, frame.locator(".tile").nth(1))
        expect(frame.locator(".stage img")).to_be_visible()
        assert frame.locator(".stage img").evaluate("e => e.decode().then(() => e.naturalWidth)")
        check_and_save(host, "one")
        press_by_keyboard(page, frame.get_by_role("link", name="Full size"))
        press_by_keyboard(page, frame.get_by_role("button", name="Keep"))
        expect(frame.get_by_role("button", name="Kept")).to_be_disabled()
        press_by_keyboard(page, frame.get_by_role("button", name="Same seed"))
        frame.locator("#again-prompt").fill("a wolf")
        check_and_save(host, "again")
        press_by_keyboard(page, frame.get_by_role("button", name="Show the price"))
        expect(frame.get_by_role("button", name="Approve $0.02")).to_be_enabled()
        expect(frame.locator(".gist")).to_have_text("a wolf")
        check_and_save(host, "same-seed")
        press_by_keyboard(page, frame.get_by_role("button", name="Back to the results"))
        press_by_keyboard(page, frame.get_by_role("button", name="Vary"))
        expect(frame.locator(".gist")).to_have_text("a fox")
        (link,) = host.read_told("links")
        (context,) = host.read_told("context")
    assert httpx2.get(link).headers["content-type"] == "image/png"
    assert plan["structuredContent"]["planId"] in context
    done = read_plan(client, plan["structuredContent"])
    assert done["chargedUsd"] == "0.04"
    assert done["droppedStepIds"] == ids[1:]


@pytest.mark.promise("mcp: page-approval")
def test_above_the_limit_the_page_leads_to_the_approval_page_and_follows_what_is_decided_there(
    gateway: Gateway, client: Client, confirming: str, browser: Browser, host_url: str
) -> None:
    with open_host(browser, host_url, gateway, confirming) as host:
        prepared = host.call_tool("image_generate_prepare", picture_input("a fox", count=4))
        plan = prepared["structuredContent"]
        given = {"planId": plan["planId"], "planHash": plan["planHash"]}
        for tool, claim in (("plan_execute", {}), ("page_plan_run", {"approve": True})):
            refused = host.inner.evaluate(CALL_OF_A_PAGE, [tool, given | claim])
            assert refused["structuredContent"]["error"]["code"] == "approval_required"
        assert client.get_balance()["availableUsd"] == "5.00"
        host.call_tool("plan_execute", given)  # by the model: its refusal is drawn as the plan
        expect(host.frame.locator("h1")).to_have_text("Approve this plan?")
        host.frame.get_by_role("link", name="Approve on the page").click()
        with gateway.browser(client.account_id) as person:
            form = {"planHash": plan["planHash"], "decision": "approve", "maxTotalUsd": ""}
            chosen = {f"step.{step['stepId']}": "on" for step in plan["steps"]}
            answer = person.post(f"/plans/{plan['planId']}", data=form | chosen)
            assert answer.status_code == 303
        expect(host.frame.locator(".tile")).to_have_count(4, timeout=WAIT_MS)
        assert host.read_told("links") == [plan["approvalUrl"]]
        assert host.read_told("refusals") == []
        host.check_page()


def test_what_runs_shows_its_stage_and_is_canceled_in_the_page(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    with open_host(browser, host_url, gateway, client.key) as host:
        slow = [
            {"operation": "image.generate", "input": picture_input("a fox [sandbox:slow=60]")},
            {"operation": "image.generate", "input": picture_input("a den")},
        ]
        plan = host.call_tool("plan_prepare", {"steps": slow})["structuredContent"]
        asked = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}
        host.call_tool("plan_execute", asked)
        frame = host.frame
        expect(frame.locator("h1")).to_have_text("In progress")
        cancel = frame.get_by_role("button", name="Cancel step 1")
        expect(cancel).to_be_visible(timeout=WAIT_MS)
        check_and_save(host, "progress")
        press_by_keyboard(host.seen.page, cancel)
        expect(frame.locator("h1")).not_to_have_text("In progress", timeout=WAIT_MS)
        host.check_page()
    job_id = read_plan(client, plan)["jobIds"][0]
    assert client.get_job(job_id)["status"] == "canceled"


def test_what_is_open_or_typed_stays_while_another_job_runs(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    with open_host(browser, host_url, gateway, client.key) as host:
        steps = [
            {"operation": "image.generate", "input": picture_input("a fox", count=2)},
            {"operation": "image.generate", "input": picture_input("a den [sandbox:slow=60]")},
        ]
        plan = host.call_tool("plan_prepare", {"steps": steps})["structuredContent"]
        asked = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 0}
        host.call_tool("plan_execute", asked)
        frame = host.frame
        expect(frame.locator(".tile")).to_have_count(2, timeout=WAIT_MS)
        frame.locator(".tile").nth(1).click()
        # By keyboard: a picture that loads may move the button away under a mouse.
        press_by_keyboard(host.seen.page, frame.get_by_role("button", name="Same seed"))
        typed = frame.locator("#again-prompt")
        typed.fill("a wolf")
        typed.evaluate("e => { e.typed = true; }")
        full = frame.get_by_role("link", name="Full size")
        full.evaluate("e => { e.href = 'https://ended.example/'; }")
        # Each read brings the plan's progress anew; wait until two of them were drawn.
        for _ in range(2):
            frame.locator(".phase").first.evaluate("e => { e.dataset.old = 1; }")
            expect(frame.locator(".phase[data-old]")).to_have_count(0, timeout=WAIT_MS)
        expect(typed).to_have_value("a wolf")
        expect(typed).to_be_focused()
        assert typed.evaluate("e => e.typed")
        expect(full).to_have_attribute("href", re.compile(r"/files/outputs/"))  # of the last read
        frame.get_by_role("button", name="Show the price").click()
        expect(frame.locator("h1")).to_have_text("Approve this plan?", timeout=WAIT_MS)
        expect(frame.locator(".gist")).to_have_text("a wolf")
        host.check_page()


def test_a_job_of_a_list_is_canceled_and_the_list_follows(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    slow = client.submit("image.generate", picture_input("a fox [sandbox:slow=60]"))
    with open_host(browser, host_url, gateway, client.key) as host:
        host.call_tool("media_jobs_list", {"limit": 10})
        host.frame.get_by_role("button", name="Cancel").click()
        expect(host.frame.locator("h1")).not_to_have_text("In progress", timeout=WAIT_MS)
        host.check_page()
    assert client.get_job(slow.json()["jobId"])["status"] == "canceled"


def test_a_rejected_plan_says_so_and_a_refused_request_is_no_riddle(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    with open_host(browser, host_url, gateway, client.key) as host:
        prepared = host.call_tool("image_generate_prepare", picture_input("a fox"))
        press_by_keyboard(host.seen.page, host.frame.get_by_role("button", name="Reject"))
        expect(host.frame.locator("h1")).to_have_text("Plan rejected")
        expect(host.frame.locator(".gist")).to_have_text("a fox")
        host.check_page()
        host.call_tool("image_generate_prepare", {"prompt": "a fox", "count": 99})
        expect(host.frame.locator(".problem")).to_contain_text("Nothing was done or charged.")
        host.check_page()
    assert read_plan(client, prepared["structuredContent"])["state"] == "rejected"


def test_a_list_of_jobs_is_a_gallery_of_pictures_clips_and_sounds(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    sound = {"prompt": "rain", "durationSeconds": 1}
    for task, given in (
        ("image.generate", picture_input("a fox")),
        ("video.generate", {"prompt": "it runs", **TINY}),
        ("audio.generate", sound),
    ):
        client.wait_for_job(client.submit(task, given).json()["jobId"])
    with open_host(browser, host_url, gateway, client.key) as host:
        host.call_tool("media_jobs_list", {"limit": 10})
        frame = host.frame
        tiles = ["Open sound: rain", "Open video: it runs", "Open picture: a fox"]
        expect(frame.locator(".tile")).to_contain_text(tiles)
        check_and_save(host, "gallery")
        for tile, player in zip(tiles, ("audio", "video", "img"), strict=True):
            frame.get_by_role("button", name=tile).click()
            expect(frame.locator(f".stage {player}")).to_be_visible()
            check_and_save(host, f"gallery-{player}")
            frame.get_by_role("button", name="All results").click()
            expect(frame.get_by_role("button", name=tile)).to_be_focused()


@pytest.mark.promise("mcp: pages-in-a-host")
def test_no_prompt_title_or_name_scripts_a_page(
    gateway: Gateway, client: Client, browser: Browser, host_url: str
) -> None:
    uploaded = client.http.post(
        "/api/v1/studio/assets/upload",
        params={"filename": f"{HOSTILE[:60]}.png"},
        content=draw_picture(64, 64),
        headers={"Content-Type": "image/png"},
    )
    source = f"asset://{uploaded.json()['assetId']}"
    steps = [{"operation": "image.edit", "input": {"prompt": HOSTILE, "imageUrl": source}}]
    with open_host(browser, host_url, gateway, client.key, toolsets="all") as host:
        prepared = host.call_tool("plan_prepare", {"steps": steps, "title": HOSTILE})
        plan, frame = prepared["structuredContent"], host.frame
        assert frame.locator("q").all_text_contents() == [HOSTILE, HOSTILE]
        expect(frame.locator(".look img")).to_have_attribute("src", JPEG)
        check_and_save(host, "hostile")
        asked = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
        host.call_tool("plan_execute", asked)
        expect(frame.locator(".said")).to_have_text(HOSTILE)
        (job_id,) = read_plan(client, plan)["jobIds"]
        chosen = {"outputs": [{"jobId": job_id, "outputIndex": 0}], "name": HOSTILE[:80]}
        host.call_tool("media_outputs_update", chosen)
        client.wait_for_job(client.submit("image.generate", picture_input()).json()["jobId"])
        host.call_tool("media_outputs_list", {})
        expect(frame.locator(".tile").nth(1)).to_have_text(f"Open picture: {HOSTILE[:80]}. ")
        # A host could be made to show a result that is not ours: a link is https or no link.
        script = {"approvalUrl": "javascript:parent.scripted=1", "planId": "plan_nobody"}
        forged = plan | script | {"consent": "approve"}
        host.call_tool("plan_prepare", {"steps": steps}, structuredContent=forged)
        expect(frame.locator("h1")).to_have_text("Approve this plan?")
        assert frame.locator("a").count() == 0
        assert frame.locator("main script, main img[src=x]").count() == 0
        assert not host.seen.page.evaluate("() => window.scripted")
        with pytest.raises(Error, match="TrustedHTML"):
            host.inner.evaluate("() => { document.body.innerHTML = '<b>x</b>' }")
        host.seen.page.evaluate("() => setTheme('dark')")
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
