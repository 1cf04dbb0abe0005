"""Redaction of logs and audit rows: a field's name, or its form in a text, gives a secret away."""

import re
from collections.abc import Mapping
from functools import lru_cache

HIDDEN_TEXT = "***"
MAX_CHARACTERS = 16_000
MAX_READ_CHARACTERS = 64_000
MAX_DEPTH = 8
SECRET_WORDS = frozenset(
    {"authorization", "cookie", "otp", "token", "secret", "password", "pepper", "signature", "sig"}
)
SECRET_NAMES = frozenset({"xapikey", "apikey", "xpayment", "devicecode"})
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

SECRET_NAME_PATTERN = (
    r"[\w-]*(?:token|secret|password|pepper|signature|api-key)|x-payment|sig|otp|device_?code"  # noqa: S105 - a pattern
)
EMAIL_LOCAL_PATTERN = r"[^\s@<>\"'(),:;/=]"

# (the form of a secret, the part that stays). The order matters: a key of ours comes before
# `Bearer`, so that its public look-up part stays. A pattern that repeats a class of characters
# begins only at the start of a word: tried at every character, it would take time that grows with
# the square of the length of a hostile text.
SECRET_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        (r"(kt_(?:live|test|oac|oat|ort)_\w{0,8})\w*", rf"\1{HIDDEN_TEXT}"),
        (r"(bearer\s+)(?!kt_)\S+", rf"\1{HIDDEN_TEXT}"),
        (r"(basic\s+)[\w+/]{8,}=*", rf"\1{HIDDEN_TEXT}"),
        (r"(whsec_)[\w+/=-]+", rf"\1{HIDDEN_TEXT}"),
        (r"((?:sk|rk)_(?:live|test)_)\w+", rf"\1{HIDDEN_TEXT}"),
        (r"(sk-ant-)[\w-]+", rf"\1{HIDDEN_TEXT}"),
        (r"(?<![\w-])(eyJ)[\w-]+\.[\w-]+\.[\w-]*", rf"\1{HIDDEN_TEXT}"),
        (r"(://[^/\s:@]*:)[^/\s@]+@", rf"\1{HIDDEN_TEXT}@"),
        (r"(\b(?:set-)?cookie['\"]?\s*[:=]\s*)[^\r\n]+", rf"\1{HIDDEN_TEXT}"),
        (
            rf"(?<![\w-])((?:{SECRET_NAME_PATTERN})(?:['\"]?\s*[:=]|['\"],)\s*b?['\"]?)(?!kt_)[^\s'\"&,;]+",
            rf"\1{HIDDEN_TEXT}",
        ),
        (
            rf"(?<!{EMAIL_LOCAL_PATTERN})({EMAIL_LOCAL_PATTERN}){EMAIL_LOCAL_PATTERN}*@((?:[a-z0-9-]+\.)+[a-z0-9-]+)",
            rf"\1{HIDDEN_TEXT}@\2",
        ),
    )
)


# Every pattern contains one of these, so a text without any is searched once instead of eleven
# times. A new pattern needs its word here, or it is never tried.
SUSPICIOUS_TEXT = re.compile(
    r"kt_|bearer|basic|whsec_|[sr]k_|sk-ant|eyJ|://|@|cookie|token|secret|password|pepper"
    r"|signature|api-key|payment|sig|otp|code",
    re.IGNORECASE,
)


def redact(value: object, depth: int = 0) -> object:
    """Return a copy of the value as plain JSON types, without secrets.

    What is nested deeper than `MAX_DEPTH` becomes text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < MAX_DEPTH:
        if isinstance(value, Mapping):
            return {
                _to_safe_text(name): _redact_field(name, inner, depth)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [_redact_item(inner, depth) for inner in value]
    return _to_safe_text(value)


@lru_cache(maxsize=1_024)
def is_secret(name: str) -> bool:
    """Return True if a field of this name holds a secret, in any spelling."""
    words = [word.lower() for word in WORD.findall(name)]
    return not SECRET_WORDS.isdisjoint(words) or "".join(words) in SECRET_NAMES


def hide_secrets(text: str) -> str:
    """Hide what looks like a secret in a text, and cut the text.

    It searches the first `MAX_READ_CHARACTERS` and returns at most `MAX_CHARACTERS`: a secret that
    the final cut would split is hidden before it.
    """
    text = text[:MAX_READ_CHARACTERS]
    if SUSPICIOUS_TEXT.search(text) is not None:
        for pattern, kept in SECRET_PATTERNS:
            text = pattern.sub(kept, text)
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"


def _redact_field(name: object, value: object, depth: int) -> object:
    """Redact a field: all of it if its name is that of a secret."""
    if value is not None and is_secret(_to_text(name)):
        return HIDDEN_TEXT
    return redact(value, depth + 1)


def _redact_item(value: object, depth: int) -> object:
    """Redact an item of a list; a pair of texts may be a header, whose name tells a secret."""
    match value:
        case (str() | bytes() as name, str() | bytes()) if is_secret(_to_text(name)):
            return [_to_safe_text(name), HIDDEN_TEXT]
    return redact(value, depth + 1)


def _to_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _to_safe_text(value: object) -> str:
    """Return a value as text without secrets; the name of its type if its `__str__` fails."""
    try:
        text = value if isinstance(value, str) else _to_text(value)
    except Exception:  # noqa: BLE001 - a log line must not fail for a broken __str__
        text = f"<{type(value).__name__}>"
    return hide_secrets(text)
