"""E-mail addresses: one form for one address, and what makes two of them the same person's."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

GMAIL = frozenset({"gmail.com", "googlemail.com"})


def normal(address: str) -> str:
    """Return the one form of an address: NFC, the domain as IDNA, lower case; tags and dots stay.

    Raises:
        ValueError: no address.
    """
    try:
        found = validate_email(
            unicodedata.normalize("NFC", address.strip()),
            check_deliverability=False,
            strict=True,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        raise ValueError("must be an e-mail address") from None
    return f"{found.local_part}@{found.ascii_domain}".lower()


def domain_of(address: str) -> str:
    """Return the domain of an address in its one form."""
    return address.rpartition("@")[2]


def abuse_key(address: str) -> str:
    """Return what free credit is given once for: no +tag, and for Gmail no dots.

    It decides nothing else; accounts are never joined by it.
    """
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
