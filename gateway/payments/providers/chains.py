"""USDC on a chain, for one book: where it is paid to. No private key is held here."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.payments.providers.evm_rpc import Rpc

HALF_OF_HEX = 8
ACCOUNT_DEPTH = 3  # m/44'/60'/0'
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Network:
    """A chain, and the contract of USDC there; an atomic unit is a micro-dollar."""

    name: str
    chain_id: int
    usdc: str
    usdc_name: str


NETWORKS = {
    "live": Network("base", 8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin"),
    "test": Network("base-sepolia", 84532, "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC"),
}


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
    """Everything about taking USDC in one book; `holder` names this process among its twins."""

    network: Network
    wallet: Wallet
    rpc: Rpc
    confirmations: int
    holder: str

    @property
    def wallet_name(self) -> str:
        """Return what addresses are counted by."""
        return f"{self.network.chain_id}:{self.wallet.fingerprint}"

    def link(self, address: str, amount_microusd: int) -> str:
        """Return a payment link as in EIP-681."""
        at = f"{self.network.usdc}@{self.network.chain_id}"
        return f"ethereum:{at}/transfer?address={address}&uint256={amount_microusd}"


def checksummed(address: str) -> str:
    """Return an address with its checksum in the case (EIP-55); programs refuse one without.

    Raises:
        ValueError: its case is a checksum, and wrong: it was mistyped.
    """
    from eth_hash.auto import keccak  # noqa: PLC0415 - loads where it is used

    digits = address[2:].lower()
    told = keccak(digits.encode()).hex()
    found = "".join(
        each.upper() if int(told[position], 16) >= HALF_OF_HEX else each
        for position, each in enumerate(digits)
    )
    if address[2:] not in {found, digits, digits.upper()}:
        raise ValueError("its checksum is wrong: check for a typo")
    return f"0x{found}"


def rpc_of(book: str, url: str) -> Rpc | None:
    """Return the node of a book, or None where it has none.

    Raises:
        ValueError: its address is not one, naming the setting.
    """
    if not url:
        return None
    if not is_safe(url):
        raise ValueError(f"KT_{book.upper()}_EVM_RPC_URL must be an https URL, or http on loopback")
    return Rpc(url, NETWORKS[book].chain_id)


def is_safe(url: str) -> bool:
    """Say whether nobody on the way can read or change what is asked there."""
    parts = urlsplit(url)
    private = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or private)


def chain_of(
    book: str, xpub: str, rpc: Rpc | None, confirmations: int, holder: str
) -> Chain | None:
    """Return the chain on which a book takes deposits, or None where it takes none.

    Raises:
        ValueError: a setting lacks or is not valid, naming it.
    """
    name = f"KT_{book.upper()}_EVM_XPUB"
    if not xpub:
        return None
    if rpc is None:
        raise ValueError(f"{name} needs KT_{book.upper()}_EVM_RPC_URL")
    return Chain(
        network=NETWORKS[book],
        wallet=Wallet(xpub, name),
        rpc=rpc,
        confirmations=confirmations,
        holder=holder,
    )
