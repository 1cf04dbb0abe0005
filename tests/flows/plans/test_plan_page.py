"""The page on which a person approves a plan, as a browser without JavaScript uses it."""

import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from PIL import Image

from tests.flows.plan_calls import (
    PLANS,
    execute_plan,
    list_step_states,
    plan_step,
    prepare_plan,
    read_plan,
    wait_for_plan,
)
from tests.gateway import Client, Gateway, assert_problem, picture_data_uri, picture_input

COUNT = "Update the price"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


@pytest.fixture
def plan(client: Client) -> dict[str, Any]:
    """A pending plan of $0.04 with a hostile title and prompt."""
    pair = (plan_step("image.generate", picture_input(word)) for word in (HOSTILE, "two"))
    return prepare_plan(client, *pair, title=HOSTILE)


def build_plan_form(
    plan: dict[str, Any], decision: str, *, steps: int = 2, cap: str = ""
) -> dict[str, str]:
    """Return what the browser sends with so many steps checked."""
    checked = {f"step.{each['stepId']}": "on" for each in plan["steps"][:steps]}
    return {"planHash": plan["planHash"], "maxTotalUsd": cap, "decision": decision, **checked}


def list_buttons(text: str) -> list[str]:
    return re.findall(r"<button(?![^>]* hidden)[^>]*>([^<]*)</button>", text)


def plan_path(plan: dict[str, Any]) -> str:
    return f"/plans/{plan['planId']}"


