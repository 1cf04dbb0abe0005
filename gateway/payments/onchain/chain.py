"""USDC on a chain, for one book: where it is paid to. No private key is held here."""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.ledger.accounts import House
from gateway.payments.packages import Package, is_dollar_for_dollar
from gateway.payments.usdc.networks import Network, checksummed
from gateway.payments.usdc.rpc import Rpc
from gateway.payments.usdc.schemas import CryptoMethod

ACCOUNT_DEPTH = 3  # m/44'/60'/0'


class Wallet:
    """The addresses of an account's extended public key."""

    def __init__(self, xpub: str, name: str) -> None:
        """Read the key.

        Raises:
            ValueError: it is not one of an account, naming its setting.
        """
        from slip10 import SLIP10  # type: ignore[import-untyped]  # noqa: PLC0415 - where it is used

        try:
            self._keys: Any = SLIP10.from_xpub(xpub)
        except (AssertionError, ValueError) as error:  # it asserts the length
            raise ValueError(f"{name} must be an extended public key xpub…") from error
        if self._keys.depth != ACCOUNT_DEPTH:
            raise ValueError(f"{name} must be an account key: m/44'/60'/0'")
        self.fingerprint = hashlib.sha256(xpub.encode()).hexdigest()[:16]

    def address(self, position: int) -> str:
        """Return address m/0/position of the account, with its checksum in the case."""
        from eth_keys.datatypes import PublicKey  # noqa: PLC0415 - takes a while to load

        public: Any = PublicKey.from_compressed_bytes(
            self._keys.get_pubkey_from_path([0, position])
        )
        return checksummed(public.to_address())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Everything about taking USDC in one book; `holder` names this process among its twins.

    `reserved` is an address of the wallet that is no checkout's, in lower case: something else is
    paid there.
    """

    name: ClassVar = "onchain"
    compared_as: ClassVar = "evm"
    method: ClassVar = "crypto"
    clearing: ClassVar = House.CLEARING_ONCHAIN
    refusal: ClassVar = "USDC is not accepted"
    pays_in_parts: ClassVar = True
    completes_late: ClassVar = False

    book: str
    network: Network
    wallet: Wallet
    rpc: Rpc
    confirmations: int
    holder: str
    reserved: str = ""

    def sells(self, package: Package) -> bool:
        """Return True if a package is dollar for dollar, as deposits are credited."""
        return is_dollar_for_dollar(package)

    def offer(self) -> CryptoMethod:
        """Return what the list of packages says of it."""
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
        """Return what addresses are counted by."""
        return f"{self.network.chain_id}:{self.wallet.fingerprint}"

    def link(self, address: str, amount_microusd: int) -> str:
        """Return a payment link as in EIP-681."""
        at = f"{self.network.usdc}@{self.network.chain_id}"
        return f"ethereum:{at}/transfer?address={address}&uint256={amount_microusd}"
