"""The hosted page of an invoice: what it says, and how its customer pays and confirms."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.currencies import format_amount
from gateway.stripe_stand_in.invoice_payment import asks_its_holder, needs_holder, pay_at_page
from gateway.stripe_stand_in.page_parts import (
    render_bank_question,
    render_card_choice,
    render_page,
    render_problem,
    render_totals,
)
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal

STATES = {"paid": "This invoice is paid.", "void": "This invoice was canceled.",
          "draft": "This invoice is not ready."}  # fmt: skip


def build_invoice_routes(store: Store) -> list[Route]:
    """Build the routes of the hosted invoice page."""

    async def show(request: Request) -> Response:
        invoice = store.objects["invoice"].get(request.path_params["id"])
        if invoice is None:
            return render_page("There is no such invoice.", "", 404)
        return render_invoice(store, invoice, None)

    async def pay(request: Request) -> Response:
        invoice = store.objects["invoice"].get(request.path_params["id"])
        if invoice is None:
            return render_page("There is no such invoice.", "", 404)
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            return act_on_invoice(store, invoice, form)
        except StripeRefusal as refused:
            return render_invoice(store, invoice, str(refused))

    async def show_pdf(request: Request) -> Response:
        invoice = store.objects["invoice"].get(request.path_params["id"])
        if invoice is None:
            return render_page("There is no such invoice.", "", 404)
        return PlainTextResponse(render_text(invoice))

    return [
        Route("/i/{id}", show),
        Route("/i/{id}", pay, methods=["POST"]),
        Route("/i/{id}/pdf", show_pdf),
    ]


def act_on_invoice(store: Store, invoice: Object, form: dict[str, str]) -> Response:
    """Pay with the card that was chosen; its bank may first ask its holder.

    Raises:
        StripeRefusal: the invoice is not open, or the bank declined.
    """
    card = form.get("card")
    asks = needs_holder(store, invoice) if card is None else asks_its_holder(card)
    if asks and "holder" not in form:
        return render_bank_question(form)
    failed = form.get("holder") == "failed"
    pay_at_page(store, invoice["id"], card=card, holder="failed" if failed else "confirmed")
    return RedirectResponse(invoice["hosted_invoice_url"], 303)


def render_invoice(store: Store, invoice: Object, problem: str | None) -> Response:
    """Render an invoice, with what its customer can still do."""
    body = render_totals(list_amounts(invoice), invoice["currency"]) + render_problem(problem)
    heading = f"Invoice {invoice['number'] or ''}"
    if invoice["status"] != "open":
        return render_page(heading, f"{body}<p>{STATES.get(invoice['status'], '')}</p>")
    confirm = ""
    if needs_holder(store, invoice):
        confirm = (
            "<p>Your bank wants you to confirm this payment.</p>"
            '<form method="post"><button>Confirm and pay</button></form>'
        )
    pay = (
        f'<form method="post"><fieldset><legend>Pay with another card</legend>'
        f"{render_card_choice([], None)}<button>Pay the invoice</button></fieldset></form>"
    )
    return render_page(heading, body + confirm + pay)


def list_amounts(invoice: Object) -> list[tuple[str, int]]:
    """List the amounts of an invoice, with the total last."""
    rows = [(each["description"] or "Item", each["amount"]) for each in invoice["lines"]["data"]]
    if invoice["_discount"]:
        rows.append(("Discount", -invoice["_discount"]))
    for each in invoice["total_taxes"]:
        if each["taxability_reason"] == "reverse_charge":
            rows.append(("Tax (you account for it: reverse charge)", 0))
        elif each["amount"]:
            included = " (included)" * (each["tax_behavior"] == "inclusive")
            rows.append((f"Tax{included}", each["amount"]))
    return [*rows, ("Total", invoice["total"])]


def render_text(invoice: Object) -> str:
    """Render an invoice as plain text, where Stripe has a PDF."""
    rows = [
        f"{name}: {format_amount(amount, invoice['currency'])}"
        for name, amount in list_amounts(invoice)
    ]
    return "\n".join(["SANDBOX, NO REAL MONEY", f"Invoice {invoice['number']}", *rows]) + "\n"