@pytest.mark.promise("plans: approved-on-a-page")
def test_a_person_sees_the_plan_and_approves_it(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    shown = page.get(plan["approvalUrl"])
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert list_buttons(shown.text) == ["Approve $0.04", "Reject", COUNT]
    by_enter = re.search(r'name="decision" value="(\w+)"', shown.text)
    assert by_enter is not None
    assert by_enter[1] == "count"  # a key that is pressed in a field never spends
    assert "<script>" not in shown.text
    assert HOSTILE not in shown.text
    assert shown.text.count("<q>&lt;img src=x") == 2  # title and prompt
    assert '<q class="gist">&lt;img src=x' in shown.text
    assert "256 × 256 pixels" in shown.text  # noqa: RUF001 - a sign
    assert "the API key" in shown.text
    assert read_plan(client, plan)["state"] == "pending"
    after = page.post(plan_path(plan), data=build_plan_form(plan, "approve"))
    assert (after.status_code, after.headers["location"]) == (303, plan_path(plan))
    done = wait_for_plan(client, plan)
    assert done["outcome"] == "succeeded"
    told = page.get(plan_path(plan)).text
    assert list_buttons(told) == []
    assert all(job in told for job in done["jobIds"])


def test_a_part_under_a_cap_is_approved(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    refused = page.post(plan_path(plan), data=build_plan_form(plan, "approve", cap="0.03"))
    assert refused.status_code == 402
    assert 'role="alert"' in refused.text
    assert list_buttons(refused.text) == ["Approve $0.04", "Reject", COUNT]
    assert (
        page.post(plan_path(plan), data=build_plan_form(plan, "approve", steps=0)).status_code
        == 422
    )
    assert read_plan(client, plan)["state"] == "pending"
    done = page.post(plan_path(plan), data=build_plan_form(plan, "approve", steps=1, cap="$0.02"))
    assert done.status_code == 303
    assert list_step_states(wait_for_plan(client, plan)) == ["succeeded", "dropped"]


def test_the_price_follows_the_checked_steps(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    counted = page.post(plan_path(plan), data=build_plan_form(plan, "count", steps=1, cap="0.03"))
    assert counted.status_code == 200
    assert list_buttons(counted.text) == ["Approve $0.02", "Reject", COUNT]
    assert re.findall(r'name="step\.(\w+)" checked', counted.text) == [plan["steps"][0]["stepId"]]
    assert ('value="0.03"' in counted.text, "$4.98" in counted.text) == (True, True)
    none = page.post(plan_path(plan), data=build_plan_form(plan, "count", steps=0))
    assert (none.status_code, " disabled>Approve $0.00" in none.text) == (200, True)
    assert read_plan(client, plan)["state"] == "pending"


NEEDING = (
    plan_step("image.generate", picture_input(), key="wire_one"),
    plan_step("image.upscale", {"imageUrl": "step://wire_one/0"}, key="wire_two"),
    plan_step("image.upscale", {"imageUrl": "step://wire_two/0"}, key="wire_three"),
)


@pytest.mark.promise("plans: parts")
@pytest.mark.parametrize(
    ("shown", "sent", "kept", "words"),
    [
        (None, [1], [], "Step 2 left out: it needs step 1."),
        ([0, 1, 2], [1, 2], [], "Step 2 and step 3 left out: they need step 1."),
        ([0, 1, 2], [0, 2], [0], "Step 3 left out: it needs step 2."),
        ([], [2], [0, 1, 2], "Step 1 and step 2 are back: step 3 needs them."),
        ([0], [0, 1], [0, 1], ""),
        ([0], [1], [], "Step 2 left out: it needs step 1."),
        ([0, 1, 2], [0, 1], [0, 1], ""),
    ],
)
def test_what_cannot_run_alone_is_corrected_in_words_and_runs_only_when_seen(
    client: Client,
    page: httpx2.Client,
    shown: list[int] | None,
    sent: list[int],
    kept: list[int],
    words: str,
) -> None:
    plan = prepare_plan(client, *NEEDING)
    ids = [each["stepId"] for each in plan["steps"]]
    given = {"planHash": plan["planHash"], **{f"step.{ids[number]}": "on" for number in sent}}
    if shown is not None:
        given["shownSteps"] = ",".join(ids[number] for number in shown)
    counted = page.post(plan_path(plan), data=given | {"decision": "count"})
    assert counted.status_code == 200
    assert re.findall(r'name="step\.(\w+)" checked', counted.text) == [ids[each] for each in kept]
    assert words in counted.text
    assert "wire_" not in counted.text
    if words or (shown is not None and shown != sent):
        refused = page.post(plan_path(plan), data=given | {"decision": "approve"})
        assert (refused.status_code, words in refused.text) == (422, True)
        assert "Nothing has been approved yet." in refused.text
    assert read_plan(client, plan)["state"] == "pending"


@pytest.mark.promise("plans: parts")
def test_a_changed_checkbox_is_answered_with_the_changed_rows_and_the_bar_alone(
    client: Client, page: httpx2.Client
) -> None:
    plan = prepare_plan(client, *NEEDING, plan_step("image.generate", picture_input("a hare")))
    ids = [each["stepId"] for each in plan["steps"]]
    form = {"planHash": plan["planHash"], "decision": "count", "shownSteps": ",".join(ids)}
    sent = form | dict.fromkeys([f"step.{each}" for each in ids[1:]], "on")
    part = page.post(plan_path(plan), data=sent, headers={"HX-Request": "true"}).text
    assert re.findall(r'<li id="row-(\w+)" hx-swap-oob="true">', part) == ids[1:3]
    assert re.findall(r"<(\w+)[^>]* hx-swap-oob", part) == ["li", "li", "div"]
    assert "1 of 4" in part
    left = re.findall(r'name="(shownSteps|leftOutSteps)" value="([^"]*)"', part)
    assert dict(left) == {"shownSteps": ids[3], "leftOutSteps": ",".join(ids[1:3])}
    again = form | dict(left) | {f"step.{each}": "on" for each in (ids[0], ids[3])}
    back = page.post(plan_path(plan), data=again, headers={"HX-Request": "true"}).text
    assert ("4 of 4" in back, "left out" in back) == (True, False)
    assert "Step 2 and step 3 are back." in back
    page.post(plan_path(plan), data=form | {"decision": "reject"})
    gone = page.post(plan_path(plan), data=sent, headers={"HX-Request": "true"}).text
    assert (list_buttons(gone), "Nothing was spent." in gone) == ([], True)


def test_the_plans_that_wait_are_read_and_approved_on_one_page(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    part = {"HX-Request": "true"}
    shown = page.get("/waiting").text
    assert list_buttons(shown)[-3:] == ["Approve $0.04", "Reject", COUNT]
    (newer,) = re.findall(r'hx-get="(/waiting\?after=[^"]+)"', shown)
    assert page.get(newer, headers=part).status_code == 204
    other = prepare_plan(client, plan_step("image.generate", picture_input("three")))
    added = page.get(newer, headers=part).text
    assert re.findall(r'class="approval" id="(\w+)"', added) == [other["planId"]]
    form = build_plan_form(plan, "approve") | {"shownUsd": plan["totalUsd"]}
    done = page.post(plan_path(plan), data=form, headers=part).text
    assert "A plan that was approved" in done
    assert re.findall(r'id="(\w+-count)" hx-swap-oob="true">(\d)', done) == [
        ("side-count", "1"),
        ("bar-count", "1"),
    ]
    assert wait_for_plan(client, plan)["outcome"] == "succeeded"
    page.post(plan_path(other), data=build_plan_form(other, "reject"))
    assert "Nothing is waiting." in page.get("/waiting").text


@pytest.mark.promise("plans: approved-on-a-page")
def test_the_page_says_when_a_plan_costs_more_than_the_caps_of_its_key_leave(
    gateway: Gateway, client: Client, page: httpx2.Client
) -> None:
    given = {"label": "capped", "spendPolicy": {"dailyLimitUsd": "0.03"}}
    made = client.http.post("/api/v1/keys", json=given).json()
    with gateway.client(made["apiKey"]) as http:
        agent = Client(http, made["apiKey"], client.account_id)
        pair = [plan_step("image.generate", picture_input(word)) for word in ("one", "two")]
        above, below = prepare_plan(agent, *pair), prepare_plan(agent, pair[0])
    assert "more than is left of the key" in page.get(plan_path(above)).text
    assert "more than is left of the key" not in page.get(plan_path(below)).text
    part = page.post(plan_path(above), data=build_plan_form(above, "count", steps=1)).text
    hidden = r'<p class="notice warn over" id="caps-\w+" aria-hidden="true">The key that asks could'
    assert re.search(hidden, part)


def test_no_more_is_approved_than_stood_on_the_button(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    counted = page.post(plan_path(plan), data=build_plan_form(plan, "count", steps=1)).text
    (said,) = re.findall(r'name="shownUsd" value="([^"]+)"', counted)
    for cap in ("", "3.00"):
        refused = page.post(
            plan_path(plan), data=build_plan_form(plan, "approve", cap=cap) | {"shownUsd": said}
        )
        assert (refused.status_code, list_buttons(refused.text)[0]) == (402, "Approve $0.04")
    wrong = page.post(
        plan_path(plan), data=build_plan_form(plan, "approve", cap="lots") | {"shownUsd": said}
    )
    assert (wrong.status_code, "must be an amount" in wrong.text) == (422, True)
    assert read_plan(client, plan)["state"] == "pending"
    part = build_plan_form(plan, "approve", steps=1, cap="$1,000.00") | {"shownUsd": said}
    done = page.post(plan_path(plan), data=part)
    assert done.status_code == 303
    assert wait_for_plan(client, plan)["chargedUsd"] == "0.02"


def test_whoever_is_signed_out_signs_in_and_comes_back_to_the_page_that_asked(
    gateway: Gateway, plan: dict[str, Any]
) -> None:
    with gateway.client() as nobody:
        asked = {"HX-Request": "true", "HX-Current-URL": "http://site/studio/one?mode=test#box"}
        asked["Sec-Fetch-Site"] = "same-origin"
        away = nobody.post(plan_path(plan), data=build_plan_form(plan, "approve"), headers=asked)
        assert away.status_code == 401
        assert f'href="/login?returnPath={quote("/studio/one?mode=test")}"' in away.text
        dialog = nobody.get("/keys/new", headers={"HX-Request": "true"})
        assert dialog.headers["hx-redirect"] == f"/login?returnPath={quote('/keys/new', safe='')}"


def test_rejected_executed_and_changed_plans_have_no_way_on(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    other = plan | {"planHash": "sha256:" + "0" * 64}
    assert page.post(plan_path(plan), data=build_plan_form(other, "approve")).status_code == 409
    assert page.post(plan_path(plan), data=build_plan_form(plan, "reject")).status_code == 303
    assert list_buttons(page.get(plan_path(plan)).text) == []
    again = page.post(plan_path(plan), data=build_plan_form(plan, "approve"))
    assert (again.status_code, list_buttons(again.text)) == (409, [])
    assert_problem(execute_plan(client, plan), 409, "plan_rejected")


def test_a_refusal_leaves_the_form_as_it_was_filled_in(
    client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    refused = page.post(plan_path(plan), data=build_plan_form(plan, "approve", steps=1, cap="0.01"))
    assert refused.status_code == 402
    ticked = re.findall(r'name="step\.(\w+)" checked', refused.text)
    assert ticked == [plan["steps"][0]["stepId"]]
    assert list_buttons(refused.text) == ["Approve $0.02", "Reject", COUNT]
    assert 'value="0.01"' in refused.text
    assert read_plan(client, plan)["state"] == "pending"


def test_a_person_sees_the_very_pictures_that_a_step_uses(
    gateway: Gateway, client: Client, page: httpx2.Client
) -> None:
    first = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
    plan = prepare_plan(
        client,
        plan_step(
            "video.generate", first | {"startFrameImage": picture_data_uri(shade=200)}, key="one"
        ),
        plan_step("video.extend", {"prompt": "on", "videoUrl": "step://one/0", "extendFrames": 8}),
    )
    shown = page.get(plan_path(plan)).text
    (source,) = set(re.findall(r'<img src="([^"]+)"', shown))
    assert "output of step 1" in shown
    seen = page.get(source)
    assert (seen.headers["content-type"], seen.headers["cache-control"]) == (
        "image/jpeg",
        "no-store",
    )
    with Image.open(io.BytesIO(seen.content)) as picture_seen:
        assert picture_seen.size == (256, 256)
        red, green, blue = picture_seen.convert("RGB").resize((1, 1)).tobytes()
    assert (abs(red - 200) < 9, abs(green - 40) < 9, abs(blue - 160) < 9) == (True, True, True)
    assert page.get(f"{plan_path(plan)}/media/{'0' * 64}").status_code == 404
    assert page.get(f"{plan_path(plan)}/media/x").status_code == 422
    with gateway.client() as nobody:
        assert nobody.get(source).status_code == 401
    with gateway.account() as stranger, gateway.browser(stranger.account_id) as other:
        assert other.get(source).status_code == 404


def test_nobody_else_approves(
    gateway: Gateway, client: Client, page: httpx2.Client, plan: dict[str, Any]
) -> None:
    with gateway.account() as stranger, gateway.browser(stranger.account_id) as other:
        assert other.get(plan_path(plan)).status_code == 404
        assert other.post(plan_path(plan), data=build_plan_form(plan, "approve")).status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (
        page.post(
            plan_path(plan), data=build_plan_form(plan, "approve"), headers=foreign
        ).status_code
        == 403
    )
    with gateway.client() as nobody:
        away = nobody.get(plan_path(plan))
        assert away.headers["location"] == f"/login?returnPath={quote(plan_path(plan), safe='')}"
    with_key = client.http.post(plan_path(plan), data=build_plan_form(plan, "approve"))
    assert with_key.status_code == 403
    assert read_plan(client, plan)["state"] == "pending"
    assert client.http.get(PLANS).status_code == 200


def test_looking_never_decides(client: Client, page: httpx2.Client, plan: dict[str, Any]) -> None:
    page.get(plan_path(plan), params=build_plan_form(plan, "approve"))
    assert page.post(plan_path(plan), data=build_plan_form(plan, "")).status_code == 303
    assert read_plan(client, plan)["state"] == "pending"
