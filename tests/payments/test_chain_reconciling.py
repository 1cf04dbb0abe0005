"""Books and chain compared: what is missing is named, credited when asked, and never more."""

import pytest

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY
from gateway.payments.onchain.address_rescan import rescan_address
from gateway.payments.reconciliation.nightly_reconciliation import reconcile_book
from gateway.payments.reconciliation_report import Difference
from tests.fakes.evm.chain import RICH_ADDRESS, USDC, TokenTransfer
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served

pytestmark = pytest.mark.anyio
OLD_BLOCKS = 60  # blocks: nobody is expected to credit it any more
OPERATOR = Actor(kind="operator", id="me")


async def reconcile_chain(desk: Desk, *, apply: bool = False) -> tuple[int, int, list[Difference]]:
    report = await reconcile_book(
        desk.shop, "test", "evm", apply=apply, actor=OPERATOR, reason="ticket 7"
    )
    return report.provider_microusd, report.books_microusd, report.differences


async def list_audit_actions(desk: Desk) -> list[str]:
    async with desk.shop.database.read() as snapshot:
        return [row.action async for row, _, _ in audit_log.stream_rows(snapshot)]


async def test_what_was_credited_is_what_the_chain_has(desk: Desk) -> None:
    _, address = await desk.open_checkout()
    _, other = await desk.open_checkout()
    desk.chain.send_transfers(
        TokenTransfer(address, 25 * DOLLAR),
        TokenTransfer(other, 9_999),
        TokenTransfer(RICH_ADDRESS, 7),
    )
    await desk.mine_and_watch(DEPTH + OLD_BLOCKS)
    assert await desk.get_available_dollars() == 26
    assert await reconcile_chain(desk) == (25 * DOLLAR, 25 * DOLLAR, [])


@pytest.mark.promise("payments: reconcile")
async def test_a_deposit_that_nobody_saw_is_named_and_credited_once(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine(DEPTH + OLD_BLOCKS)
    there, booked, (line,) = await reconcile_chain(desk)
    assert (there, booked, line["id"]) == (25 * DOLLAR, 0, f"evm:84532:{sent}:0")
    assert (line["checkoutId"], line["providerUsd"], line["booksUsd"]) == (
        checkout,
        "25.00",
        "0.00",
    )
    assert (await desk.get_available_dollars(), await list_audit_actions(desk)) == (0, [])
    _, _, (line,) = await reconcile_chain(desk, apply=True)
    assert (line["outcome"], await desk.get_available_dollars()) == ("credited", 26)
    assert await reconcile_chain(desk, apply=True) == (25 * DOLLAR, 25 * DOLLAR, [])
    await desk.mine_and_watch()
    assert (await desk.get_available_dollars(), await list_audit_actions(desk)) == (
        26,
        ["payments.reconcile"],
    )


async def test_what_was_credited_and_is_not_there_is_named_and_left_to_a_person(desk: Desk) -> None:
    _, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH + OLD_BLOCKS)
    desk.chain.reorganise(DEPTH + OLD_BLOCKS, keep=False)
    there, booked, (line,) = await reconcile_chain(desk, apply=True)
    assert (there, booked, line["id"]) == (0, 25 * DOLLAR, f"evm:84532:{sent}:0")
    assert (line["booksUsd"], await desk.get_available_dollars()) == ("25.00", 26)


async def test_what_is_older_than_35_days_is_not_compared(desk: Desk) -> None:
    _, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine(DEPTH)
    await desk.move_time(36 * DAY)
    desk.chain.mine(OLD_BLOCKS)
    assert await reconcile_chain(desk) == (0, 0, [])


@pytest.mark.promise("payments: deposits-once")
async def test_an_address_that_nobody_watches_is_read_again_when_an_operator_says_so(
    desk: Desk,
) -> None:
    checkout, address = await desk.open_checkout()
    await desk.move_time(100 * DAY)
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert await desk.list_deposits(checkout) == []
    rehearsed = await rescan_address(desk.shop, OPERATOR, "test", address, "ticket 8", dry_run=True)
    assert "purchase" in {row["table"] for row in rehearsed["rows"]}
    assert (await desk.list_deposits(checkout), await list_audit_actions(desk)) == ([], [])
    done = await rescan_address(
        desk.shop, OPERATOR, "test", address.upper().replace("0X", "0x"), "ticket 8"
    )
    assert done["deposits"] == [{"transaction": sent, "amountUsd": "25.00", "state": "credited"}]
    again = await rescan_address(desk.shop, OPERATOR, "test", address, "ticket 8")
    assert (again["changed"], await desk.get_available_dollars()) == (False, 25)
    assert await list_audit_actions(desk) == ["crypto.rescan"]


async def test_what_a_rescan_finds_too_early_is_credited_by_the_watcher(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    await desk.move_time(100 * DAY)
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(1)
    found = await rescan_address(desk.shop, OPERATOR, "test", address, "ticket 8")
    assert (found["state"], await desk.get_available_dollars()) == ("seen", 0)
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 25)


async def test_an_address_of_nobody_is_refused(desk: Desk) -> None:
    with pytest.raises(LookupError, match="no checkout"):
        await rescan_address(desk.shop, OPERATOR, "test", USDC, "ticket 8")
