"""The first key of an account that bought credit, on both databases."""

import pytest

from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit.operation import Call, Caller
from gateway.payments.checkouts import claims
from gateway.payments.shop import Shop
from tests.payments.conftest import Buyer

pytestmark = pytest.mark.anyio
CALL = Call(request_id="rid_1", method="POST", path="/")


@pytest.mark.promise("identity: no-escalation")
async def test_an_old_session_gets_no_live_key_by_a_claim(shop: Shop, buyer: Buyer) -> None:
    checkout = await buyer.add_checkout(book="live", state="credited")
    caller = Caller(
        account_id=buyer.account_id,
        ledger_account=buyer.ledger_account,
        book="live",
        session_id="ses_1",
        signed_in_at=0,
        scopes=frozenset(),
    )
    with pytest.raises(FreshSignInRequired):
        await claims.create_first_key(shop, SessionAllowance(1), CALL, caller, checkout, "laptop")
