"""The provider of x402 payments: opened by the settings, swept and reconciled."""

from dataclasses import dataclass
from typing import ClassVar

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.outgoing.bounded_client import build_http_client
from gateway.payments.reconciliation_report import ReconciliationReport
from gateway.payments.shop import Shop
from gateway.payments.usdc.networks import NETWORKS, build_rpc, is_safe_url, to_checksummed_address
from gateway.payments.usdc.rpc import Rpc
from gateway.payments.x402 import authorization_comparison, x402_sweeps
from gateway.payments.x402.client import ADDRESS, LIMITS, X402


@dataclass(frozen=True, slots=True, kw_only=True)
class X402Provider(X402):
    """x402 in one book, with its sweep and its comparison."""

    sweep_name: ClassVar = "x402"
    sweep_seconds: ClassVar = x402_sweeps.SWEEP_SECONDS

    async def compare(
        self, shop: Shop, report: ReconciliationReport, since: int, *, apply: bool
    ) -> None:
        """Compare the authorizations that paid us; `apply` credits what is missing."""
        await authorization_comparison.compare(shop, self, report, since, apply=apply)

    @staticmethod
    async def sweep(shop: Shop) -> None:
        """Settle the payments whose end is open."""
        await x402_sweeps.sweep_x402_payments(shop)


def open_x402(settings: Settings, _: Ids) -> list[X402Provider]:
    """Open x402 for each book that takes it.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    settings_by_book = {
        "live": (
            settings.live_x402_pay_to,
            settings.live_x402_facilitator_url,
            settings.live_x402_facilitator_token,
            settings.live_evm_rpc_url,
        ),
        "test": (
            settings.test_x402_pay_to,
            settings.test_x402_facilitator_url,
            settings.test_x402_facilitator_token,
            settings.test_evm_rpc_url,
        ),
    }
    providers = [
        build_x402(
            book,
            pay_to=pay_to,
            facilitator=facilitator,
            token=token.get_secret_value(),
            rpc=build_rpc(book, node.get_secret_value()),
            site=settings.api_url,
            confirmations=settings.evm_confirmations,
        )
        for book, (pay_to, facilitator, token, node) in settings_by_book.items()
    ]
    return [each for each in providers if each is not None]


def build_x402(
    book: str,
    *,
    pay_to: str,
    facilitator: str,
    token: str,
    rpc: Rpc | None,
    site: str,
    confirmations: int,
) -> X402Provider | None:
    """Build x402 for a book, or return None if the book has no settings for it.

    Raises:
        ValueError: a setting is missing or not valid; the message names it.
    """
    pay_to_name, facilitator_name = (
        f"KT_{book.upper()}_X402_PAY_TO",
        f"KT_{book.upper()}_X402_FACILITATOR_URL",
    )
    if not pay_to and not facilitator:
        return None
    if not pay_to or not facilitator or rpc is None:
        raise ValueError(
            f"set {pay_to_name}, {facilitator_name} and KT_{book.upper()}_EVM_RPC_URL together"
        )
    if ADDRESS.fullmatch(pay_to) is None:
        raise ValueError(f"{pay_to_name} must be an address 0x…")
    try:
        pay_to = to_checksummed_address(pay_to)
    except ValueError as error:
        raise ValueError(f"{pay_to_name}: {error}") from error
    if not is_safe_url(facilitator):
        raise ValueError(f"{facilitator_name} must be an https URL, or http on loopback")
    from x402.http.facilitator_client import (  # noqa: PLC0415 - loads where it is used
        FacilitatorConfig,
        HTTPFacilitatorClient,
    )

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    http = build_http_client(LIMITS, headers=headers)
    return X402Provider(
        book=book,
        network=NETWORKS[book],
        pay_to=pay_to,
        facilitator=HTTPFacilitatorClient(FacilitatorConfig(url=facilitator, http_client=http)),
        http=http,
        rpc=rpc,
        site=site,
        confirmations=confirmations,
    )
