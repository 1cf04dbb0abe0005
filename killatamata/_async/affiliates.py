"""The affiliate programme: codes and clicks, and what this account earns by them."""

from killatamata._async.paging import AsyncPage, Resource
from killatamata.timeouts import Timeout
from killatamata.types import (
    AffiliateCodeShown,
    AffiliateShown,
    AppliedAsAffiliate,
    BindingShown,
    BoundCode,
    CapturedClick,
    CodeValidity,
    CommissionShown,
    Dashboard,
    PayoutRequestShown,
    PayoutShown,
)
from killatamata.wire import build_query, build_wire_fields

AFFILIATES_PATH = "/api/v1/affiliates"
OWN_PATH = f"{AFFILIATES_PATH}/me"
PAYOUT_REQUESTS_PATH = f"{OWN_PATH}/payout-requests"


class Affiliates(Resource):
    """Referral codes, commissions and payouts; buyers stay anonymous."""

    async def validate_code(self, code: str, *, timeout: Timeout | None = None) -> CodeValidity:
        """Check whether a referral code works."""
        body = {"code": code}
        return await self._transport.request_model(
            CodeValidity, "POST", f"{AFFILIATES_PATH}/validate-code", json=body, timeout=timeout
        )

    async def capture(
        self,
        code: str,
        *,
        click_id: str | None = None,
        landing_path: str | None = None,
        referrer: str | None = None,
        timeout: Timeout | None = None,
    ) -> CapturedClick:
        """Count a click; send its `referral_token` when the person signs up."""
        body = build_wire_fields(
            code=code, click_id=click_id, landing_path=landing_path, referrer=referrer
        )
        return await self._transport.request_model(
            CapturedClick, "POST", f"{AFFILIATES_PATH}/capture", json=body, timeout=timeout
        )

    async def apply(
        self,
        display_name: str,
        *,
        accept_terms: bool,
        website: str | None = None,
        promotion_plan: str | None = None,
        desired_code: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> AppliedAsAffiliate:
        """Apply for the programme; the operator decides.

        Raises:
            Conflict: applied before, or the code is taken.
        """
        body = build_wire_fields(
            display_name=display_name,
            accept_terms=accept_terms,
            website=website,
            promotion_plan=promotion_plan,
            desired_code=desired_code,
        )
        return await self._transport.request_model(
            AppliedAsAffiliate,
            "POST",
            f"{OWN_PATH}/apply",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def get(self, *, timeout: Timeout | None = None) -> AffiliateShown:
        """Return state, link, terms and payout settings.

        Raises:
            NotFound: this account is not an affiliate.
        """
        return await self._transport.request_model(AffiliateShown, "GET", OWN_PATH, timeout=timeout)

    async def update(
        self,
        *,
        display_name: str | None = None,
        website: str | None = None,
        code: str | None = None,
        timeout: Timeout | None = None,
    ) -> AffiliateShown:
        """Change name, website or code; the payout destination changes on the web page only.

        Raises:
            Conflict: the code is taken, or was changed in the last 30 days.
        """
        body = build_wire_fields(display_name=display_name, website=website, code=code)
        return await self._transport.request_model(
            AffiliateShown, "PATCH", OWN_PATH, json=body, timeout=timeout
        )

    async def code(self, *, timeout: Timeout | None = None) -> AffiliateCodeShown:
        """Return the code and its link."""
        return await self._transport.request_model(
            AffiliateCodeShown, "GET", f"{OWN_PATH}/code", timeout=timeout
        )

    async def dashboard(self, *, days: int = 30, timeout: Timeout | None = None) -> Dashboard:
        """Sum up the clicks and sign-ups of the last `days`, and commission by state."""
        return await self._transport.request_model(
            Dashboard,
            "GET",
            f"{OWN_PATH}/dashboard",
            params=build_query(days=days),
            timeout=timeout,
        )

    def commissions(
        self, *, state: str | None = None, limit: int = 20, timeout: Timeout | None = None
    ) -> AsyncPage[CommissionShown]:
        """Return the commissions, the newest first."""
        query = build_query(state=state, limit=limit)
        return self._list(CommissionShown, f"{OWN_PATH}/commissions", query, timeout=timeout)

    def payouts(self, *, limit: int = 20, timeout: Timeout | None = None) -> AsyncPage[PayoutShown]:
        """Return the payouts, the newest first."""
        return self._list(
            PayoutShown, f"{OWN_PATH}/payouts", build_query(limit=limit), timeout=timeout
        )

    def payout_requests(
        self, *, limit: int = 20, timeout: Timeout | None = None
    ) -> AsyncPage[PayoutRequestShown]:
        """Return the payout requests with their outcomes, the newest first."""
        return self._list(
            PayoutRequestShown, PAYOUT_REQUESTS_PATH, build_query(limit=limit), timeout=timeout
        )

    async def request_payout(
        self,
        *,
        amount_usd: str | None = None,
        method: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> PayoutRequestShown:
        """Request a payout of `amount_usd`, or of everything available.

        Raises:
            PermissionDenied: not approved, or the destination is new.
            Conflict: a request is open, or the amount exceeds what is available.
            Unprocessable: below $25, or no destination.
        """
        body = build_wire_fields(amount_usd=amount_usd, method=method)
        return await self._transport.request_model(
            PayoutRequestShown,
            "POST",
            PAYOUT_REQUESTS_PATH,
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def bind_code(
        self,
        *,
        code: str | None = None,
        referral_token: str | None = None,
        timeout: Timeout | None = None,
    ) -> BoundCode:
        """Bind the code or link that referred this account; give one of the two.

        Raises:
            NotFound: no such code.
            Conflict: a code is bound already, or the time for it has passed.
            Unprocessable: the code is the account's own.
        """
        body = build_wire_fields(code=code, referral_token=referral_token)
        return await self._transport.request_model(
            BoundCode, "POST", f"{OWN_PATH}/bind-code", json=body, timeout=timeout
        )

    async def bound_code(self, *, timeout: Timeout | None = None) -> BindingShown:
        """Return the code that referred this account, or the deadline for binding one."""
        return await self._transport.request_model(
            BindingShown, "GET", f"{OWN_PATH}/bind-code", timeout=timeout
        )
