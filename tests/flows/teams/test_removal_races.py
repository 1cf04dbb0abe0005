"""A member at two gateways at once: no credit moves after a removal, and none above their cap."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import httpx2
import pytest

from gateway.kit.ids import Ids
from tests.fakes.smtp import Inbox
from tests.flows.plan_calls import plan_step, prepare_plan
from tests.flows.teams.people import MEMBERS, TeamPerson, open_person
from tests.flows.teams.test_member_caps import cap_member
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_input,
)
from tests.gateway_pairs import serve_pair
from tests.services.postgres import PostgresServer

PRICE_MICROUSD, SUBMITTERS, MOST_SUBMITS = 20_000, 2, 25
UPLOAD_LINKS, MOST_LINKS = "/api/v1/studio/assets/upload-link", 200
CENT_MICROUSD, CAPPED_CALLS = 10_000, 5
BEFORE_REMOVAL = 4  # submits that are answered before the owner presses the button


@pytest.fixture(scope="module")
def sites(
    box: Inbox,
    postgres: PostgresServer,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database."""
    folder = tmp_path_factory.mktemp("sites") / "data"
    with serve_pair(folder, postgres, postgres_template, KT_SMTP_URL=box.url) as pair:
        yield pair


@pytest.fixture
def owner(sites: list[Gateway], box: Inbox) -> Iterator[TeamPerson]:
    with open_person(sites[0], box, "olga") as one:
        yield one


@pytest.fixture
def member(sites: list[Gateway], box: Inbox) -> Iterator[TeamPerson]:
    with open_person(sites[0], box, "mike") as one:
        yield one


@pytest.mark.promise("accounts: removal")
def test_what_is_submitted_after_a_removal_was_answered_is_refused_at_every_gateway(
    sites: list[Gateway], owner: TeamPerson, member: TeamPerson
) -> None:
    member.join(owner, "developer")
    accepted: list[str] = []
    begun_too_late: list[int] = []
    answered, removed = threading.Semaphore(0), threading.Event()

    def submit_until_refused(site: Gateway, key: str) -> None:
        with site.client(key) as http:
            client = Client(http, key, owner.account_id)
            for _ in range(MOST_SUBMITS):
                was_removed = removed.is_set()
                answer = client.submit("image.generate", picture_input())
                answered.release()
                if answer.status_code == 202:
                    accepted.append(answer.json()["jobId"])
                if was_removed:
                    begun_too_late.append(answer.status_code)
                    return
                removed.wait(0.1)  # each job is rendered, so a few are enough

    def remove() -> None:
        for _ in range(BEFORE_REMOVAL):
            assert answered.acquire(timeout=60)
        assert owner.remove(member).status_code == 200
        removed.set()

    with member.open_key() as key:
        submits: list[Callable[[], None]] = [
            partial(submit_until_refused, site, key.key)
            for site in sites
            for _ in range(SUBMITTERS)
        ]
        call_at_once([*submits, remove])
    assert set(begun_too_late) == {401}
    assert accepted
    for job in accepted:
        assert owner.own.wait_for_job(job)["status"] == "succeeded"
    spent = len(accepted) * PRICE_MICROUSD
    assert owner.own.get_balance()["balanceMicrousd"] == 5_000_000 - spent
    assert sites[0].list_findings() == []


@pytest.mark.promise("accounts: own-cap")
def test_two_keys_and_a_browser_of_a_member_stay_within_one_cap_at_two_gateways(
    sites: list[Gateway], owner: TeamPerson, member: TeamPerson
) -> None:
    cap_member(sites[0], owner.account_id, member.join(owner), CAPPED_CALLS * CENT_MICROUSD)
    with member.open_key() as one, member.open_key() as two, ExitStack() as stack:
        callers = [one.http, two.http]
        callers += [stack.enter_context(sites[1].client(each.key)) for each in (one, two)]

        def consume(caller: httpx2.Client) -> httpx2.Response:
            body, headers = {"amountUsd": "0.01"}, {"X-Idempotency-Key": Ids().new("use")}
            return caller.post("/api/v1/credits/consume", json=body, headers=headers)

        plan = prepare_plan(one, plan_step("image.generate", picture_input()))
        checked = {f"step.{each['stepId']}": "on" for each in plan["steps"]}
        form = {"planHash": plan["planHash"], "maxTotalUsd": "", "decision": "approve"}

        def approve() -> httpx2.Response:
            page = f"/plans/{plan['planId']}"
            return member.web.post(page, params={"mode": "test"}, data=form | checked)

        calls: list[Callable[[], httpx2.Response]] = [
            partial(consume, each) for each in callers * 3
        ]
        *answers, approved = call_at_once([*calls, approve])
    assert {answer.status_code for answer in answers} == {200, 402}
    assert approved.status_code in {303, 402}
    for refused in answers:
        if refused.status_code == 402:
            assert_problem(refused, 402, "member_limit_exceeded")
    spent = 5_000_000 - owner.own.get_balance()["availableMicrousd"]
    accepted = sum(answer.status_code == 200 for answer in answers)
    assert spent == accepted * CENT_MICROUSD + PRICE_MICROUSD * (approved.status_code == 303)
    assert spent <= CAPPED_CALLS * CENT_MICROUSD
    assert sites[0].list_findings() == []


@pytest.mark.promise("accounts: removal")
@pytest.mark.parametrize("ends_by", ["removal", "lower role"])
def test_what_a_member_makes_in_the_moment_of_their_end_has_ended_too(
    sites: list[Gateway], owner: TeamPerson, member: TeamPerson, ends_by: str
) -> None:
    member_id = member.join(owner, "developer")
    begun = threading.Semaphore(0)

    def make_links(site: Gateway, key: str) -> set[int]:
        """Create upload links, one after the other, until they are refused."""
        codes = set()
        with site.client(key) as http:
            for _ in range(MOST_LINKS):
                answer = http.post(UPLOAD_LINKS, json={"filename": "fox.png"})
                begun.release()
                codes.add(answer.status_code)
                if answer.status_code not in {200, 201, 503}:
                    break
        return codes

    def end() -> set[int]:
        assert begun.acquire(timeout=60)
        if ends_by == "removal":
            return {owner.remove(member).status_code}
        body = {"memberId": member_id, "role": "viewer"}
        return {owner.web.patch(MEMBERS, json=body).status_code}

    with member.open_key() as key:
        makers: list[Callable[[], set[int]]] = [
            partial(make_links, site, key.key) for site in sites for _ in range(3)
        ]
        *made, ended = call_at_once([*makers, end])
    assert ended == {200}
    assert not [codes for codes in made if not {401, 429} & codes], made
    assert sites[0].list_findings() == []
