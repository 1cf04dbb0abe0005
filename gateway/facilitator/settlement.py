"""Verification and settlement by the rules of the x402 package, only for our own receivers.

These calls wait for the node, so the API runs them in threads.
"""

import logging

import httpx2
from web3 import Web3
from web3.exceptions import Web3Exception
from x402 import x402FacilitatorSync
from x402.mechanisms.evm.exact.facilitator import ExactEvmScheme, ExactEvmSchemeConfig
from x402.mechanisms.evm.exact.v1.facilitator import ExactEvmSchemeV1, ExactEvmSchemeV1Config
from x402.schemas import (
    PaymentPayload,
    PaymentRequirements,
    SettleResponse,
    SupportedResponse,
    VerifyResponse,
)
from x402.schemas.v1 import PaymentPayloadV1, PaymentRequirementsV1

from gateway.facilitator.gas_key import GasKey
from gateway.facilitator.settings import PREFIX, FacilitatorSettings
from gateway.payments.usdc.networks import NETWORKS, Network

NOT_OURS_REASON = "invalid_payment_requirements"
Payload = PaymentPayload | PaymentPayloadV1
Requirements = PaymentRequirements | PaymentRequirementsV1
log = logging.getLogger("gateway.facilitator")


class Facilitator:
    """The facilitator of the x402 package on one chain, for USDC to our receivers."""

    def __init__(self, settings: FacilitatorSettings) -> None:
        """Ask the node for its chain and the balance of the key, and register the schemes.

        Raises:
            ValueError: the node cannot be asked or is on another chain, or the key has no gas.
        """
        self._receivers = settings.receivers
        self.key = GasKey(settings)
        try:
            chain_id, balance = self.key.get_chain_id(), self.key.balance_wei
        except (httpx2.HTTPError, OSError, ValueError, Web3Exception) as error:
            raise ValueError(f"{PREFIX}RPC_URL cannot be reached: {type(error).__name__}") from None
        self.network = get_network(chain_id)
        if not balance:
            raise ValueError(
                f"{PREFIX}KEY: {self.key.address} has no ETH for gas on {self.network.name}"
            )
        log.info(
            "settling on %s for %s with %s, which has %s ETH",
            self.network.name, ", ".join(sorted(self._receivers)), self.key.address,
            Web3.from_wei(balance, "ether"),
        )  # fmt: skip
        # Each settlement is simulated before it is sent: if the authorization was used meanwhile,
        # it fails there and costs no gas.
        config = ExactEvmSchemeConfig(simulate_in_settle=True)
        config_v1 = ExactEvmSchemeV1Config(simulate_in_settle=True)
        self._schemes = x402FacilitatorSync()
        self._schemes.register([f"eip155:{chain_id}"], ExactEvmScheme(self.key, config))
        self._schemes.register_v1([self.network.name], ExactEvmSchemeV1(self.key, config_v1))

    def get_supported(self) -> SupportedResponse:
        """Return the schemes and chains that it supports."""
        return self._schemes.get_supported()

    def verify(self, payload: Payload, requirements: Requirements) -> VerifyResponse:
        """Verify that a payment would go through now."""
        if not self.is_for_our_receivers(payload, requirements):
            return VerifyResponse(is_valid=False, invalid_reason=NOT_OURS_REASON)
        return self._schemes.verify(payload, requirements)

    def settle(self, payload: Payload, requirements: Requirements) -> SettleResponse:
        """Send a payment and wait for its block, for a limited time.

        After that the answer is `settlement_pending`; a repeated request looks for the block again.
        """
        if not self.is_for_our_receivers(payload, requirements):
            return SettleResponse(
                success=False,
                error_reason=NOT_OURS_REASON,
                transaction="",
                network=requirements.network,
            )
        response = self._schemes.settle(payload, requirements)
        response.transaction = self.key.get_mined_hash(response.transaction)
        outcome = "settled" if response.success else response.error_reason
        log.info(
            "%.100s: %s of %s", outcome, response.transaction or "nothing sent", response.payer
        )
        return response

    def is_for_our_receivers(self, payload: Payload, requirements: Requirements) -> bool:
        """Return True if this is authorized USDC to one of our receivers."""
        return (
            requirements.asset.lower() == self.network.usdc.lower()
            and requirements.pay_to.lower() in self._receivers
            and isinstance(payload.payload.get("authorization"), dict)
        )


def get_network(chain_id: int) -> Network:
    """Return the chain with this id.

    Raises:
        ValueError: USDC is not taken there; the message names the setting.
    """
    for each in NETWORKS.values():
        if each.chain_id == chain_id:
            return each
    known = " or ".join(f"{each.name} ({each.chain_id})" for each in NETWORKS.values())
    raise ValueError(f"{PREFIX}RPC_URL is on chain {chain_id}, not on {known}")
