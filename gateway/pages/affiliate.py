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
from gateway.kit.operation import Caller
from gateway.kit.referrals import REFERRAL_LIFETIME
from gateway.kit.routing import Route
from gateway.pages.answers import EarningsAnswer, WireAnswer
from gateway.pages.asking import next_key, wrong
from gateway.pages.charts import Chart, by_day, chart
from gateway.pages.granting import amount
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form
from gateway.pages.shell import shell_of

AFFILIATE = "/affiliate"
FILTERS = ("days", "state", "cursor")
DAYS = ("30", "90", "365")
LINES = "10"
METHODS = {
    "usdc": "USDC on Base",
    "paypal": "PayPal",
    "bank": "Bank account",
    "account_credit": "Account credit",
}
COMMISSION = {
    CommissionState.PENDING: ("queued", "Pending"),
    CommissionState.HOLD: ("expired", "On hold"),
    CommissionState.APPROVED: ("running", "Approved"),
    CommissionState.IN_PAYOUT: ("running", "In a payout"),
    CommissionState.PAID: ("succeeded", "Paid"),
    CommissionState.REVERSED: ("canceled", "Reversed"),
}
PAYOUT = {
    PayoutState.REQUESTED: ("queued", "Requested"),
    PayoutState.APPROVED: ("running", "Approved"),
    PayoutState.PAID: ("succeeded", "Paid"),
    PayoutState.REJECTED: ("failed", "Rejected"),
    PayoutState.FAILED: ("failed", "Failed"),
}
KINDS = {"clawback": "Clawed back", "restored": "Restored"}
TERMS = {
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
Given = Mapping[str, str]


class _Earned(TypedDict):
    numbers: EarningsAnswer
    chart: Chart
    query: dict[str, str]
    all_days: tuple[str, ...]
    commissions: WireAnswer
    payouts: list[WireAnswer]
    paid: dict[str, WireAnswer]
    waiting: bool
    methods: dict[str, str]
    commission_states: dict[CommissionState, tuple[str, str]]
    payout_states: dict[PayoutState, tuple[str, str]]
    kinds: dict[str, str]
    affiliate: WireAnswer


class AffiliatePages:
    """The views of the affiliate page; every number comes from an operation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person, post = self._desk.for_person, ["POST"]
        return [
            Route(AFFILIATE, person(self.affiliate), methods=["GET"]),
            Route(f"{AFFILIATE}/apply", person(self.apply), methods=post),
            Route(f"{AFFILIATE}/profile", person(self.profile), methods=post),
            Route(f"{AFFILIATE}/destination", person(self.destination), methods=post),
            Route(f"{AFFILIATE}/payout", person(self.payout), methods=post),
            Route(f"{AFFILIATE}/bind", person(self.bind), methods=post),
        ]

    async def affiliate(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def apply(self, request: Request, caller: Caller) -> Response:
        """Apply for the programme."""

        def wanted(fields: Given) -> Mapping[str, object]:
            names = ("displayName", "website", "promotionPlan", "desiredCode")
            return filled(fields, *names) | {"acceptTerms": "acceptTerms" in fields}

        return await self._acted(request, caller, affiliates.apply_as_affiliate, wanted)

    async def profile(self, request: Request, caller: Caller) -> Response:
        """Change name, website or code; an empty website is removed."""

        def wanted(fields: Given) -> Mapping[str, object]:
            filled_fields = filled(fields, "displayName", "website", "code")
            return {"website": None, **filled_fields} if "website" in fields else filled_fields

        return await self._acted(request, caller, affiliates.update_affiliate, wanted)

    async def destination(self, request: Request, caller: Caller) -> Response:
        """Set the destination of payouts."""

        def wanted(fields: Given) -> Mapping[str, object]:
            return filled(fields, "payoutMethod", "payoutDestination")

        return await self._acted(request, caller, affiliates.update_affiliate, wanted)

    async def payout(self, request: Request, caller: Caller) -> Response:
        """Request a payout; a second press of the form requests no second one."""

        def wanted(fields: Given) -> Mapping[str, object]:
            amount_usd = amount(fields, "amountUsd")
            return filled(fields, "method") | ({"amountUsd": amount_usd} if amount_usd else {})

        return await self._acted(request, caller, affiliates.request_payout, wanted)

    async def bind(self, request: Request, caller: Caller) -> Response:
        """Bind this account to the code of the affiliate who referred it."""

        def wanted(fields: Given) -> Mapping[str, object]:
            return {"code": fields.get("code", "").strip()}

        return await self._acted(request, caller, affiliates.bind_affiliate_code, wanted)

    async def _acted(
        self,
        request: Request,
        caller: Caller,
        handler: Callable[..., Any],
        wanted: Callable[[Given], Mapping[str, object]],
    ) -> Response:
        """Call an operation from a form; a refusal is shown on the page, with what was typed."""
        fields = await form(request)
        key = fields.get("idempotencyKey")
        try:
            await self._desk.act(handler, request, caller, wanted(fields), key=key)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            problem.next_step = HINTS.get(problem.code, problem.next_step)
            return await self._page(request, caller, problem, fields)
        return see_other(shell_of(request).to(AFFILIATE))

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        given: Given | None = None,
    ) -> Response:
        earnings: Mapping[str, Any] = {}
        try:
            affiliate_answer = await self._desk.found(affiliates.get_affiliate, request, caller)
        except NotAnAffiliate:
            template = "affiliate_apply.html"
        else:
            template, earnings = (
                "affiliate.html",
                await self._earned(request, caller, affiliate_answer),
            )
        return page(
            request,
            template,
            problem=problem,
            form=request.url.path.removeprefix(AFFILIATE).strip("/"),
            given=defaultdict(str, given or {}),
            wrong=defaultdict(str, wrong(problem)),
            idempotency_key=next_key(given or {}, problem),
            terms=TERMS,
            binding=await self._desk.found(affiliates.get_bound_code, request, caller),
            **earnings,
        )

    async def _earned(self, request: Request, caller: Caller, affiliate: WireAnswer) -> _Earned:
        read_wire, params = self._desk.found, request.query_params
        query = {name: params[name] for name in FILTERS if params.get(name)}
        days = {"days": query.get("days", DAYS[0])}
        dashboard = await read_wire(affiliates.get_affiliate_dashboard, request, caller, **days)
        numbers = cast("EarningsAnswer", dashboard)
        filters = {name: query[name] for name in ("state", "cursor") if name in query}
        commission_query = {"limit": LINES} | filters
        commissions = await read_wire(
            affiliates.list_commissions, request, caller, **commission_query
        )
        payout_requests = await read_wire(affiliates.list_payout_requests, request, caller)
        made_payouts = await read_wire(affiliates.list_payouts, request, caller)
        payouts = payout_requests["data"]
        return {
            "numbers": numbers,
            "chart": _chart(numbers),
            "query": query | days,
            "all_days": DAYS,
            "commissions": commissions,
            "payouts": payouts,
            "paid": {each["id"]: each for each in made_payouts["data"]},
            "waiting": any(each["state"] in OPEN_PAYOUT_STATES for each in payouts),
            "methods": METHODS,
            "commission_states": COMMISSION,
            "payout_states": PAYOUT,
            "kinds": KINDS,
            "affiliate": affiliate,
        }


def filled(fields: Given, *names: str) -> dict[str, str]:
    """Return the named fields that are not empty."""
    return {name: text for name in names if (text := fields.get(name, "").strip())}


def _chart(numbers: EarningsAnswer) -> Chart:
    earned = {day["date"]: max(0, day["commissionMicrousd"]) for day in numbers["series"]}
    first, last = (date.fromisoformat(numbers["series"][at]["date"]) for at in (0, -1))
    return chart(by_day(first, last, earned))
