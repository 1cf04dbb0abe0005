"""A chain that is half set up does not start, and says which setting lacks."""

import hashlib
import json
from pathlib import Path

import pytest

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from gateway.payments.onchain.chain import Wallet
from gateway.payments.onchain.provider import Onchain, build_chain, open_onchain
from gateway.payments.packages import DEFAULT_PACKAGES, Package
from gateway.payments.usdc.networks import build_rpc
from gateway.payments.x402.provider import X402Provider, open_x402
from tests.payments.wallets import XPRV, XPUB, XPUB_OF_MASTER, derive_private_address

URL, TREASURY = "https://node.example/v2/secret", "0x" + "aa" * 20
FACILITATOR = "https://facilitator.example"
ADDRESS_OF_BITCOIN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"  # base58 with a right checksum, too
# m/44'/60'/0' of the mnemonic that all tools of Ethereum know, "test test … junk"
KNOWN_XPUB = (
    "xpub6Ce9NcJvTk36xtLSrJLZqE7wtgA5deCeYs7rSQtreh4cj6ByPtrg9sD7V2FNFLPnf8heNP3FGkeV9qwfz"
    "vZNSd54JoNXVsXFYSYwHsnJxqP"
)
KNOWN_ADDRESSES = {
    0: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    1: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    2: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    1000: "0x6D58073AeeB28068c5925D618DA9f4c4F35727b3",
    2**31 - 1: "0x9d90537E6c8631CF4cBf3F3049519844027a3d68",
}


def open_providers(**given: str) -> tuple[list[Onchain], list[X402Provider]]:
    settings = Settings.model_validate(given)
    return open_onchain(settings, Ids()), open_x402(settings, Ids())


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"live_evm_xpub": XPUB}, "KT_LIVE_EVM_RPC_URL"),
        ({"live_evm_rpc_url": URL}, "KT_LIVE_EVM_XPUB"),
        ({"live_evm_xpub": "xpub-nonsense", "live_evm_rpc_url": URL}, "KT_LIVE_EVM_XPUB"),
        ({"live_evm_xpub": ADDRESS_OF_BITCOIN, "live_evm_rpc_url": URL}, "KT_LIVE_EVM_XPUB"),
        ({"live_evm_xpub": XPRV, "live_evm_rpc_url": URL}, "KT_LIVE_EVM_XPUB"),
        ({"live_evm_xpub": XPUB_OF_MASTER, "live_evm_rpc_url": URL}, "KT_LIVE_EVM_XPUB"),
        ({"live_evm_xpub": XPUB, "live_evm_rpc_url": "http://node.example"}, "KT_LIVE_EVM_RPC_URL"),
        ({"live_evm_xpub": XPUB, "live_evm_rpc_url": "node.example"}, "KT_LIVE_EVM_RPC_URL"),
        ({"test_x402_pay_to": TREASURY}, "KT_TEST_X402_FACILITATOR_URL"),
        ({"test_x402_facilitator_url": FACILITATOR}, "KT_TEST_X402_PAY_TO"),
        (
            {"test_x402_pay_to": TREASURY, "test_x402_facilitator_url": FACILITATOR},
            "KT_TEST_EVM_RPC_URL",
        ),
        *(
            (
                {
                    "test_x402_pay_to": wrong,
                    "test_x402_facilitator_url": FACILITATOR,
                    "test_evm_rpc_url": URL,
                },
                "KT_TEST_X402_PAY_TO",
            )
            for wrong in ("0x12", "0x" + "Aa" * 20)  # too short, and not its checksum
        ),
        (
            {
                "test_x402_pay_to": TREASURY,
                "test_x402_facilitator_url": "http://facilitator.example",
                "test_evm_rpc_url": URL,
            },
            "KT_TEST_X402_FACILITATOR_URL",
        ),
        (  # what is paid there would be credited twice, as a deposit too
            {
                "test_evm_xpub": XPUB,
                "test_evm_rpc_url": URL,
                "test_x402_pay_to": derive_private_address(0),
                "test_x402_facilitator_url": FACILITATOR,
            },
            "KT_TEST_X402_PAY_TO",
        ),
    ],
)
def test_a_wrong_or_half_setting_is_named_and_never_shown(
    given: dict[str, str], named: str
) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        open_providers(**given)
    assert "secret" not in str(refused.value)
    assert "xprv" not in str(refused.value)


def test_an_account_key_has_the_addresses_that_every_wallet_derives_from_it() -> None:
    wallet = Wallet(KNOWN_XPUB, "KT_LIVE_EVM_XPUB")
    assert {each: wallet.derive_address(each) for each in KNOWN_ADDRESSES} == KNOWN_ADDRESSES
    wallet = Wallet(XPUB, "KT_LIVE_EVM_XPUB")
    assert all(wallet.derive_address(each) == derive_private_address(each) for each in range(50))


@pytest.mark.parametrize(("token", "sent"), [("sesame", "Bearer sesame"), ("", None)])
def test_a_facilitator_is_told_the_token_that_is_set(token: str, sent: str | None) -> None:
    _, (x402,) = open_providers(
        test_x402_pay_to=TREASURY,
        test_x402_facilitator_url=FACILITATOR,
        test_x402_facilitator_token=token,
        test_evm_rpc_url=URL,
    )
    assert x402.http.headers.get("authorization") == sent


def test_without_settings_there_is_no_chain() -> None:
    assert open_providers() == ([], [])


@pytest.mark.anyio
async def test_a_link_names_chain_token_address_and_amount() -> None:
    chain = build_chain("live", XPUB, build_rpc("live", URL), 12, "one")
    assert chain is not None
    link = chain.build_payment_link("0xA11CE", 25 * MICROUSD_PER_USD)
    assert link == (
        "ethereum:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913@8453/transfer"
        "?address=0xA11CE&uint256=25000000"
    )
    await chain.rpc.close()


def test_a_package_whose_credit_is_not_its_price_is_not_sold_for_deposits() -> None:
    odd = Package(
        code="odd",
        name="Odd",
        price_microusd=MICROUSD_PER_USD,
        credit_microusd=2 * MICROUSD_PER_USD,
    )
    chain = build_chain("live", XPUB, build_rpc("live", URL), 12, "one")
    assert chain is not None
    assert not chain.can_sell(odd)
    assert chain.can_sell(DEFAULT_PACKAGES[0])


def test_the_token_on_file_is_what_its_source_says() -> None:
    folder = Path(__file__).parents[1] / "fakes" / "evm"
    source = (folder / "TestUSDC.sol").read_bytes()
    compiled = json.loads((folder / "TestUSDC.json").read_text())
    assert compiled["source_sha256"] == hashlib.sha256(source).hexdigest()
