"""The card that a member of a team saved is not charged once they may not pay for the team."""

import pytest

from gateway.kit import faults
from gateway.kit.clock import MINUTE
from gateway.payments.top_ups import rows, sweeps
from gateway.payments.top_ups.member_cards import end_member_cards
from tests.ledger.bank import assert_sound
from tests.payments.test_top_ups import POINTS, PowerCut
from tests.payments.top_up_fixtures import Person, bank, person, top_ups

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio
ADMIN = "acct_admin"


async def end_cards(person: Person, person_id: str) -> None:
    """End the cards of a person in the team, as their removal does."""
    shop = person.top_ups.shop
    async with shop.database.write() as session:
        await end_member_cards(session, shop, person.account_id, person_id)


@pytest.mark.promise("top-up: removed-members")
@pytest.mark.parametrize("point", POINTS[:5])
async def test_a_member_removed_before_the_charge_is_not_charged(
    person: Person, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.payer_id = ADMIN
    await person.turn_on()

    async def cut(reached: str) -> None:
        if reached == point:
            raise PowerCut

    monkeypatch.setattr(faults, "reach", cut)
    with pytest.raises(PowerCut):
        await sweeps.start_and_charge(person.top_ups, person.account_id, "test")
    monkeypatch.undo()
    await end_cards(person, ADMIN)
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.list_states() == ["canceled"]
    assert person.list_charges() == []
    assert "open" not in person.list_invoices()
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", "member")
    assert not person.has_card()
    assert person.list_subjects() == ["Auto top-up is off"]
    assert "a person who has left the team" in person.box.mails[0].text
    await assert_sound(person.top_ups.shop.database)


async def test_the_end_of_another_member_changes_nothing(person: Person) -> None:
    person.payer_id = ADMIN
    await person.turn_on()
    await end_cards(person, "acct_other")
    await person.sweep()
    assert await person.list_states() == ["credited"]
    async with person.top_ups.shop.database.read() as snapshot:
        assert await rows.find_card(snapshot, person.account_id, "test") is not None
    assert person.has_card()
