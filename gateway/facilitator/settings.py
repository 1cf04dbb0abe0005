"""The settings of the facilitator; the gateway reads none of them."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.payments.usdc.networks import LOOPBACK, is_safe_url
from gateway.payments.x402.client import ADDRESS

PREFIX = "KT_FACILITATOR_"
KEY_PATTERN = re.compile("(0x)?[0-9a-fA-F]{64}")


class FacilitatorSettings(BaseSettings):
    """The settings, each as an environment variable with the prefix `KT_FACILITATOR_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    rpc_url: SecretStr = Field(
        SecretStr(""),
        description="`https://…`: a node of Base or Base Sepolia; the node decides which.",
    )
    key: SecretStr = Field(
        SecretStr(""), description="`0x…`: private key of an address with ETH for gas."
    )
    key_file: Path | None = Field(
        None, description="File with that key instead; readable only by its owner."
    )
    pay_to: str = Field(
        "", description="`0x…,0x…`: addresses to settle for; payments to others are refused."
    )
    token: SecretStr = Field(
        SecretStr(""), description="Bearer token that clients send; required beyond loopback."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8402, ge=0, le=65535, description="Port to listen on.")
    wait_seconds: int = Field(
        12,
        ge=1,
        le=120,
        description="How long an answer waits for the block; a gateway waits 20 seconds in all.",
    )

    @model_validator(mode="after")
    def check_complete(self) -> Self:
        """Check that the settings fit together; a refusal names the setting."""
        url = self.rpc_url.get_secret_value()
        if not url:
            raise ValueError(f"set {PREFIX}RPC_URL to the https URL of a node of the chain")
        if not is_safe_url(url):
            raise ValueError(f"{PREFIX}RPC_URL must be an https URL, or http on loopback")
        if not self.receivers:
            raise ValueError(f"set {PREFIX}PAY_TO to the addresses 0x… to settle for")
        if not all(map(ADDRESS.fullmatch, self.receivers)):
            raise ValueError(f"{PREFIX}PAY_TO must list addresses 0x…")
        if self.host not in LOOPBACK and not self.token.get_secret_value():
            raise ValueError(f"{PREFIX}TOKEN is required to listen on {self.host}")
        if bool(self.key.get_secret_value()) == (self.key_file is not None):
            raise ValueError(f"set exactly one of {PREFIX}KEY and {PREFIX}KEY_FILE")
        self.read_gas_key()
        return self

    @property
    def receivers(self) -> frozenset[str]:
        """Return the addresses that it settles for, in lower case."""
        return frozenset(each.strip().lower() for each in self.pay_to.split(",") if each.strip())

    def read_gas_key(self) -> str:
        """Read the private key.

        Raises:
            ValueError: it cannot be read; the message names the setting and never its content.
        """
        name = PREFIX + ("KEY" if self.key_file is None else "KEY_FILE")
        try:
            private_key = (
                self.key.get_secret_value() if self.key_file is None else self._read_key_file()
            )
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{name} cannot be read: {type(error).__name__}") from None
        if KEY_PATTERN.fullmatch(private_key) is None:
            raise ValueError(f"{name} must be a private key of 64 hexadecimal digits")
        return private_key

    def _read_key_file(self) -> str:
        file = self.key_file or Path()
        if file.stat().st_mode & 0o077:
            raise ValueError(f"{PREFIX}KEY_FILE is readable by others: chmod 600 it")
        return file.read_text().strip()
