"""Money for people: a price rounds up to the cent, a balance down, each with its exact amount near.

Nobody pays more than a button said, and nobody has less than a page says. Ledger, receipts and CSV
stay exact: they use `format_money`.
"""

from markupsafe import Markup

from gateway.kit.money import parse_usd, render_usd

CENT_MICROUSD = 10_000
CURRENCY_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
EXACT_PRICE = Markup('<small class="exact">exactly {}</small>')
EXACT_BALANCE = Markup('<details class="exact"><summary>{}</summary>exactly {}</details>')


def format_money(amount_microusd: int) -> str:
    """Format micro-USD exactly: $1,234.50, at least two places, never rounded."""
    dollars, places = render_usd(abs(amount_microusd)).split(".")
    return f"{'−' if amount_microusd < 0 else ''}${int(dollars):,}.{places}"  # noqa: RUF001 - a minus


def format_dollars(text: str) -> str:
    """Format a decimal string of the wire as money: 1234.50 becomes $1,234.50."""
    return format_money(parse_usd(text))


def format_charge(amount: str, currency: str) -> str:
    """Format an amount of the wire in its currency: €1,234.50, ¥800, −€0.50 or 12.50 CHF."""  # noqa: RUF002 - a minus
    units, _, places = amount.removeprefix("-").partition(".")
    figure = f"{int(units):,}{f'.{places}' if places else ''}"
    minus = "−" if amount.startswith("-") else ""  # noqa: RUF001 - a minus
    sign = CURRENCY_SIGNS.get(currency)
    return f"{minus}{sign}{figure}" if sign else f"{minus}{figure} {currency.upper()}"


def format_price_up(amount_microusd: int) -> str:
    """Format a price for a button, rounded up to the cent: $0.078334 becomes $0.08."""
    return format_money(-(-amount_microusd // CENT_MICROUSD) * CENT_MICROUSD)


def format_balance_down(amount_microusd: int) -> str:
    """Format a balance rounded down to the cent: $30.089999 becomes $30.08."""
    return format_money(amount_microusd // CENT_MICROUSD * CENT_MICROUSD)


def render_exact_price(amount_microusd: int) -> Markup:
    """Render the exact price that stands under a button; nothing if the button has said it."""
    if amount_microusd % CENT_MICROUSD == 0:
        return Markup("")
    return EXACT_PRICE.format(format_money(amount_microusd))


def render_balance(amount_microusd: int) -> Markup:
    """Render a balance rounded down, which shows the exact amount when it is pressed.

    It is a `<details>` element, so it works without a script and may not stand in a paragraph.
    """
    shown = format_balance_down(amount_microusd)
    if amount_microusd % CENT_MICROUSD == 0:
        return Markup("{}").format(shown)
    return EXACT_BALANCE.format(shown, format_money(amount_microusd))
