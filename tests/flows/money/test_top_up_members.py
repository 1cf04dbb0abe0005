"""Auto top-up of a team: the card of an admin pays while they may pay, and not a minute longer."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.admin_commands import REASON_OPTION, run_admin_json
from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.fakes.stripe.client import StripeStandIn
from tests.flows.money.histories.top_up_acts import TOP_UP, sweep_top_ups
from tests.flows.teams.people import MEMBERS, TeamPerson, open_person
from tests.gateway import Gateway, call_at_once
from tests.gateway_pairs import serve_pair
from tests.services.postgres import PostgresServer
from tests.waiting import wait_for_condition

TERMS = {"thresholdUsd": "1.00", "packageCode": "builder_600", "monthlyMaximum": "60.00"}
DUE = {"thresholdUsd": "6.00"}  # everybody here begins with $5 of play credit


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def sites(
    box: Inbox,
    bank: StripeStandIn,
    postgres: PostgresServer,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database."""
    folder = tmp_path_factory.mktemp("sites") / "data"
    settings = {"KT_SMTP_URL": box.url, **bank.settings}
    with serve_pair(folder, postgres, postgres_template, **settings) as pair:
        yield pair


@pytest.fixture
def owner(sites: list[Gateway], box: Inbox) -> Iterator[TeamPerson]:
    with open_person(sites[0], box, "olga") as one:
        yield one


@pytest.fixture
def admin(sites: list[Gateway], box: Inbox, owner: TeamPerson) -> Iterator[TeamPerson]:
    """An admin of the owner's team, whose browser works there."""
    with open_person(sites[0], box, "adam") as one:
        one.join(owner, "admin")
        yield one


def save_card(bank: StripeStandIn, person: TeamPerson, **changes: str) -> None:
    """Turn the team's auto top-up on with a person's card."""
    opened = person.web.post(f"{TOP_UP}/card", json=TERMS | changes).json()["sessionId"]
    bank.call_control("pay", session=opened, card="4242424242424242")
    claimed = person.web.post(f"{TOP_UP}/claim", json={"sessionId": opened})
    assert claimed.json()["state"] == "on", claimed.text


def list_invoices(bank: StripeStandIn, owner: TeamPerson) -> list[dict[str, Any]]:
    """List the invoices of the team's top-ups."""
    return [
        each
        for each in bank.call_control("objects", kind="invoice")
        if each["metadata"].get("account_id") == owner.account_id
    ]


def list_attached_cards(bank: StripeStandIn, owner: TeamPerson) -> list[str]:
    """List the cards that Stripe keeps for the team."""
    customers = [
        each["id"]
        for each in bank.call_control("objects", kind="customer")
        if each["metadata"].get("account_id") == owner.account_id
    ]
    methods = bank.call_control("objects", kind="payment_method")
    return [each["id"] for each in methods if each["customer"] in customers]


def leave(owner: TeamPerson, admin: TeamPerson) -> None:
    left = admin.web.delete(MEMBERS, params={"memberId": owner.find_member(admin)["id"]})
    assert left.status_code == 200, left.text


def be_removed(owner: TeamPerson, admin: TeamPerson) -> None:
    assert owner.remove(admin).status_code == 200


def be_demoted(owner: TeamPerson, admin: TeamPerson) -> None:
    change = {"memberId": owner.find_member(admin)["id"], "role": "developer"}
    changed = owner.web.patch(MEMBERS, json=change)
    assert changed.status_code == 200, changed.text


def be_removed_by_operator(owner: TeamPerson, admin: TeamPerson) -> None:
    member = owner.find_member(admin)["id"]
    assert run_admin_json(owner.site, "team", "remove", member, *REASON_OPTION)["changed"]


def be_erased(_owner: TeamPerson, admin: TeamPerson) -> None:
    erase = ("account", "erase", admin.account_id, *REASON_OPTION)
    assert run_admin_json(admin.site, *erase)["changed"]


@pytest.mark.promise("top-up: removed-members")
@pytest.mark.parametrize("end", [leave, be_removed, be_demoted, be_removed_by_operator, be_erased])
def test_auto_top_up_stops_with_the_right_of_whoever_saved_its_card(
    owner: TeamPerson,
    admin: TeamPerson,
    bank: StripeStandIn,
    box: Inbox,
    end: Callable[[TeamPerson, TeamPerson], None],
) -> None:
    save_card(bank, admin)
    assert list_attached_cards(bank, owner)
    end(owner, admin)
    now = owner.web.get(TOP_UP).json()
    assert (now["state"], now["offReason"], now["card"]) == ("off", "member", None)
    wait_for_condition(lambda: list_attached_cards(bank, owner) == [])
    wait_for_condition(lambda: find_mail(box, owner, "Auto top-up is off"))
    assert "a person who has left the team" in find_mail(box, owner, "Auto top-up is off")
    assert list_invoices(bank, owner) == []
    assert owner.site.list_findings() == []


def find_mail(box: Inbox, person: TeamPerson, subject: str) -> str:
    """Return the mail to a person whose subject ends like this, or an empty text."""
    found = (
        read_mail_text(mail)
        for mail in list(box.mails)
        if mail["To"] == person.email and mail["Subject"].endswith(subject)
    )
    return next(found, "")


def test_the_owners_card_goes_on_when_an_admin_leaves(
    owner: TeamPerson, admin: TeamPerson, bank: StripeStandIn
) -> None:
    save_card(bank, owner)
    be_removed(owner, admin)
    assert owner.web.get(TOP_UP).json()["state"] == "on"
    assert len(list_attached_cards(bank, owner)) == 1


@pytest.mark.promise("top-up: removed-members")
def test_a_removal_that_meets_a_charge_leaves_at_most_that_one(
    sites: list[Gateway], owner: TeamPerson, admin: TeamPerson, bank: StripeStandIn
) -> None:
    bank.call_control("think", seconds=0.2)
    try:
        save_card(bank, admin, **DUE)
        sweeps: list[Callable[[], Any]] = [partial(sweep_top_ups, site) for site in sites]
        removal: Callable[[], Any] = partial(be_removed, owner, admin)
        call_at_once([*sweeps, removal, *sweeps])
    finally:
        bank.call_control("think", seconds=0)
    wait_for_condition(lambda: owner.web.get(TOP_UP).json()["inFlight"] is None)
    wait_for_condition(lambda: list_attached_cards(bank, owner) == [])
    call_at_once(sweeps)
    statuses = [each["status"] for each in list_invoices(bank, owner)]
    assert "open" not in statuses
    assert statuses.count("paid") <= 1
    balance = 5_000_000 + 6_000_000 * statuses.count("paid")
    assert owner.own.get_balance()["balanceMicrousd"] == balance
    assert owner.web.get(TOP_UP).json()["state"] == "off"
    assert sites[0].list_findings() == []


def test_the_checkout_of_another_person_with_the_same_idempotency_key_is_not_ones_own(
    bank: StripeStandIn, owner: TeamPerson, admin: TeamPerson
) -> None:
    order = {"packageCode": "builder_600", "saveCard": True}
    key = {"Idempotency-Key": "topup-tonight"}
    first, other, again = (
        each.web.post("/api/v1/checkout/stripe", json=order, headers=key)
        for each in (owner, admin, admin)
    )
    assert (first.status_code, other.status_code) == (201, 201), other.text
    assert other.json()["checkoutId"] != first.json()["checkoutId"]
    assert again.json()["checkoutId"] == other.json()["checkoutId"]
    assert again.headers["Idempotency-Replayed"] == "true"
