"""A wallet of the tests, with its private keys; an operator keeps these elsewhere."""

from typing import Any

from eth_keys.datatypes import PrivateKey
from slip10 import SLIP10  # type: ignore[import-untyped]

HARD = 0x80000000
ACCOUNT = [HARD + 44, HARD + 60, HARD]
_KEYS: Any = SLIP10.from_seed(b"of the tests, and of nobody else")
XPUB: str = _KEYS.get_xpub_from_path(ACCOUNT)
XPRV: str = _KEYS.get_xpriv_from_path(ACCOUNT)
XPUB_OF_MASTER: str = _KEYS.get_xpub()


def derive_private_address(position: int) -> str:
    """Return the address of the private key at m/44'/60'/0'/0/position."""
    key = PrivateKey(_KEYS.get_privkey_from_path([*ACCOUNT, 0, position]))
    return str(key.public_key.to_checksum_address())
