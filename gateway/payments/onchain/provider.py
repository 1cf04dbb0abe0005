"""The provider of deposits in USDC: opened by the settings, swept and reconciled."""

from dataclasses import dataclass
from typing import ClassVar

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.payments.onchain import chain_watcher, deposit_comparison
from gateway.payments.onchain.chain import Chain, Wallet
from gateway.payments.reconciliation_report import ReconciliationReport
from gateway.payments.shop import Shop
from gateway.payments.usdc.networks import NETWORKS, build_rpc
from gateway.payments.usdc.rpc import Rpc

FIRST_ADDRESSES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Onchain(Chain):
    """A chain whose blocks are read for payments to our addresses."""

    sweep_name: ClassVar = "chains"
    sweep_seconds: ClassVar = chain_watcher.WATCH_SECONDS

    async def compare(
        self, shop: Shop, report: ReconciliationReport, since: int, *, apply: bool
    ) -> None:
        """Compare the deposits of all addresses since a time; `apply` credits what is missing."""
        await deposit_comparison.compare(shop, self, report, since, apply=apply)

    @staticmethod
    async def sweep(shop: Shop) -> None:
        """Read each chain up to its newest block, and settle its checkouts."""
        await chain_watcher.watch_chains(shop)


def open_onchain(settings: Settings, ids: Ids) -> list[Onchain]:
    """Open the chain of each book that takes deposits.

    Raises:
        ValueError: a setting is missing, not valid or without use; the message names it.
    """
    settings_by_book = {
        "live": (settings.live_evm_xpub, settings.live_evm_rpc_url, settings.live_x402_pay_to),
        "test": (settings.test_evm_xpub, settings.test_evm_rpc_url, settings.test_x402_pay_to),
    }
    holder = ids.bytes(8).hex()
    chains = []
    for book, (xpub, node, pay_to) in settings_by_book.items():
        key, url = xpub.get_secret_value(), node.get_secret_value()
        if url and not (key or pay_to):
            name = f"KT_{book.upper()}"
            raise ValueError(f"{name}_EVM_RPC_URL needs {name}_EVM_XPUB or {name}_X402_PAY_TO")
        depth, rpc = settings.evm_confirmations, build_rpc(book, url)
        chains.append(build_chain(book, key, rpc, depth, holder, reserved=pay_to))
    return [chain for chain in chains if chain is not None]


def build_chain(
    book: str, xpub: str, rpc: Rpc | None, confirmations: int, holder: str, *, reserved: str = ""
) -> Onchain | None:
    """Build the chain on which a book takes deposits, or return None if it takes none.

    Raises:
        ValueError: a setting is missing or not valid; the message names it.
    """
    name = f"KT_{book.upper()}"
    if not xpub:
        return None
    if rpc is None:
        raise ValueError(f"{name}_EVM_XPUB needs {name}_EVM_RPC_URL")
    wallet = Wallet(xpub, f"{name}_EVM_XPUB")
    if reserved.lower() in {wallet.derive_address(each).lower() for each in range(FIRST_ADDRESSES)}:
        raise ValueError(f"{name}_X402_PAY_TO belongs to {name}_EVM_XPUB: use another address")
    return Onchain(
        book=book,
        network=NETWORKS[book],
        wallet=wallet,
        rpc=rpc,
        confirmations=confirmations,
        holder=holder,
        reserved_address=reserved.lower(),
    )
