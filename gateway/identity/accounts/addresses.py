"""E-mail addresses: the normal form of one, and the key under which it gets free credit once."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

GMAIL_DOMAINS = frozenset({"gmail.com", "googlemail.com"})


def normalize_address(address: str) -> str:
    """Return the normal form of an address: NFC, IDNA domain, lower case; +tags and dots stay.

    Raises:
        ValueError: the text is no e-mail address.
    """
    try:
        # No DNS look-up inside a request; and names of an intranet (`ana@mail`) are addresses too.
        parsed = validate_email(
            unicodedata.normalize("NFC", address.strip()),
            check_deliverability=False,
            strict=True,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        raise ValueError("must be an e-mail address") from None
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower()


def get_domain(address: str) -> str:
    """Return the domain of a normalized address."""
    return address.rpartition("@")[2]


def to_abuse_key(address: str) -> str:
    """Return the key under which free credit is given once: without +tag, for Gmail without dots.

    For referrals equal keys mean one person. Accounts are never joined by them.
    """
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL_DOMAINS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
