"""Auto top-up on the page of credit: turn it on with a card, change it, turn it off."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.money import parse_usd, render_usd
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.pages.answers import WireAnswer
from gateway.pages.dialogs import to_field_problems
from gateway.pages.form_problems import get_posted_form, get_refused_form
from gateway.pages.grants import read_amount
from gateway.pages.operation_client import OperationClient, read_form, redirect_to_sign_in
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast
from gateway.payments.currencies import DOLLARS, render_amount
from gateway.payments.packages import Package
from gateway.payments.shop import Shop
from gateway.payments.top_ups import operations as top_ups
from gateway.payments.top_ups.mails import describe_decline
from gateway.payments.top_ups.schemas import AutoTopUp, TopUpShown
from gateway.payments.top_ups.states import PAID_CODE, OffReason, TopUpState

TOP_UP_PATH = "/credits/top-up"
TERM_FIELDS = ("thresholdUsd", "packageCode", "monthlyMaximum")
USUAL_THRESHOLD_USD, USUAL_CREDITS_A_MONTH = "5.00", 5
MOST_ROWS = "10"
STATE_WORDS = {
    TopUpState.CHARGING: "Being charged",
    TopUpState.WAITING: "Waits for you to confirm it",
    TopUpState.CREDITED: "Credited",
    TopUpState.DECLINED: "Declined by the bank",
    TopUpState.UNCONFIRMED: "Not confirmed in time",
    TopUpState.OVER_MAXIMUM: "Beyond your monthly maximum, not charged",
    TopUpState.CANCELED: "Canceled, not charged",
    TopUpState.REFUSED: "Not possible, not charged",
}
OFF_WORDS = {
    OffReason.MEMBER: "It was turned off because its card was saved by a person who has left the"
    " team, or may no longer pay for it.",
    OffReason.DECLINED: "It was turned off because the bank declined three charges in a row.",
    OffReason.CARD_BLOCKED: "It was turned off because the bank declined a charge, and says not to"
    " try that card again.",
    OffReason.REFUSED: "It was turned off because the card could not be charged.",
    OffReason.PACKAGE_GONE: "It was turned off because its package is no longer sold, or has less"
    " credit than your threshold.",
    OffReason.REFUNDED: "It was turned off because a purchase was refunded.",
    OffReason.FROZEN: "It was turned off because spending was frozen.",
    OffReason.REVIEW: "It was turned off because the operator of this gateway has to look at a"
    " payment first.",
    OffReason.OPERATOR: "The operator of this gateway stopped it. Please ask them why.",
    OffReason.RELEASED: "The operator of this gateway lets you turn it on again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpSection:
    """The section of the page: the state, its words, and the form as it was typed last."""

    now: AutoTopUp
    attempts: list[TopUpShown]
    form: Mapping[str, str]
    wrong: Mapping[str, str]
    state_words: Mapping[TopUpState, str]
    off_words: str
    currencies: list[str]
    in_team: bool

    @property
    def may_turn_on(self) -> bool:
        """Return True if it is offered and no operator has stopped it."""
        return self.now.offered and self.now.off_reason != OffReason.OPERATOR

    def describe_end(self, attempt: TopUpShown) -> str:
        """Describe the state of a top-up, with the bank's reason if it declined."""
        if attempt.decline_code == PAID_CODE:
            return "Charged and not credited: please ask the operator of this gateway"
        words = self.state_words[attempt.state]
        if attempt.state != TopUpState.DECLINED:
            return words
        return f"{words}: {describe_decline(attempt.decline_code)}"


