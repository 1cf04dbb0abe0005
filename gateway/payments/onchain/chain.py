"""USDC on a chain, for one book, and the addresses that it is paid to; no private key."""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.ledger.accounts.owners import House
from gateway.payments.packages import Package, is_dollar_for_dollar
from gateway.payments.usdc.networks import Network, to_checksummed_address
from gateway.payments.usdc.rpc import Rpc
from gateway.payments.usdc.schemas import CryptoMethod

ACCOUNT_DEPTH = 3  # m/44'/60'/0'


class Wallet:
    """The addresses of an account's extended public key."""

    def __init__(self, xpub: str, name: str) -> None:
        """Read the extended public key.

        Raises:
            ValueError: it is no account key; the message names its setting.
        """
        from slip10 import SLIP10  # type: ignore[import-untyped]  # noqa: PLC0415 - where it is used

        try:
            self._keys: Any = SLIP10.from_xpub(xpub)
        except (AssertionError, ValueError) as error:  # it asserts the length
            raise ValueError(f"{name} must be an extended public key xpub…") from error
        if self._keys.depth != ACCOUNT_DEPTH:
            raise ValueError(f"{name} must be an account key: m/44'/60'/0'")
        self.fingerprint = hashlib.sha256(xpub.encode()).hexdigest()[:16]

    def derive_address(self, position: int) -> str:
        """Derive address m/0/position of the account, in the case of its checksum (EIP-55)."""
        from eth_keys.datatypes import PublicKey  # noqa: PLC0415 - takes a while to load

        public: Any = PublicKey.from_compressed_bytes(
            self._keys.get_pubkey_from_path([0, position])
        )
        return to_checksummed_address(public.to_address())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain on which one book takes USDC; `holder` names this process in the chain's lease.

    `reserved_address` receives other payments, and is in lower case: no checkout gets it.
    """

    name: ClassVar = "onchain"
    reconciliation_name: ClassVar = "evm"
    method: ClassVar = "crypto"
    clearing_account: ClassVar = House.CLEARING_ONCHAIN
    unavailable_message: ClassVar = "USDC is not accepted"
    pays_in_parts: ClassVar = True
    completes_late: ClassVar = False
    computes_tax: ClassVar = False
    takes_currencies: ClassVar = False
    takes_promotion_codes: ClassVar = False

    book: str
    network: Network
    wallet: Wallet
    rpc: Rpc
    confirmations: int
    holder: str
    reserved_address: str = ""

    def can_sell(self, package: Package) -> bool:
        """Return True if the credit of a package equals its price, as deposits are credited."""
        return is_dollar_for_dollar(package)

    def render_method(self) -> CryptoMethod:
        """Render this chain for the list of payment methods."""
        return CryptoMethod(
            enabled=True,
            provider="onchain",
            network=self.network.name,
            asset="USDC",
            confirmations_required=self.confirmations,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.rpc.close()

    @property
    def wallet_name(self) -> str:
        """Return the name by which addresses are counted: the chain and the wallet."""
        return f"{self.network.chain_id}:{self.wallet.fingerprint}"

    def build_payment_link(self, address: str, amount_microusd: int) -> str:
        """Build a payment link that wallets open (EIP-681)."""
        token = f"{self.network.usdc}@{self.network.chain_id}"
        return f"ethereum:{token}/transfer?address={address}&uint256={amount_microusd}"
