"""Credit codes on both databases: once each, never more than their uses, and back with a refund."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.accounts import identities
from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.errors import Problem, RateLimited
from gateway.kit.ids import ALPHABET, Ids
from gateway.kit.operation import Caller
from gateway.ledger.invariants import check_invariants
from gateway.payments.codes import credit_codes
from gateway.payments.codes.code_words import choose_words, generate_words, hash_code
from gateway.payments.codes.credit_codes import NewCode
from gateway.payments.codes.operations import list_redeemed_codes
from gateway.payments.codes.redemptions import Redemption, redeem_code
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases.purchase_credit import lock_purchase_of_payment
from gateway.payments.refunds.reversals import reverse_dispute, reverse_refund
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from tests.databases import MovedClock
from tests.payments.conftest import Buyer, NewBuyer, build_matching_payment

pytestmark = pytest.mark.anyio
TEN_DOLLARS = NewCode(book="test", credit_microusd=10_000_000, uses=3)


async def make_code(shop: Shop, new: NewCode = TEN_DOLLARS, **changes: Any) -> str:  # noqa: ANN401
    """Make a code and return its text."""
    async with shop.database.write() as session:
        _, text = await credit_codes.create_code(session, shop.ids, replace(new, **changes))
        return text


async def redeem(buyer: Buyer, typed: str, ip: str = "192.0.2.7") -> Redemption | Problem:
    """Redeem a code as the account would; return the redemption or the refusal."""
    async with buyer.shop.database.write() as session:
        return await redeem_code(session, buyer.shop.ids, get_caller(buyer), typed, ip)


def get_caller(buyer: Buyer) -> Caller:
    """Return the account as it calls with a key."""
    return Caller(
        account_id=buyer.account_id, ledger_account=buyer.ledger_account, book="test",
        key_id="key_1", scopes=frozenset({"billing"}),
    )  # fmt: skip


async def get_codes(answers: Sequence[Redemption | Problem]) -> list[str]:
    return [each.code if isinstance(each, Problem) else "redeemed" for each in answers]


async def add_address(buyer: Buyer, email: str) -> None:
    async with buyer.shop.database.write() as session:
        await identities.add_identity(
            session, buyer.shop.ids, buyer.account_id, ("email", "", email), email
        )


async def buy(buyer: Buyer, code: str = "studio_2500", **changes: object) -> Checkout:
    """Buy a package: $25 for $25 of credit and $1 of bonus."""
    row = await buyer.add_checkout(code, **changes)
    assert await buyer.settle_payment(build_matching_payment(row)) == "credited"
    return row


async def refund(buyer: Buyer, row: Checkout, dollars: int, status: str = "succeeded") -> None:
    async with buyer.shop.database.write() as session:
        purchase = await lock_purchase_of_payment(session, "test", "stripe", f"pi_{row.id}")
        assert purchase is not None
        reported = ProviderRefund(
            id=f"re_{dollars}", intent_id=f"pi_{row.id}", status=status,
            amount_micros=dollars * 1_000_000, reason=None, reversal_id=None,
        )  # fmt: skip
        await reverse_refund(session, buyer.shop, purchase, reported)


async def available(buyer: Buyer) -> int:
    return (await buyer.get_balance()).available_microusd


@pytest.mark.promise("codes: once")
async def test_a_code_credits_promotional_credit_once_however_it_is_typed(
    shop: Shop, buyer: Buyer, clock: MovedClock
) -> None:
    code = await make_code(shop, credit_days=30)
    before = clock.now()
    first = await redeem(buyer, f"  {code.lower().replace('-', ' ')} ")
    again = await redeem(buyer, code.replace("0", "o").replace("1", "l").replace("-", "\u2013"))
    assert isinstance(first, Redemption)
    assert isinstance(again, Redemption)
    assert (first.replayed, again.replayed) == (False, True)
    balance = await buyer.get_balance()
    assert balance.available_microusd == 10_000_000
    (bucket,) = balance.buckets
    assert bucket.category == "promo"
    assert bucket.expires_at is not None
    assert before <= bucket.expires_at - 30 * DAY <= clock.now()
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: uses")
async def test_of_fifty_accounts_at_once_exactly_as_many_redeem_as_the_code_has_uses(
    shop: Shop, new_buyer: NewBuyer
) -> None:
    code = await make_code(shop, uses=7)
    buyers = [await new_buyer() for _ in range(50)]
    answers = await asyncio.gather(
        *(redeem(each, code, f"198.51.{number}.1") for number, each in enumerate(buyers))
    )
    outcomes = await get_codes(answers)
    assert outcomes.count("redeemed") == 7
    assert outcomes.count("code_not_redeemable") == 43
    assert sum([await available(each) for each in buyers]) == 70_000_000
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: once")
async def test_one_account_that_redeems_twenty_times_at_once_is_credited_once(
    shop: Shop, buyer: Buyer
) -> None:
    code = await make_code(shop)
    answers = await asyncio.gather(*(redeem(buyer, code) for _ in range(10)))
    assert [isinstance(each, Redemption) for each in answers] == [True] * 10
    assert sorted(each.replayed for each in answers if isinstance(each, Redemption)) == (
        [False] + [True] * 9
    )
    assert await available(buyer) == 10_000_000
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: one-answer")
async def test_an_unknown_an_ended_a_used_up_and_a_disabled_code_get_the_same_answer(
    shop: Shop, new_buyer: NewBuyer, clock: MovedClock
) -> None:
    buyer, other = await new_buyer(), await new_buyer()
    today = datetime.fromtimestamp(clock.now() // SECOND, UTC).date()
    ended, live = await make_code(shop, last_day=today), await make_code(shop, book="live")
    used_up, disabled = await make_code(shop, uses=1), await make_code(shop)
    await redeem(other, used_up)
    async with shop.database.write() as session:
        (row,) = [
            each
            for each in await credit_codes.list_codes(session, 9)  # type: ignore[arg-type]
            if each.code_hash == hash_code(disabled)
        ]
        assert await credit_codes.disable_code(session, row.id)
        assert not await credit_codes.disable_code(session, row.id)
    await clock.advance(shop.database, DAY)
    texts = set()
    for typed in ("NOSUCHCODE", ended, live, used_up, disabled, "", "\u2013", "7K3M"):
        refusal = await redeem(buyer, typed)
        assert isinstance(refusal, Problem)
        texts.add((refusal.code, refusal.status, refusal.detail, refusal.hint))
    assert len(texts) == 1
    assert await available(buyer) == 0


@pytest.mark.promise("codes: guesses")
async def test_wrong_codes_are_limited_for_an_account_and_for_a_network(
    shop: Shop, new_buyer: NewBuyer, clock: MovedClock
) -> None:
    code = await make_code(shop, uses=99)
    buyer, other = await new_buyer(), await new_buyer()
    for _ in range(10):
        assert (await get_codes([await redeem(buyer, "WRONG")])) == ["code_not_redeemable"]
    with pytest.raises(RateLimited) as refused:
        await redeem(buyer, code)
    assert 0 < refused.value.members["retryAfterSeconds"] <= 3_600
    assert isinstance(await redeem(other, code), Redemption)
    await clock.advance(shop.database, HOUR)
    assert isinstance(await redeem(buyer, code), Redemption)
    crowd = [await new_buyer() for _ in range(11)]
    for each in crowd[:10]:
        for _ in range(10):
            await redeem(each, "WRONG")
    for _ in range(3):
        await redeem(crowd[10], "WRONG")
    with pytest.raises(RateLimited):
        await redeem(crowd[10], "WRONG")


@pytest.mark.promise("codes: one-person")
async def test_one_person_with_two_accounts_redeems_a_code_once(
    shop: Shop, new_buyer: NewBuyer
) -> None:
    ann, ann_again, eve = await new_buyer(), await new_buyer(), await new_buyer()
    await add_address(ann, "an.n@gmail.com")
    await add_address(ann_again, "ann+two@gmail.com")
    await add_address(eve, "eve@gmail.com")
    code = await make_code(shop)
    answers = [await redeem(each, code) for each in (ann, ann_again, eve)]
    assert await get_codes(answers) == ["redeemed", "code_already_redeemed", "redeemed"]
    assert await available(ann_again) == 0
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: first-purchase")
async def test_a_code_for_the_first_purchase_is_credited_with_it_and_only_then(
    shop: Shop, new_buyer: NewBuyer
) -> None:
    buyer, old = await new_buyer(), await new_buyer()
    code = await make_code(shop, first_purchase=True)
    other = await make_code(shop, first_purchase=True)
    await buy(old)
    assert await get_codes([await redeem(old, code)]) == ["first_purchase_only"]
    waiting = await redeem(buyer, code)
    assert isinstance(waiting, Redemption)
    assert (waiting.redemption.state, await available(buyer)) == ("waiting", 0)
    assert await get_codes([await redeem(buyer, other)]) == ["first_purchase_code_waiting"]
    await buy(buyer)
    assert await available(buyer) == 36_000_000
    await buy(buyer)
    assert await available(buyer) == 62_000_000
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: first-purchase")
async def test_a_purchase_below_the_least_price_leaves_the_code_waiting(
    shop: Shop, buyer: Buyer
) -> None:
    code = await make_code(shop, first_purchase=True, least_purchase_microusd=25_000_000)
    await redeem(buyer, code)
    cheap = await buy(buyer, "builder_600")
    assert await available(buyer) == 6_000_000
    await refund(buyer, cheap, 6)
    await buy(buyer)
    assert await available(buyer) == 36_000_000
    assert await check_invariants(shop.database) == []
    with pytest.raises(ValueError, match="least price"):
        await make_code(shop, least_purchase_microusd=1)


@pytest.mark.promise("codes: first-purchase")
async def test_redeeming_while_the_first_purchase_arrives_loses_and_doubles_nothing(
    shop: Shop, new_buyer: NewBuyer
) -> None:
    code = await make_code(shop, first_purchase=True, uses=20)
    for _ in range(8):
        buyer = await new_buyer()
        answer, _ = await asyncio.gather(redeem(buyer, code), buy(buyer))
        credited = isinstance(answer, Redemption)
        assert credited or await get_codes([answer]) == ["first_purchase_only"]
        assert await available(buyer) == (36_000_000 if credited else 26_000_000)
    assert await check_invariants(shop.database) == []


async def test_a_code_that_ended_counts_for_a_checkout_that_was_opened_before(
    shop: Shop, new_buyer: NewBuyer, clock: MovedClock
) -> None:
    early, late = await new_buyer(), await new_buyer()
    today = datetime.fromtimestamp(clock.now() // SECOND, UTC).date()
    code = await make_code(shop, first_purchase=True, last_day=today)
    opened = clock.now()
    for each in (early, late):
        await redeem(each, code)
    await clock.advance(shop.database, DAY)
    await buy(early, created_at=opened)
    await buy(late, created_at=clock.now())
    assert (await available(early), await available(late)) == (36_000_000, 26_000_000)
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: first-purchase")
async def test_a_code_redeemed_after_another_ended_lapses_when_that_one_is_credited(
    shop: Shop, buyer: Buyer, clock: MovedClock
) -> None:
    today = datetime.fromtimestamp(clock.now() // SECOND, UTC).date()
    first = await make_code(shop, first_purchase=True, last_day=today)
    second = await make_code(shop, first_purchase=True)
    await redeem(buyer, first)
    opened = clock.now()
    await clock.advance(shop.database, DAY)
    assert await get_codes([await redeem(buyer, second)]) == ["redeemed"]
    await buy(buyer, created_at=opened)
    assert await available(buyer) == 36_000_000
    await buy(buyer)
    assert await available(buyer) == 62_000_000, "one code for the first purchase, not two"
    caller = get_caller(buyer)
    async with shop.database.read() as snapshot:
        shown = await list_redeemed_codes(caller, snapshot)
    assert sorted(each.state for each in shown.data) == ["credited", "lapsed"]
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: refunded")
async def test_a_refund_takes_the_codes_credit_back_in_proportion_spent_or_not(
    shop: Shop, buyer: Buyer
) -> None:
    await redeem(buyer, await make_code(shop, first_purchase=True))
    row = await buy(buyer)
    await refund(buyer, row, 5)
    assert await available(buyer) == 36_000_000 * 4 // 5
    await refund(buyer, row, 20)
    balance = await buyer.get_balance()
    assert (balance.available_microusd, balance.debt_microusd) == (0, 0)
    await refund(buyer, row, 20, "failed")
    assert await available(buyer) == 36_000_000 * 4 // 5
    assert await check_invariants(shop.database) == []


@pytest.mark.promise("codes: refunded")
async def test_buying_spending_the_codes_credit_and_a_refund_leave_a_debt_that_blocks(
    shop: Shop, buyer: Buyer
) -> None:
    from gateway.ledger.transfers import consume  # noqa: PLC0415

    await redeem(buyer, await make_code(shop, first_purchase=True))
    row = await buy(buyer, "pocket_100")
    async with shop.database.write() as session:
        await consume(
            session, shop.ids, account=buyer.ledger_account, book="test", reference="spent",
            amount_microusd=10_000_000, key_id=None,
        )  # fmt: skip
    await refund(buyer, row, 1)
    balance = await buyer.get_balance()
    assert (balance.available_microusd, balance.debt_microusd) == (-10_000_000, 10_000_000)
    assert await get_codes([await redeem(buyer, await make_code(shop, first_purchase=True))]) == [
        "first_purchase_only"
    ]
    assert await check_invariants(shop.database) == []


async def test_a_lost_dispute_takes_the_codes_credit_and_a_won_one_gives_it_back(
    shop: Shop, buyer: Buyer
) -> None:
    await redeem(buyer, await make_code(shop, first_purchase=True))
    row = await buy(buyer)
    taken: dict[str, Any] = {
        "id": "du_1", "intent_id": f"pi_{row.id}", "amount_micros": 25_000_000,
        "reason": "fraudulent", "withdrawn": True, "reinstated": False,
    }  # fmt: skip
    for status, reinstated, left in (("needs_response", False, 0), ("won", True, 36_000_000)):
        async with shop.database.write() as session:
            purchase = await lock_purchase_of_payment(session, "test", "stripe", f"pi_{row.id}")
            assert purchase is not None
            dispute = ProviderDispute(**{**taken, "status": status, "reinstated": reinstated})
            await reverse_dispute(session, shop, purchase, dispute)
        assert await available(buyer) == left
    assert await check_invariants(shop.database) == []


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=10, max_size=10))
async def test_a_generated_code_has_eighty_bits_and_is_found_however_it_is_typed(
    raw: bytes,
) -> None:
    words = generate_words(Ids(random_bytes=lambda count: raw[:count]))
    letters = words.text.replace("-", "")
    assert len(letters) == 16
    assert set(letters) <= set(ALPHABET)
    number = 0
    for letter in reversed(letters):
        number = number * 32 + ALPHABET.index(letter)
    assert number == int.from_bytes(raw, "big")
    for typed in (
        letters.lower(),
        f" {words.text} ",
        " ".join(letters),
        words.text.replace("1", "I"),
    ):
        assert hash_code(typed) == words.code_hash
    assert words.label == f"{letters[:4]}-\u2026"


@pytest.mark.parametrize(
    "word", ["", "SHORT", "x" * 41, "with space", "-DASHED", "UMLÄUTE", "a.b.c.d.e.f"]
)
async def test_a_chosen_word_has_six_to_forty_letters_and_digits(word: str) -> None:
    with pytest.raises(ValueError, match="a chosen code has"):
        choose_words(word)


async def test_a_word_is_used_once_and_a_code_keeps_its_bounds(shop: Shop) -> None:
    assert await make_code(shop, word="launch-2026") == "LAUNCH-2026"
    with pytest.raises(ValueError, match="is a code already"):
        await make_code(shop, word="LAUNCH2O26")
    for changes, message in (
        ({"credit_microusd": 0}, "the credit"), ({"credit_microusd": 10_000_000_001}, "the credit"),
        ({"uses": 0}, "the uses"), ({"credit_days": -1}, "the days"),
        ({"last_day": date(2020, 1, 1)}, "is over"), ({"note": "x" * 501}, "the note"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            await make_code(shop, **changes)
