"""The page of an affiliate: application, link, visits, commissions, payouts."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.affiliates import operations as affiliates
from gateway.affiliates.errors import NotAnAffiliate
from gateway.affiliates.programme import (
    BINDING_PERIOD,
    COMMISSION_HOLD,
    EARNING_PERIOD,
    MIN_PAYOUT_MICROUSD,
    RATE_BPS,
)
from gateway.affiliates.states import OPEN_PAYOUT_STATES, CommissionState, PayoutState
from gateway.kit.clock import DAY
from gateway.kit.errors import CrossSiteRefused, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.referrals import REFERRAL_LIFETIME
from gateway.pages.answers import EarningsAnswer, WireAnswer
from gateway.pages.charts import Chart, build_chart, fill_days
from gateway.pages.dialogs import next_form_key, to_field_problems
from gateway.pages.field_words import list_options
from gateway.pages.grants import read_amount
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

AFFILIATE_PATH = "/affiliate"
FILTERS = ("days", "state", "cursor")
DAY_CHOICES = ("30", "90", "365")
COMMISSION_LINES = "10"
COMMISSION_WORDS = {
    CommissionState.PENDING: ("queued", "Pending"),
    CommissionState.HOLD: ("expired", "On hold"),
    CommissionState.APPROVED: ("running", "Approved"),
    CommissionState.IN_PAYOUT: ("running", "In a payout"),
    CommissionState.PAID: ("succeeded", "Paid"),
    CommissionState.REVERSED: ("canceled", "Reversed"),
}
PAYOUT_WORDS = {
    PayoutState.REQUESTED: ("queued", "Requested"),
    PayoutState.APPROVED: ("running", "Approved"),
    PayoutState.PAID: ("succeeded", "Paid"),
    PayoutState.REJECTED: ("failed", "Rejected"),
    PayoutState.FAILED: ("failed", "Failed"),
}
CORRECTION_WORDS = {"clawback": "Clawed back", "restored": "Restored"}
PROGRAMME_TERMS = {
    "rate_bps": RATE_BPS,
    "cookie_days": REFERRAL_LIFETIME // DAY,
    "hold_days": COMMISSION_HOLD // DAY,
    "earns_days": EARNING_PERIOD // DAY,
    "binding_days": BINDING_PERIOD // DAY,
    "least_microusd": MIN_PAYOUT_MICROUSD,
}
HINTS = {
    "affiliate_not_approved": "Ask the operator of this gateway.",
    "payouts_blocked": "The page says when they resume.",
    "payout_already_open": "It is listed below; request again once it is paid or rejected.",
    "insufficient_commission": "Request no more than is available.",
    "payout_destination_invalid": "A wallet is 0x and 40 digits; PayPal takes an e-mail address.",
    "already_applied": "Its state is shown below.",
    "code_not_found": "Check it with whoever gave it to you.",
}
FormFields = Mapping[str, str]


class _AffiliatePage(TypedDict):
    numbers: EarningsAnswer
    chart: Chart
    query: dict[str, str]
    all_days: tuple[str, ...]
    commissions: WireAnswer
    payouts: list[WireAnswer]
    paid: dict[str, WireAnswer]
    waiting: bool
    methods: Mapping[str, str]
    commission_states: dict[CommissionState, tuple[str, str]]
    payout_states: dict[PayoutState, tuple[str, str]]
    kinds: dict[str, str]
    affiliate: WireAnswer


class AffiliatePages:
    """The views of the affiliate page; every number comes from an operation."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person, post = self._client.person_view, ["POST"]
        return [
            Route(AFFILIATE_PATH, person(self.show_affiliate), methods=["GET"]),
            Route(f"{AFFILIATE_PATH}/apply", person(self.apply), methods=post),
            Route(f"{AFFILIATE_PATH}/profile", person(self.change_profile), methods=post),
            Route(f"{AFFILIATE_PATH}/destination", person(self.change_destination), methods=post),
            Route(f"{AFFILIATE_PATH}/payout", person(self.request_payout), methods=post),
            Route(f"{AFFILIATE_PATH}/bind", person(self.bind_code), methods=post),
        ]

    async def show_affiliate(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def apply(self, request: Request, caller: Caller) -> Response:
        """Apply for the programme."""

        def wanted(fields: FormFields) -> Mapping[str, object]:
            names = ("displayName", "website", "promotionPlan", "desiredCode")
            return pick_filled(fields, *names) | {"acceptTerms": "acceptTerms" in fields}

        return await self._submit_form(request, caller, affiliates.apply_as_affiliate, wanted)

    async def change_profile(self, request: Request, caller: Caller) -> Response:
        """Change name, website or code; an empty website is removed."""

        def wanted(fields: FormFields) -> Mapping[str, object]:
            filled_fields = pick_filled(fields, "displayName", "website", "code")
            return {"website": None, **filled_fields} if "website" in fields else filled_fields

        return await self._submit_form(request, caller, affiliates.update_affiliate, wanted)

    async def change_destination(self, request: Request, caller: Caller) -> Response:
        """Set the destination of payouts."""

        def wanted(fields: FormFields) -> Mapping[str, object]:
            return pick_filled(fields, "payoutMethod", "payoutDestination")

        return await self._submit_form(request, caller, affiliates.update_affiliate, wanted)

    async def request_payout(self, request: Request, caller: Caller) -> Response:
        """Request a payout; a second press of the form requests no second one."""

        def wanted(fields: FormFields) -> Mapping[str, object]:
            amount_usd = read_amount(fields, "amountUsd")
            return pick_filled(fields, "method") | ({"amountUsd": amount_usd} if amount_usd else {})

        return await self._submit_form(request, caller, affiliates.request_payout, wanted)

    async def bind_code(self, request: Request, caller: Caller) -> Response:
        """Bind this account to the code of the affiliate who referred it."""

        def wanted(fields: FormFields) -> Mapping[str, object]:
            return {"code": fields.get("code", "").strip()}

        return await self._submit_form(request, caller, affiliates.bind_affiliate_code, wanted)

    async def _submit_form(
        self,
        request: Request,
        caller: Caller,
        handler: Callable[..., Any],
        build_body: Callable[[FormFields], Mapping[str, object]],
    ) -> Response:
        """Call an operation from a form; a refusal is shown on the page, with what was typed."""
        fields = await read_form(request)
        key = fields.get("idempotencyKey")
        try:
            await self._client.call_from_form(handler, request, caller, build_body(fields), key=key)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            problem.next_step = HINTS.get(problem.code, problem.next_step)
            return await self._page(request, caller, problem, fields)
        return see_other(get_shell(request).to(AFFILIATE_PATH))

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        posted_fields: FormFields | None = None,
    ) -> Response:
        earnings: Mapping[str, Any] = {}
        try:
            affiliate_answer = await self._client.read_wire(
                affiliates.get_affiliate, request, caller
            )
        except NotAnAffiliate:
            template = "affiliate_apply.html"
        else:
            template, earnings = (
                "affiliate.html",
                await self._read_earnings(request, caller, affiliate_answer),
            )
        return render_page(
            request,
            template,
            problem=problem,
            form=request.url.path.removeprefix(AFFILIATE_PATH).strip("/"),
            given=defaultdict(str, posted_fields or {}),
            wrong=defaultdict(str, to_field_problems(problem)),
            idempotency_key=next_form_key(posted_fields or {}, problem),
            terms=PROGRAMME_TERMS,
            binding=await self._client.read_wire(affiliates.get_bound_code, request, caller),
            **earnings,
        )

    async def _read_earnings(
        self, request: Request, caller: Caller, affiliate: WireAnswer
    ) -> _AffiliatePage:
        read_wire, params = self._client.read_wire, request.query_params
        query = {name: params[name] for name in FILTERS if params.get(name)}
        days = {"days": query.get("days", DAY_CHOICES[0])}
        dashboard = await read_wire(affiliates.get_affiliate_dashboard, request, caller, **days)
        numbers = cast("EarningsAnswer", dashboard)
        filters = {name: query[name] for name in ("state", "cursor") if name in query}
        commission_query = {"limit": COMMISSION_LINES} | filters
        commissions = await read_wire(
            affiliates.list_commissions, request, caller, **commission_query
        )
        payout_requests = await read_wire(affiliates.list_payout_requests, request, caller)
        made_payouts = await read_wire(affiliates.list_payouts, request, caller)
        payouts = payout_requests["data"]
        return {
            "numbers": numbers,
            "chart": _chart_earnings(numbers),
            "query": query | days,
            "all_days": DAY_CHOICES,
            "commissions": commissions,
            "payouts": payouts,
            "paid": {each["id"]: each for each in made_payouts["data"]},
            "waiting": any(each["state"] in OPEN_PAYOUT_STATES for each in payouts),
            "methods": list_options("payoutMethod"),
            "commission_states": COMMISSION_WORDS,
            "payout_states": PAYOUT_WORDS,
            "kinds": CORRECTION_WORDS,
            "affiliate": affiliate,
        }


def pick_filled(fields: FormFields, *names: str) -> dict[str, str]:
    """Return the named fields that are not empty."""
    return {name: text for name in names if (text := fields.get(name, "").strip())}


def _chart_earnings(numbers: EarningsAnswer) -> Chart:
    earned = {day["date"]: max(0, day["commissionMicrousd"]) for day in numbers["series"]}
    first, last = (date.fromisoformat(numbers["series"][at]["date"]) for at in (0, -1))
    return build_chart(fill_days(first, last, earned))
