"""The affiliate programme: codes and clicks, and what this account earns by them."""

from killatamata._sync.paging import Page, Resource
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
from killatamata.wire import given, params

AFFILIATES = "/api/v1/affiliates"
ME = f"{AFFILIATES}/me"
REQUESTS = f"{ME}/payout-requests"


class Affiliates(Resource):
    """Referral codes, commissions and payouts; buyers stay anonymous."""

    def validate_code(self, code: str) -> CodeValidity:
        """Check whether a referral code works."""
        body = {"code": code}
        return self._transport.model(CodeValidity, "POST", f"{AFFILIATES}/validate-code", json=body)

    def capture(
        self,
        code: str,
        *,
        click_id: str | None = None,
        landing_path: str | None = None,
        referrer: str | None = None,
    ) -> CapturedClick:
        """Count a click; send its `referral_token` when the person signs up."""
        body = given(code=code, click_id=click_id, landing_path=landing_path, referrer=referrer)
        return self._transport.model(CapturedClick, "POST", f"{AFFILIATES}/capture", json=body)

    def apply(
        self,
        display_name: str,
        *,
        accept_terms: bool,
        website: str | None = None,
        promotion_plan: str | None = None,
        desired_code: str | None = None,
        idempotency_key: str | None = None,
    ) -> AppliedAsAffiliate:
        """Apply for the programme; the operator decides.

        Raises:
            Conflict: applied before, or the code is taken.
        """
        body = given(
            display_name=display_name,
            accept_terms=accept_terms,
            website=website,
            promotion_plan=promotion_plan,
            desired_code=desired_code,
        )
        return self._transport.model(
            AppliedAsAffiliate,
            "POST",
            f"{ME}/apply",
            json=body,
            idempotency_key=idempotency_key,
        )

    def get(self) -> AffiliateShown:
        """Return state, link, terms and payout settings.

        Raises:
            NotFound: this account is not an affiliate.
        """
        return self._transport.model(AffiliateShown, "GET", ME)

    def update(
        self,
        *,
        display_name: str | None = None,
        website: str | None = None,
        code: str | None = None,
    ) -> AffiliateShown:
        """Change name, website or code; the payout destination changes on the web page only.

        Raises:
            Conflict: the code is taken, or was changed in the last 30 days.
        """
        body = given(display_name=display_name, website=website, code=code)
        return self._transport.model(AffiliateShown, "PATCH", ME, json=body)

    def code(self) -> AffiliateCodeShown:
        """Return the code and its link."""
        return self._transport.model(AffiliateCodeShown, "GET", f"{ME}/code")

    def dashboard(self, *, days: int = 30) -> Dashboard:
        """Sum up the clicks and sign-ups of the last `days`, and commission by state."""
        return self._transport.model(Dashboard, "GET", f"{ME}/dashboard", params=params(days=days))

    def commissions(self, *, state: str | None = None, limit: int = 20) -> Page[CommissionShown]:
        """Return the commissions, the newest first."""
        query = params(state=state, limit=limit)
        return self._page(CommissionShown, f"{ME}/commissions", query)

    def payouts(self, *, limit: int = 20) -> Page[PayoutShown]:
        """Return the payouts, the newest first."""
        return self._page(PayoutShown, f"{ME}/payouts", params(limit=limit))

    def payout_requests(self, *, limit: int = 20) -> Page[PayoutRequestShown]:
        """Return the payout requests with their outcomes, the newest first."""
        return self._page(PayoutRequestShown, REQUESTS, params(limit=limit))

    def request_payout(
        self,
        *,
        amount_usd: str | None = None,
        method: str | None = None,
        idempotency_key: str | None = None,
    ) -> PayoutRequestShown:
        """Request a payout of `amount_usd`, or of everything available.

        Raises:
            PermissionDenied: not approved, or the destination is new.
            Conflict: a request is open, or the amount exceeds what is available.
            Unprocessable: below $25, or no destination.
        """
        body = given(amount_usd=amount_usd, method=method)
        return self._transport.model(
            PayoutRequestShown, "POST", REQUESTS, json=body, idempotency_key=idempotency_key
        )

    def bind_code(self, *, code: str | None = None, referral_token: str | None = None) -> BoundCode:
        """Bind the code or link that referred this account; give one of the two.

        Raises:
            NotFound: no such code.
            Conflict: a code is bound already, or the time for it has passed.
            Unprocessable: the code is the account's own.
        """
        body = given(code=code, referral_token=referral_token)
        return self._transport.model(BoundCode, "POST", f"{ME}/bind-code", json=body)

    def bound_code(self) -> BindingShown:
        """Return the code that referred this account, or the deadline for binding one."""
        return self._transport.model(BindingShown, "GET", f"{ME}/bind-code")
