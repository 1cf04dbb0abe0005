"""What an operator finds from the command line, on SQLite and on PostgreSQL."""

import pytest

from tests.commands import WHY, admin, told
from tests.gateway import Gateway, picture


@pytest.fixture
def place(gateways: list[Gateway]) -> Gateway:
    return gateways[0]


def test_an_account_is_found_by_what_one_knows_of_it(place: Gateway) -> None:
    with place.account() as client:
        for text in (client.account_id, client.key[:16]):
            (found,) = told(place, "account", "list", "--find", text)
            assert (found["accountId"], found["operator"]) == (client.account_id, False)
        assert client.account_id in [each["accountId"] for each in told(place, "account", "list")]
        older = told(place, "account", "list", "--before", client.account_id)
        assert client.account_id not in [each["accountId"] for each in older]
    assert told(place, "account", "list", "--find", "100%_") == []


def test_an_operator_is_made_and_unmade_once(place: Gateway) -> None:
    with place.account() as client:
        words = ("operator", "grant", client.account_id, *WHY)
        rehearsed = told(place, *words, "--dry-run")
        (row,) = [each for each in rehearsed["rows"] if each["table"] == "account"]
        assert row["operator_at"]
        assert client.account_id not in str(told(place, "operator", "list"))
        assert [told(place, *words)["changed"] for _ in range(2)] == [True, False]
        assert client.account_id in str(told(place, "operator", "list"))
        assert told(place, "account", "show", client.account_id)["operatorSince"]
        words = ("operator", "revoke", client.account_id, *WHY)
        assert [told(place, *words)["changed"] for _ in range(2)] == [True, False]
        assert client.account_id not in str(told(place, "operator", "list"))
        done = told(place, "audit", "list", "--about", client.account_id)[:2]
        assert [each["action"] for each in done] == ["operator.revoke", "operator.grant"]
        assert done[0]["after"] == {"operator": False, "reason": "ticket 7"}
        nouns = {each["action"] for each in told(place, "audit", "list", "--about", "operator")}
        assert nouns == {"operator.revoke", "operator.grant"}
    admin(place, "operator", "grant", "nobody@example.com", *WHY, code=1)


def test_jobs_are_listed_and_shown_with_their_money(place: Gateway) -> None:
    with place.account() as client:
        good = client.made("image.generate", picture())
        slow = client.post("image.generate", picture("a fox [sandbox:slow=60]")).json()["jobId"]
        client.cancel(slow)
        assert client.ended(slow)["status"] == "canceled"
        mine = ("job", "list", "--account", client.account_id)
        listed = told(place, *mine)
        assert [each["jobId"] for each in listed] == [slow, good["id"]]
        assert {each["accountId"] for each in listed} == {client.account_id}
        (canceled,) = told(place, *mine, "--state", "canceled", "--task", "image.generate")
        assert canceled["jobId"] == slow
        assert told(place, *mine, "--node", "gpu-9") == []
        assert told(place, *mine, "--before", good["id"]) == []
        admin(place, "job", "refund", good["id"], *WHY)
        moves = told(place, "job", "show", good["id"])["money"]
        assert [each["what"] for each in moves] == ["held", "captured", "refunded"]
        assert {each["amountUsd"] for each in moves} == {"0.02"}
        moves = told(place, "job", "show", slow)["money"]
        assert [each["what"] for each in moves] == ["held", "released"]


def test_one_page_says_how_it_all_stands(place: Gateway) -> None:
    shown = told(place, "status")
    assert set(shown["jobs"]) == {"queued", "running"}
    assert set(shown["held"]) == {"live", "test"}
    assert (shown["paymentsInReview"], shown["mailsGivenUp"]) == (0, 0)
    assert shown["auditHead"]["seq"] == told(place, "audit", "head")["seq"]
    for empty in (("payments", "list"), ("outbox", "list", "--given-up")):
        assert told(place, *empty) == []
    assert told(place, "delivery", "list", "--status", "given-up") == []