class TopUpForms:
    """The forms of auto top-up, and what the page of credit shows of it."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._shop: Shop = client.ports.get(Shop)

    def routes(self) -> list[Route]:
        """Return the routes of these forms."""
        public, person = self._client.public_view, self._client.person_view
        return [
            Route(TOP_UP_PATH, person(self.save_terms), methods=["POST"]),
            Route(f"{TOP_UP_PATH}/card", person(self.replace_card), methods=["POST"]),
            Route(f"{TOP_UP_PATH}/off", person(self.turn_off), methods=["POST"]),
            Route(f"{TOP_UP_PATH}/return", public(self.return_from_card), methods=["GET"]),
        ]

    async def load_section(self, request: Request, caller: Caller) -> TopUpSection | None:
        """Load the section; None if it was never used and is not offered, or not to this role."""
        if not has_role(caller.role, Role.ADMIN):
            return None
        now = await self._client.read_model(top_ups.get_auto_top_up, request, caller)
        if not now.offered and now.threshold_usd is None and now.card is None:
            return None
        attempts = await self._client.read_model(
            top_ups.list_top_ups, request, caller, limit=MOST_ROWS
        )
        posted, refused = get_posted_form(request), get_refused_form(request)
        is_typed = all(name in posted for name in TERM_FIELDS)
        return TopUpSection(
            now=now,
            attempts=attempts.data,
            form=read_terms(posted)
            if is_typed
            else build_terms_form(now, self._shop.packages, request.query_params.get("currency")),
            wrong=to_field_problems(refused) if is_typed else {},
            state_words=STATE_WORDS,
            off_words="" if now.off_reason is None else OFF_WORDS.get(now.off_reason, ""),
            currencies=list_currencies(self._shop.packages, now.currency),
            in_team=caller.member_id is not None,
        )

    async def save_terms(self, request: Request, caller: Caller) -> Response:
        """Turn it on or change it; without a saved card, first go and save one."""
        terms = read_terms(await read_form(request))
        now = await self._client.read_model(top_ups.get_auto_top_up, request, caller)
        if now.card is None:
            return await self._go_to_card_page(request, caller, terms)
        await self._client.call_from_form(top_ups.change_auto_top_up, request, caller, terms)
        return self._show_again(request, "Auto top-up is on.")

    async def replace_card(self, request: Request, caller: Caller) -> Response:
        """Go and save another card, on the terms there are."""
        await read_form(request)
        now = await self._client.read_model(top_ups.get_auto_top_up, request, caller)
        terms = build_terms_form(now, self._shop.packages)
        return await self._go_to_card_page(request, caller, terms)

    async def turn_off(self, request: Request, caller: Caller) -> Response:
        """Turn it off and remove the card."""
        await read_form(request)
        now = await self._client.call_from_form(top_ups.end_auto_top_up, request, caller)
        words = "Auto top-up is off, and the card is removed."
        if now["inFlight"] is not None:
            words += " A charge already on its way may still arrive: it is credited, and the last."
        return self._show_again(request, words)

    async def return_from_card(self, request: Request) -> Response:
        """Turn it on with the card that was saved; the address is only a hint for Stripe."""
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        body = {"sessionId": request.query_params.get("session_id", "")}
        try:
            now = await self._client.claim_payment(top_ups.claim_saved_card, request, caller, body)
        except NotFound:
            return self._show_again(request, "That page to save a card is unknown here.")
        words = "No card was saved." if now["card"] is None else "Your card is saved."
        return self._show_again(request, f"{words} Auto top-up is {now['state']}.")

    async def claim_card(
        self, request: Request, caller: Caller, body: Mapping[str, str]
    ) -> WireAnswer | None:
        """Take the card that was saved while buying; if that fails, the sweep takes it later."""
        with contextlib.suppress(Problem):
            return await self._client.claim_payment(top_ups.claim_saved_card, request, caller, body)
        return None

    async def _go_to_card_page(
        self, request: Request, caller: Caller, terms: Mapping[str, str]
    ) -> Response:
        mode = f"?mode={caller.book}"
        body = {**terms, "returnPath": f"{TOP_UP_PATH}/return{mode}"}
        page = await self._client.call_from_form(top_ups.start_saving_card, request, caller, body)
        return see_other(page["url"])

    def _show_again(self, request: Request, words: str) -> Response:
        response = see_other(f"{get_shell(request).to('/credits')}#top-up")
        return add_toast(request, response, Toast(words=words))


def read_terms(fields: Mapping[str, str]) -> dict[str, str]:
    """Read the terms of a form as they were typed."""
    return {
        "thresholdUsd": read_amount(fields, "thresholdUsd"),
        "packageCode": fields.get("packageCode", ""),
        "currency": fields.get("currency") or DOLLARS,
        "monthlyMaximum": read_amount(fields, "monthlyMaximum"),
    }


def build_terms_form(
    now: AutoTopUp, packages: Sequence[Package], wanted: str | None = None
) -> dict[str, str]:
    """Build the terms that the form starts with: those in force, else usual ones that fit.

    The usual ones are in the wanted currency, if the package has a price in it.
    """
    usual = choose_usual_package(packages)
    prices = usual.list_prices()
    currency = wanted if wanted is not None and wanted in prices else DOLLARS
    maximum = render_amount(prices[currency] * USUAL_CREDITS_A_MONTH, currency)
    threshold = min(parse_usd(USUAL_THRESHOLD_USD), usual.credit_microusd)
    return {
        "thresholdUsd": now.threshold_usd or render_usd(threshold),
        "packageCode": now.package_code or usual.code,
        "currency": now.currency or currency,
        "monthlyMaximum": now.monthly_maximum or maximum,
    }


def list_currencies(packages: Sequence[Package], chosen: str | None) -> list[str]:
    """List the currencies that a package has a price in, dollars first, with the chosen one."""
    prices = [currency for each in packages for currency in each.list_prices()]
    return list(dict.fromkeys([DOLLARS, *prices, *([chosen] if chosen else [])]))


def choose_usual_package(packages: Sequence[Package]) -> Package:
    """Return the smallest package that lifts an empty account above the usual threshold."""
    by_credit = sorted(packages, key=lambda each: each.credit_microusd)
    least = parse_usd(USUAL_THRESHOLD_USD)
    return next((each for each in by_credit if each.credit_microusd >= least), by_credit[-1])
