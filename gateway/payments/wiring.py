"""The shop, built from the settings."""

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.bills import NO_TAX, TaxPolicy, TaxTerms, parse_tax_percent
from gateway.payments.packages import DEFAULT_PACKAGES, parse_packages
from gateway.payments.registry import PROVIDER_ENTRIES
from gateway.payments.shop import Shop
from gateway.payments.states import TaxSource


def build_shop(settings: Settings, database: Database, ids: Ids, mailer: Mailer) -> Shop:
    """Build the shop: its packages, and each provider that the settings have keys for.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    file = settings.packages
    return Shop(
        database=database,
        ids=ids,
        peppers=Peppers(parse_secret_pairs(settings.key_peppers)),
        mailer=mailer,
        packages=DEFAULT_PACKAGES if file is None else parse_packages(file.read_text()),
        provider_classes={
            each.provider_class.name: each.provider_class for each in PROVIDER_ENTRIES
        },
        providers=[one for each in PROVIDER_ENTRIES for one in each.open_providers(settings, ids)],
        site=settings.public_url,
        seller=settings.seller,
        seller_address=parse_address(settings.seller_address),
        seller_tax_id=settings.seller_tax_id,
        invoice_note=" ".join(settings.invoice_note.split()),
        invoice_prefix=settings.invoice_prefix,
        paid_expiry_days=settings.paid_expiry_days,
        tax=build_tax_policy(settings),
        takes_promotion_codes=settings.promotion_codes == "on",
        saves_cards=settings.auto_top_up,
    )


def parse_address(text: str) -> tuple[str, ...]:
    """Parse an address of a setting, whose lines are separated by semicolons."""
    return tuple(line.strip() for line in text.split(";") if line.strip())


def build_tax_policy(settings: Settings) -> TaxPolicy:
    """Build the tax terms of new checkouts from the settings.

    Raises:
        ValueError: a percentage is none; the message names the setting.
    """
    if settings.is_tax_left_to_provider:
        included = settings.tax_behavior == "inclusive"
        return TaxPolicy(
            computed=TaxTerms(source=TaxSource.PROVIDER, included=included, name=settings.tax_name),
            other=build_fixed_terms("KT_TAX_OTHER", settings.tax_other, settings.tax_name),
        )
    if settings.tax_other:
        raise ValueError("KT_TAX_OTHER is for a tax that the payment provider computes")
    percent = "" if settings.tax == "none" else settings.tax
    terms = build_fixed_terms("KT_TAX", percent, settings.tax_name)
    return TaxPolicy(computed=terms, other=terms)


def build_fixed_terms(setting: str, percent: str, name: str) -> TaxTerms:
    """Build the terms of a fixed rate; without a percentage there is no tax.

    Raises:
        ValueError: the percentage is none; the message names the setting.
    """
    if not percent:
        return NO_TAX
    try:
        rate = parse_tax_percent(percent)
    except ValueError as error:
        raise ValueError(f"{setting}: {error}") from None
    return TaxTerms(source=TaxSource.FIXED, included=True, name=name, percent=rate)
