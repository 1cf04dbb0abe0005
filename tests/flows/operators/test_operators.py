"""The operator's commands that find and list accounts and jobs, on SQLite and on PostgreSQL."""

import pytest

from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.gateway import Gateway, picture_input


@pytest.fixture
def place(gateways: list[Gateway]) -> Gateway:
    return gateways[0]


def test_an_account_is_found_by_what_one_knows_of_it(place: Gateway) -> None:
    with place.account() as client:
        for text in (client.account_id, client.key[:16]):
            (found,) = run_admin_json(place, "account", "list", "--find", text)
            assert (found["accountId"], found["operator"]) == (client.account_id, False)
        assert client.account_id in [
            each["accountId"] for each in run_admin_json(place, "account", "list")
        ]
        older = run_admin_json(place, "account", "list", "--before", client.account_id)
        assert client.account_id not in [each["accountId"] for each in older]
    assert run_admin_json(place, "account", "list", "--find", "100%_") == []


def test_lists_are_tables_and_empty_ones_say_so(place: Gateway) -> None:
    with place.account() as client:
        head, row = run_admin(
            place, "account", "list", "--find", client.account_id
        ).stdout.splitlines()
        assert head.split() == ["accountId", "label", "operator", "createdAt"]
        assert row.split()[:3] == [client.account_id, "test", "no"]
        shown = run_admin(place, "account", "show", client.account_id).stdout
        assert "\ntest\n  state              active\n" in shown
        assert not {"None", "False", "{"} & set(shown.replace("{", " { ").split())
    assert run_admin(place, "payments", "list").output == "nothing\n"


def test_an_account_is_named_by_its_address_too(place: Gateway) -> None:
    with place.account() as client:
        place.add_address(client.account_id, "ida@example.com")
        address = "Ida@example.com"
        assert run_admin_json(place, "account", "show", address)["accountId"] == client.account_id
        assert run_admin_json(place, "key", "list", address)[0]["keyPrefix"] in client.key
        assert run_admin_json(place, "job", "list", "--account", address) == []
        freeze = run_admin_json(place, "account", "freeze", address, *REASON_OPTION)
        assert (freeze["target"], freeze["changed"]) == (client.account_id, True)
        correct = ("account", "adjust", address, "--mode", "test", "--amount-usd", "1",
                   "--reference", "r1", *REASON_OPTION)  # fmt: skip
        assert run_admin_json(place, *correct)["reference"] == f"{client.account_id}:r1"
    gone = run_admin(place, "account", "show", "acct_none", code=1)
    assert gone.output == "not_found: There is no account acct_none.\n"
    gone = run_admin(place, "job", "show", "job_none", code=1)
    assert gone.output == "not_found: there is none with this id\n"


def test_an_operator_is_made_and_unmade_once(place: Gateway) -> None:
    with place.account() as client:
        words = ("operator", "grant", client.account_id, *REASON_OPTION)
        rehearsed = run_admin_json(place, *words, "--dry-run")
        (row,) = [each for each in rehearsed["rows"] if each["table"] == "account"]
        assert row["operator_at"]
        assert client.account_id not in str(run_admin_json(place, "operator", "list"))
        assert [run_admin_json(place, *words)["changed"] for _ in range(2)] == [True, False]
        assert client.account_id in str(run_admin_json(place, "operator", "list"))
        assert run_admin_json(place, "account", "show", client.account_id)["operatorSince"]
        words = ("operator", "revoke", client.account_id, *REASON_OPTION)
        assert [run_admin_json(place, *words)["changed"] for _ in range(2)] == [True, False]
        assert client.account_id not in str(run_admin_json(place, "operator", "list"))
        done = run_admin_json(place, "audit", "list", "--about", client.account_id)[:2]
        assert [each["action"] for each in done] == ["operator.revoke", "operator.grant"]
        assert done[0]["after"] == {"operator": False, "reason": "ticket 7"}
        nouns = {
            each["action"] for each in run_admin_json(place, "audit", "list", "--about", "operator")
        }
        assert nouns == {"operator.revoke", "operator.grant"}
    run_admin(place, "operator", "grant", "nobody@example.com", *REASON_OPTION, code=1)


def test_jobs_are_listed_and_shown_with_their_money(place: Gateway) -> None:
    with place.account() as client:
        good = client.run_job("image.generate", picture_input())
        slow = client.submit("image.generate", picture_input("a fox [sandbox:slow=60]")).json()[
            "jobId"
        ]
        client.cancel_job(slow)
        assert client.wait_for_job(slow)["status"] == "canceled"
        mine = ("job", "list", "--account", client.account_id)
        listed = run_admin_json(place, *mine)
        assert [each["jobId"] for each in listed] == [slow, good["id"]]
        assert {each["accountId"] for each in listed} == {client.account_id}
        (canceled,) = run_admin_json(
            place, *mine, "--state", "canceled", "--task", "image.generate"
        )
        assert canceled["jobId"] == slow
        assert run_admin_json(place, *mine, "--node", "gpu-9") == []
        assert run_admin_json(place, *mine, "--before", good["id"]) == []
        run_admin(place, "job", "refund", good["id"], *REASON_OPTION)
        moves = run_admin_json(place, "job", "show", good["id"])["money"]
        assert [each["what"] for each in moves] == ["held", "captured", "refunded"]
        assert {each["amountUsd"] for each in moves} == {"0.02"}
        moves = run_admin_json(place, "job", "show", slow)["money"]
        assert [each["what"] for each in moves] == ["held", "released"]


def test_one_page_says_how_it_all_stands(place: Gateway) -> None:
    shown = run_admin_json(place, "status")
    assert set(shown["jobs"]) == {"queued", "running"}
    assert set(shown["held"]) == {"live", "test"}
    assert (shown["paymentsInReview"], shown["mailsGivenUp"]) == (0, 0)
    assert shown["auditHead"]["seq"] == run_admin_json(place, "audit", "head")["seq"]
    for empty in (("payments", "list"), ("outbox", "list", "--given-up")):
        assert run_admin_json(place, *empty) == []
    assert run_admin_json(place, "delivery", "list", "--status", "given-up") == []
