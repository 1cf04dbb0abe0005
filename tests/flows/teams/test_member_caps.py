"""Every way to spend counts on the caps of the member behind the key or the browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest

from gateway import operator
from gateway.catalogue import list_operations
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.policies import Limits, set_member_limits
from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.fakes.smtp import Inbox
from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan, wait_for_plan
from tests.flows.teams.people import TeamPerson
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    picture_input,
    quote_item,
    serve_gateway,
)
from tests.library.files import create_project
from tests.studio.messages import prepare_message, send_message, wait_for_request
from tests.studio.talks import create_thread

USAGE, CREDIT = "/api/v1/media/usage", 5_000_000
SPENDING = {each.id: each for each in list_operations() if each.spends != "no"}


@pytest.fixture(scope="module")
def model() -> Iterator[tuple[str, Script]]:
    with serve_model() as made:
        yield made


@pytest.fixture(scope="module")
def site(
    box: Inbox, model: tuple[str, Script], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway that sends mail and has an agent."""
    settings = {
        "KT_SMTP_URL": box.url,
        "KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "KT_AGENT_BASE_URL": model[0],
    }
    with serve_gateway(tmp_path_factory.mktemp("caps") / "data", **settings) as one:
        yield one


def submit_job(client: Client) -> httpx2.Response:
    return client.submit("image.generate", picture_input())


def run_plan(client: Client) -> httpx2.Response:
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    answer = execute_plan(client, plan)
    if answer.status_code == 202:
        wait_for_plan(client, plan)
    return answer


def message_agent(client: Client) -> httpx2.Response:
    talk = create_thread(client, create_project(client))
    answer = send_message(client, {"threadId": talk, "content": "Hello"})
    if answer.status_code == 202:
        wait_for_request(client, answer.json()["requestId"])
    return answer


def consume_credit(client: Client) -> httpx2.Response:
    headers = {"X-Idempotency-Key": Ids().new("use")}
    return client.http.post("/api/v1/credits/consume", json={"amountUsd": "0.01"}, headers=headers)


CALLS: dict[str, Callable[[Client], httpx2.Response]] = {
    "submitJob": submit_job,
    "executePlan": run_plan,
    "sendMessage": message_agent,
    "consumeCredits": consume_credit,
}


def cap_member(site: Gateway, account_id: str, member_id: str, total_microusd: int) -> None:
    """Cap a member's play money, which the pages do not offer."""

    async def cap() -> None:
        async with (
            operator.open_database(operator.load_settings(site.data_dir)) as database,
            database.write() as session,
        ):
            number = await get_account_number(session, account_id, "test")
            limits = Limits(total_microusd=total_microusd)
            await set_member_limits(session, member_id, number, limits)

    site.run_as_operator(cap)


@contextmanager
def open_spenders(team: TeamPerson, member: TeamPerson) -> Iterator[dict[str, Client]]:
    """Yield the two keys and the browser of a member who works in a team."""
    with member.open_key() as one, member.open_key() as two:
        browser = Client(member.web, "", team.account_id)
        yield {"key": one, "second key": two, "browser": browser}


def read_spent(client: Client) -> int:
    """Return what counts against the caps of the calling member, in micro-USD."""
    spent: int = client.get_balance()["member"]["spent"]["totalMicrousd"]
    return spent


def test_each_operation_that_spends_is_called_here() -> None:
    assert set(CALLS) == set(SPENDING)


@pytest.mark.promise("ledger: member-spends-by-any-way")
@pytest.mark.parametrize("operation_id", CALLS)
def test_each_way_to_spend_counts_on_the_member_and_stops_at_their_cap(
    ana: TeamPerson, bob: TeamPerson, model: tuple[str, Script], operation_id: str
) -> None:
    member_id, spend = bob.join(ana), CALLS[operation_id]
    with open_spenders(ana, bob) as spenders:
        if SPENDING[operation_id].session == "no":
            del spenders["browser"]
        before = 0
        for client in spenders.values():
            model[1].play(ScriptedTurn(text="Hi", input_tokens=1_000, output_tokens=300))
            answer = spend(client)
            assert answer.status_code in {200, 202}, answer.text
            assert read_spent(client) > before
            before = read_spent(client)
        # Nobody else spent from the team, so the member's count is what its balance lost.
        assert CREDIT - ana.own.get_balance()["availableMicrousd"] == before
        assert ana.own.get_balance()["member"] is None
        cap_member(ana.site, ana.account_id, member_id, before)
        for client in spenders.values():
            assert_problem(spend(client), 402, "member_limit_exceeded")
            assert read_spent(client) == before
        assert spend(ana.own).status_code in {200, 202}
    assert ana.site.list_findings() == []


def test_quotes_and_dry_runs_say_that_the_members_cap_is_in_the_way(
    ana: TeamPerson, bob: TeamPerson
) -> None:
    cap_member(ana.site, ana.account_id, bob.join(ana), 1)
    with open_spenders(ana, bob) as spenders:
        quote = spenders["key"].create_quote(quote_item("image.generate", picture_input()))
        assert quote["blockedBy"] == ["member_limit_exceeded"]
        for name in ("key", "second key"):
            client = spenders[name]
            dry = client.submit("image.generate", picture_input(), dry=True).json()
            assert dry["blockedBy"] == ["member_limit_exceeded"]


@pytest.mark.promise("ledger: usage-by-member")
def test_usage_is_of_everybody_for_the_owner_and_their_own_for_a_developer(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    member_id, other_id = bob.join(ana), eve.join(ana, "admin")
    with open_spenders(ana, bob) as spenders, eve.open_key() as other:
        keys = [spenders["key"], spenders["second key"]]
        for client in (*keys, other, ana.own):
            assert run_plan(client).status_code == 202

        def read_lines(client: Client, by: str) -> dict[str | None, int]:
            name = {"member": "memberId", "key": "keyId"}[by]
            answer = client.http.get(USAGE, params={"groupBy": by})
            assert answer.status_code == 200, answer.text
            return {line[name]: line["jobs"] for line in answer.json()["data"]}

        everybody = {member_id: 2, other_id: 1, None: 1}
        assert read_lines(ana.own, "member") == everybody
        assert read_lines(other, "member") == everybody
        for client in spenders.values():
            assert read_lines(client, "member") == {member_id: 2}
        assert sorted(read_lines(spenders["browser"], "key").values()) == [1, 1]
        assert len(read_lines(ana.own, "key")) == 4


def test_a_quote_of_a_message_is_sent_by_its_person_or_an_admin_only(
    ana: TeamPerson, bob: TeamPerson, eve: TeamPerson
) -> None:
    bob.join(ana, "developer")
    eve.join(ana, "developer")
    with bob.open_key() as of_bob, eve.open_key() as of_eve:
        talk = create_thread(of_bob, create_project(of_bob))
        prepared = prepare_message(of_bob, talk)
        assert prepared.status_code == 201, prepared.text
        quote = {"quoteId": prepared.json()["quoteId"]}
        assert_problem(send_message(of_eve, quote), 404, "not_found")
        answer = send_message(of_bob, quote)
        assert answer.status_code == 202, answer.text
        wait_for_request(of_bob, answer.json()["requestId"])
