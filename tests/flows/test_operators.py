"""The operator's commands that find and list accounts and jobs, on SQLite and on PostgreSQL."""

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


def test_lists_are_tables_and_empty_ones_say_so(place: Gateway) -> None:
    with place.account() as client:
        head, row = admin(place, "account", "list", "--find", client.account_id).stdout.splitlines()
        assert head.split() == ["accountId", "label", "operator", "createdAt"]
        assert row.split()[:3] == [client.account_id, "test", "no"]
        shown = admin(place, "account", "show", client.account_id).stdout
        assert "\ntest\n  state              active\n" in shown
        assert not {"None", "False", "{"} & set(shown.replace("{", " { ").split())
    assert admin(place, "payments", "list").output == "nothing\n"


def test_an_account_is_named_by_its_address_too(place: Gateway) -> None:
    with place.account() as client:
        place.add_address(client.account_id, "ida@example.com")
        address = "Ida@example.com"
        assert told(place, "account", "show", address)["accountId"] == client.account_id
        assert told(place, "key", "list", address)[0]["keyPrefix"] in client.key
        assert told(place, "job", "list", "--account", address) == []
        freeze = told(place, "account", "freeze", address, *WHY)
        assert (freeze["target"], freeze["changed"]) == (client.account_id, True)
        correct = ("account", "adjust", address, "--mode", "test", "--amount-usd", "1",
                   "--reference", "r1", *WHY)  # fmt: skip
        assert told(place, *correct)["reference"] == f"{client.account_id}:r1"
    gone = admin(place, "account", "show", "acct_none", code=1)
    assert gone.output == "not_found: There is no account acct_none.\n"
    gone = admin(place, "job", "show", "job_none", code=1)
    assert gone.output == "not_found: there is none with this id\n"


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
