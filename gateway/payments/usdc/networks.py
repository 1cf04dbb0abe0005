"""The chain of each book on which USDC is taken, and the node that is asked about it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.payments.usdc.rpc import Rpc

UPPERCASE_FROM_DIGIT = 8
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Network:
    """A chain, and the contract of USDC on it; an atomic unit of USDC is a micro-dollar."""

    name: str
    chain_id: int
    usdc: str
    usdc_name: str


NETWORKS = {
    "live": Network("base", 8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin"),
    "test": Network("base-sepolia", 84532, "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC"),
}


def to_checksummed_address(address: str) -> str:
    """Return an address in the case of its checksum (EIP-55); web3 refuses any other case.

    Raises:
        ValueError: its mixed case is a wrong checksum, so it was mistyped.
    """
    from eth_hash.auto import keccak  # noqa: PLC0415 - loads where it is used

    digits = address[2:].lower()
    digest = keccak(digits.encode()).hex()
    checksummed_digits = "".join(
        each.upper() if int(digest[position], 16) >= UPPERCASE_FROM_DIGIT else each
        for position, each in enumerate(digits)
    )
    if address[2:] not in {checksummed_digits, digits, digits.upper()}:
        raise ValueError("its checksum is wrong: check for a typo")
    return f"0x{checksummed_digits}"


def build_rpc(book: str, url: str) -> Rpc | None:
    """Build the client of a book's node, or return None if the book has none.

    Raises:
        ValueError: the URL is not https, nor http on loopback; the message names the setting.
    """
    if not url:
        return None
    if not is_safe_url(url):
        raise ValueError(f"KT_{book.upper()}_EVM_RPC_URL must be an https URL, or http on loopback")
    return Rpc(url, NETWORKS[book].chain_id)


def is_safe_url(url: str) -> bool:
    """Return True if no third party can read or change the calls to this URL."""
    parts = urlsplit(url)
    private = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or private)
