"""Ten histories drawn at random, on both databases: the books agree with the bank to the cent.

A history mixes purchases with tax, currencies and promotion codes, slow banks, disputes, refunds in
parts and failed ones, credit codes, auto top-up with declines and confirmations, spending, claims,
sweeps, and events that come late, twice, at once or never. On PostgreSQL two gateways serve it.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import pytest

from tests.databases import DATABASE_KINDS
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.flows.money.histories import acts
from tests.flows.money.histories.bank_books import compute_owed_credit
from tests.flows.money.histories.closing import close_history
from tests.flows.money.histories.code_acts import compute_code_credit
from tests.flows.money.histories.history import History
from tests.flows.money.histories.selling import add_promotion_codes, write_sale_settings
from tests.flows.money.statement_payments import check_statement_payments
from tests.gateway import Gateway, serve_gateway

SEEDS = range(10)
QUICK_SEEDS = range(2)
BUYERS, STEPS = 2, 60


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        add_promotion_codes(one)
        yield one


@pytest.fixture(scope="module", params=DATABASE_KINDS)
def shops(
    request: pytest.FixtureRequest, bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Gateway]]:
    """One gateway on SQLite, or two on one PostgreSQL database."""
    folder, count = tmp_path_factory.mktemp("shops"), 1
    settings = bank.settings | write_sale_settings(folder)
    with ExitStack() as stack:
        if request.param == "postgresql":
            postgres = request.getfixturevalue("postgres")
            url = postgres.create_database(request.getfixturevalue("postgres_template"))
            stack.callback(postgres.drop_database, url)
            settings["KT_DATABASE_URL"], count = url, 2
        yield [
            stack.enter_context(serve_gateway(folder / "data", **settings)) for _ in range(count)
        ]


@pytest.mark.promise("payments: histories")
@pytest.mark.parametrize(
    "seed",
    [pytest.param(each, marks=() if each in QUICK_SEEDS else pytest.mark.slow) for each in SEEDS],
)
def test_whatever_happened_the_books_agree_with_the_bank(
    shops: list[Gateway], bank: StripeStandIn, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - to draw the same history again
    with ExitStack() as stack:
        buyers = [stack.enter_context(random.choice(shops).account("0")) for _ in range(BUYERS)]
        packages = buyers[0].http.get("/api/v1/packages").json()["packages"]
        history = History(random, shops, bank, buyers, packages)
        history.forget_earlier_events()
        for act in acts.OPENING_ACTS:
            act(history)
        for act in random.choices(list(acts.ACTS), list(acts.ACTS.values()), k=STEPS):
            history.log.append(act.__name__)
            act(history)
        report = close_history(history)
        told = "\n".join(history.log)
        assert report["differences"] == [], told
        assert report["providerUsd"] == report["booksUsd"], told
        assert shops[0].list_findings() == [], told
        terms, paid = {each["code"]: each for each in packages}, history.find_paid()
        for buyer in buyers:
            check_statement_payments(buyer)
            own = [each for each in paid if each["account_id"] == buyer.account_id]
            owed = compute_owed_credit(own, terms) + compute_code_credit(buyer, own)
            spent = history.consumed_microusd.get(buyer.account_id, 0)
            held = buyer.get_balance()["balanceMicrousd"]
            assert owed - spent == held, told
