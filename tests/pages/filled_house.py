"""A gateway with something of everything: what its pages can show, for three accounts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.operator.acts import OperatorOrder
from gateway.operator.affiliates import decide_affiliate
from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan, wait_for_plan
from tests.gateway import Client, Gateway, draw_picture, picture_input, serve_gateway
from tests.library.files import create_project, upload_file
from tests.pages.operating import appoint_operator, fill_with_trouble
from tests.studio.boards import create_board, create_film
from tests.studio.messages import ask_agent
from tests.studio.talks import create_thread

FAILING, SLOW = "[sandbox:fail]", "[sandbox:slow=600]"
APPLY = "/api/v1/affiliates/me/apply"


@dataclass(frozen=True)
class House:
    """The gateway, an operator with much work, a frozen account, an empty one, and a share."""

    gateway: Gateway
    busy: Client
    frozen: Client
    empty: Client
    share: str
    paths: tuple[str, ...]


@contextmanager
def serve_filled_house(folder: Path) -> Iterator[House]:
    """Serve a gateway whose pages have something of everything to show."""
    with ExitStack() as stack:
        url, model = stack.enter_context(serve_model())
        gateway = stack.enter_context(
            serve_gateway(
                folder / "data",
                KT_ANTHROPIC_API_KEY=ANTHROPIC_KEY,
                KT_AGENT_BASE_URL=url,
                KT_PUBLIC_PER_MINUTE="100000",
                KT_READS_PER_MINUTE="100000",
            )
        )
        busy, frozen, empty = (stack.enter_context(gateway.account("50")) for _ in range(3))
        appoint_operator(gateway, busy.account_id)
        fill_with_trouble(gateway, frozen)
        yield House(gateway, busy, frozen, empty, *fill_account(gateway, busy, model))


def fill_account(gateway: Gateway, busy: Client, model: Script) -> tuple[str, tuple[str, ...]]:
    """Fill an account; return the path of a share, and paths that no page links to."""
    job = busy.run_job("image.generate", picture_input("a fox"))["jobId"]
    source = f"job://{job}/0"
    busy.run_job("image.upscale", {"imageUrl": source, "scale": 2})
    clip = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 17}
    busy.run_job("video.generate", clip)
    busy.submit("image.generate", picture_input(FAILING))
    busy.submit("image.generate", picture_input(SLOW))
    shared = busy.http.post("/api/v1/shares", json={"ref": source}).json()["url"]
    home = create_project(busy)
    upload_file(busy, home, "a.png", draw_picture(96, 64))
    create_film(busy, create_board(busy, home)["assetId"])
    create_film(busy, create_board(busy, home, document={"title": "Bare"})["assetId"])
    fill_thread(busy, create_thread(busy, home), model)
    fill_plans(busy, source)
    busy.http.post("/api/v1/keys", json={"label": "mine", "spendPolicy": {"totalLimitUsd": "3"}})
    applied = busy.http.post(APPLY, json={"displayName": "Ann", "acceptTerms": True}).json()
    order = OperatorOrder(reason="looks good", where=gateway.data_dir)
    gateway.run_as_operator(lambda: decide_affiliate(order, applied["affiliateId"], "approve"))
    link = busy.http.post("/api/v1/device/link/start", json={"clientName": "my laptop"}).json()
    path = urlsplit(shared).path
    return path, (f"/device?userCode={link['userCode']}", "/library", "/usage?groupBy=key")


def fill_thread(busy: Client, talk: str, model: Script) -> None:
    """Fill a thread with an answer, a failure, and a plan that the agent proposes."""
    model.play(ScriptedTurn(text="Three shots."))
    ask_agent(busy, talk, "Say something.")
    model.play(ScriptedTurn(fault="401"))
    ask_agent(busy, talk, "And then?")
    steps = [{"operation": "image.generate", "input": picture_input("dawn")}]
    model.play(
        ScriptedTurn(text="A plan.", calls=[("propose_plan", {"title": "Dawn", "steps": steps})]),
        ScriptedTurn(text="Approve it."),
    )
    ask_agent(busy, talk, "Plan it.")


def fill_plans(busy: Client, source: str) -> None:
    """Fill an account with plans: one waits, one ended in part, one was rejected."""
    picture = plan_step("image.generate", picture_input("a hatch"), key="picture")
    larger = plan_step("image.upscale", {"imageUrl": source}, key="larger")
    prepare_plan(busy, picture, larger, title="The hatch")
    failing = plan_step("image.generate", picture_input(FAILING), key="failing")
    execute_plan(busy, ended := prepare_plan(busy, picture, failing))
    rejected = prepare_plan(busy, picture)
    busy.http.post(
        "/api/v1/studio/agent/approval-plans/reject", json={"planId": rejected["planId"]}
    )
    wait_for_plan(busy, ended)
