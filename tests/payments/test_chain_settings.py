"""A chain that is half set up does not start, and says which setting lacks."""

import pytest

from gateway.kit.money import MICROUSD
from gateway.payments.onchain import chain_of
from gateway.payments.packages import Package, buyable
from tests.payments.wallets import XPRV, XPUB, XPUB_OF_MASTER

URL = "https://node.example/v2/secret"


@pytest.mark.parametrize(
    ("xpub", "url", "named"),
    [
        (XPUB, "", "KT_LIVE_EVM_RPC_URL"),
        ("", URL, "KT_LIVE_EVM_XPUB"),
        ("xpub-nonsense", URL, "KT_LIVE_EVM_XPUB"),
        (XPRV, URL, "KT_LIVE_EVM_XPUB"),
        (XPUB_OF_MASTER, URL, "KT_LIVE_EVM_XPUB"),
        (XPUB, "http://node.example", "KT_LIVE_EVM_RPC_URL"),
        (XPUB, "node.example", "KT_LIVE_EVM_RPC_URL"),
    ],
)
def test_a_wrong_or_half_setting_is_named_and_never_shown(xpub: str, url: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        chain_of("live", xpub, url, 12, "one")
    assert "secret" not in str(refused.value)
    assert "xprv" not in str(refused.value)


def test_without_settings_there_is_no_chain() -> None:
    assert chain_of("live", "", "", 12, "one") is None


@pytest.mark.anyio
async def test_a_link_names_chain_token_address_and_amount() -> None:
    chain = chain_of("live", XPUB, URL, 12, "one")
    assert chain is not None
    link = chain.link("0xA11CE", 25 * MICROUSD)
    assert link == (
        "ethereum:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913@8453/transfer"
        "?address=0xA11CE&uint256=25000000"
    )
    await chain.rpc.close()


def test_a_package_whose_credit_is_not_its_price_is_not_sold_for_deposits() -> None:
    odd = Package(code="odd", name="Odd", price_microusd=MICROUSD, credit_microusd=2 * MICROUSD)
    assert not buyable(odd, "crypto")
    assert buyable(odd, "stripe")
