"""Parts of the hosted pages: the frame, fields, and what a sale comes to."""

import html
from collections.abc import Iterable, Mapping

from starlette.responses import HTMLResponse

from gateway.stripe_stand_in.cards import TEST_CARDS
from gateway.stripe_stand_in.currencies import format_amount
from gateway.stripe_stand_in.store import Object

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark;color:CanvasText;background:Canvas}}
strong{{background:#fc0;color:#000;padding:.2rem .5rem}}
label{{display:block;margin:.8rem 0 0}}label small{{opacity:.8}}
input:not([type=checkbox]),select{{font:inherit;box-sizing:border-box;width:100%;padding:.4rem}}
table{{width:100%;border-collapse:collapse}}th{{text-align:left;font-weight:inherit}}
td{{text-align:right}}tr:last-child{{font-weight:600;border-top:1px solid}}
fieldset{{margin:1rem 0 0;padding:.2rem 1rem 1rem}}
[role=alert]{{border-left:.3rem solid #c00;padding:.3rem .8rem}}
button{{font:inherit;padding:.6rem 1rem;margin:1rem .3rem 0 0}}</style>
<p><strong>SANDBOX, NO REAL MONEY</strong></p><h1>{heading}</h1>{body}</html>"""
COUNTRIES = {
    "US": "United States", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BG": "Bulgaria",
    "CA": "Canada", "CH": "Switzerland", "CY": "Cyprus", "CZ": "Czechia", "DE": "Germany",
    "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland",
    "IN": "India", "IT": "Italy", "JP": "Japan", "LT": "Lithuania", "LU": "Luxembourg",
    "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SG": "Singapore",
    "SI": "Slovenia", "SK": "Slovakia",
}  # fmt: skip


def render_page(heading: str, body: str, status: int = 200) -> HTMLResponse:
    """Render a page of the sandbox."""
    shown = html.escape(heading)
    return HTMLResponse(
        PAGE.format(title=f"{shown} · Sandbox payment", heading=shown, body=body), status
    )


def render_field(name: str, label: str, value: str | None = None, **more: str) -> str:
    """Render a text field with its label."""
    extra = "".join(f' {key}="{html.escape(each)}"' for key, each in more.items())
    return (
        f'<label for="{name}">{html.escape(label)}</label>'
        f'<input id="{name}" name="{name}" value="{html.escape(value or "")}"{extra}>'
    )


def render_choice(name: str, label: str, options: Mapping[str, str], chosen: str | None) -> str:
    """Render a list to choose one from."""
    listed = dict(options) if chosen in options or not chosen else {chosen: chosen, **options}
    rows = "".join(
        f'<option value="{html.escape(key)}"{" selected" * (key == chosen)}>{html.escape(text)}'
        for key, text in listed.items()
    )
    return (
        f'<label for="{name}">{html.escape(label)}</label>'
        f'<select id="{name}" name="{name}">{rows}</select>'
    )


def render_card_choice(saved: Iterable[Object], chosen: str | None) -> str:
    """Render the choice among saved cards and Stripe's test cards."""
    options = {each["id"]: f"Saved card •••• {each['card']['last4']}" for each in saved} | {
        number: f"{number[-4:]}: {card.name}" for number, card in TEST_CARDS.items()
    }
    return render_choice("card", "Card", options, chosen)


def render_problem(problem: str | None) -> str:
    """Render what went wrong, if anything did."""
    return "" if problem is None else f'<p role="alert">{html.escape(problem)}</p>'


def render_totals(rows: Iterable[tuple[str, int]], currency: str) -> str:
    """Render amounts as a table; the last one is the total."""
    return "<table>" + "".join(
        f"<tr><th>{html.escape(name)}<td>{html.escape(format_amount(amount, currency))}"
        for name, amount in rows
    ) + "</table>"  # fmt: skip


def render_hidden(values: Mapping[str, str]) -> str:
    """Render values that the next step sends again."""
    return "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in values.items()
    )


def render_bank_question(values: Mapping[str, str]) -> HTMLResponse:
    """Render the page of the bank that asks the holder of a card."""
    body = (
        "<p>Your bank asks if it is you who pays (3D Secure).</p>"
        f'<form method="post">{render_hidden(values)}'
        '<button name="holder" value="confirmed">Complete authentication</button>'
        '<button name="holder" value="failed">Fail authentication</button></form>'
    )
    return render_page("Confirm with your bank", body)
