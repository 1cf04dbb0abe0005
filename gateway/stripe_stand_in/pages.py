"""The hosted payment page: what it asks a buyer, and what it does with their answers."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.cards import get_test_card
from gateway.stripe_stand_in.invoice_pages import build_invoice_routes
from gateway.stripe_stand_in.page_parts import (
    COUNTRIES,
    render_bank_question,
    render_card_choice,
    render_choice,
    render_field,
    render_page,
    render_problem,
    render_totals,
)
from gateway.stripe_stand_in.session_payment import Entries, pay_session, preview_totals
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal

ADDRESS = ("line1", "city", "postal_code", "country")
Form = dict[str, str]


def build_page_routes(store: Store) -> list[Route]:
    """Build the routes of the hosted pages of payments and invoices."""

    async def show(request: Request) -> Response:
        session = store.objects["session"].get(request.path_params["id"])
        if session is None:
            return render_page("There is no such payment.", "", 404)
        return render_checkout(store, session, {}, None)

    async def pay(request: Request) -> Response:
        name = request.path_params["id"]
        form = dict(parse_qsl((await request.body()).decode()))
        session = store.objects["session"].get(name)
        if session is None:
            return render_page("There is no such payment.", "", 404)
        try:
            return act_on_session(store, session, form)
        except StripeRefusal as refused:
            return render_checkout(store, session, form, str(refused))

    return [
        Route("/c/pay/{id}", show),
        Route("/c/pay/{id}", pay, methods=["POST"]),
        *build_invoice_routes(store),
    ]


def act_on_session(store: Store, session: Object, form: Form) -> Response:
    """Carry out what the buyer pressed: see the total, or pay and go back to the seller.

    Raises:
        StripeRefusal: an entry is wrong, or the bank declined.
    """
    entries = read_entries(form)
    if "update" in form:
        preview_totals(store, session["id"], entries)
        return render_checkout(store, session, form, None)
    if "holder" not in form and asks_holder(store, session, entries, form):
        return render_bank_question(form)
    pay_session(store, session["id"], entries)
    back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return RedirectResponse(back, 303)


def read_entries(form: Form) -> Entries:
    """Read what a buyer entered."""
    card = form.get("card", "4242")
    address = {name: form[name] for name in ADDRESS if form.get(name)}
    more: dict[str, Any] = {"holder": "failed"} if form.get("holder") == "failed" else {}
    return Entries(
        card=card,
        method=card if card.startswith("pm_") else None,
        email=form.get("email"),
        name=form.get("name"),
        address=address or None,
        tax_number=form.get("tax_number"),
        promotion_code=form.get("promotion_code"),
        save_card="save_card" in form,
        delayed="delayed" in form,
        **more,
    )


def asks_holder(store: Store, session: Object, entries: Entries, form: Form) -> bool:
    """Return True if the bank of the chosen card has a question for its holder."""
    if session["status"] != "open" or (
        session["mode"] == "payment" and not session["amount_total"]
    ):
        return False
    if entries.method is not None:
        method = store.objects["payment_method"].get(entries.method, {"_number": ""})
        card = get_test_card(method["_number"])
        return card.authentication == "always"
    return bool(get_test_card(form.get("card", "")).authentication)


def render_checkout(store: Store, session: Object, form: Form, problem: str | None) -> Response:
    """Render the payment page with what was entered so far."""
    lines = session["_line_items"]["data"]
    heading = lines[0]["description"] if lines else "Save a card"
    if session["status"] != "open":
        return render_page(heading, f"{render_totals_of(session)}<p>This payment is closed.</p>")
    body = render_totals_of(session) + render_problem(problem)
    parts = [render_buyer_fields(store, session, form), render_code_field(session, form)]
    return render_page(
        heading,
        f'{body}<form method="post">{"".join(parts)}{render_payment(store, session, form)}</form>',
    )


def render_totals_of(session: Object) -> str:
    """Render what a session comes to; nothing if it only saves a card."""
    if session["mode"] == "setup":
        return "<p>Nothing is charged now.</p>"
    details = session["total_details"]
    rows = [("Price", session["amount_subtotal"])]
    if details["amount_discount"]:
        rows.append(("Discount", -details["amount_discount"]))
    rows += [(describe_tax(each), each["amount"]) for each in details["_breakdown"]["taxes"]]
    rows.append(("Total", session["amount_total"]))
    waiting = session["automatic_tax"]["status"] == "requires_location_inputs"
    note = "<p>Tax is added when you enter your address.</p>" if waiting else ""
    return render_totals(rows, session["currency"]) + note


def describe_tax(tax: Object) -> str:
    """Describe a tax for people."""
    rate = tax["rate"]
    if tax["taxability_reason"] == "reverse_charge":
        return f"{rate['display_name']} (you account for it: reverse charge)"
    if not rate["effective_percentage"]:
        return "No tax"
    included = ", included" if rate["inclusive"] else ""
    return f"{rate['display_name']} {rate['effective_percentage']:g} %{included}"


def render_buyer_fields(store: Store, session: Object, form: Form) -> str:
    """Render the fields of the buyer that this session asks for."""
    known = store.objects["customer"].get(session["customer"] or "", {})
    fields = []
    if not known and not session["customer_email"]:
        fields.append(render_field("email", "Email", form.get("email"), type="email"))
    is_taxed = session["automatic_tax"]["enabled"]
    if is_taxed or session["billing_address_collection"] == "required":
        address = {**(known.get("address") or {}), **form}
        fields += [
            render_field("name", "Name or company", form.get("name") or known.get("name")),
            render_field("line1", "Street", address.get("line1")),
            render_field("city", "City", address.get("city")),
            render_field("postal_code", "Postal code", address.get("postal_code")),
            render_choice("country", "Country", COUNTRIES, address.get("country")),
        ]
    if session["tax_id_collection"]["enabled"]:
        label = "Tax number of your business, such as a VAT number (if you have one)"
        fields.append(render_field("tax_number", label, form.get("tax_number")))
    return "".join(fields)


def render_code_field(session: Object, form: Form) -> str:
    """Render the promotion code, and the button that shows the total by the entries so far."""
    code = ""
    if session["allow_promotion_codes"]:
        code = render_field("promotion_code", "Promotion code", form.get("promotion_code"))
    if not code and not session["automatic_tax"]["enabled"]:
        return ""
    return f'{code}<button name="update" value="1">Show the total</button>'


def render_payment(store: Store, session: Object, form: Form) -> str:
    """Render the choice of a card, and the buttons that pay."""
    if session["mode"] == "payment" and session["amount_total"] == 0:
        return "<button>Complete the order</button>"
    saved = store.list_objects("payment_method", customer=session["customer"] or "nobody")
    cards = render_card_choice(saved, form.get("card"))
    if session["mode"] == "setup":
        return f"{cards}<button>Save the card</button>"
    options = session["saved_payment_method_options"] or {}
    keep = ""
    if options.get("payment_method_save") == "enabled":
        checked = " checked" * ("save_card" in form)
        keep = (
            f'<label><input type="checkbox" name="save_card" value="1"{checked}>'
            " Save this card for later payments</label>"
        )
    return (
        f"{cards}{keep}<button>Pay with the test card</button>"
        '<button name="delayed" value="1">Pay with a slow bank</button>'
    )
