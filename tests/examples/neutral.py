"""The replacement, in recorded answers, of all that differs from run to run or looks like a secret.

Equal values stay equal: the second id of a kind has the same replacement wherever it is shown.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from gateway.kit.ids import encode_crockford
from gateway.kit.telemetry.tracing import TRACE_ID_HEADER, find_trace_id

EXAMPLE_SITE = "https://example.com"
API_KEY = "kt_test_" + "X" * 38  # the one that the rules for leaked secrets let through
ID_TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln"
# What encoders decide: two builds of zlib or ffmpeg write the same picture with other bytes.
SHOWN_BYTES = {"image": 1_480_237, "video": 2_913_046, "audio": 384_044}
# What depends on chance, or on how fast the machine is.
SHOWN_NUMBERS = {
    "seed": 4_276_436_055_529_627,
    "durationMs": 42,
    "sampleMs": 2_140,
    "decodeMs": 310,
    "saveMs": 95,
}
SHOWN_SECRETS = {
    "apiKey": API_KEY,
    "deviceCode": "the-device-code",
    "nonce": "the-nonce",
    "referralToken": "the-referral-token",
    "PAYMENT-SIGNATURE": "eyJ4NDAyVmVyc2lvbiI6Mn0",
    "idToken": ID_TOKEN,
    "secret": "whsec_EXAMPLE",
    "previousSecret": "whsec_EXAMPLE_BEFORE",
}


def _hash_digits(kind: str, number: int, length: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:length]


class Neutralizer:
    """A memory of replacements, so that equal values get equal ones."""

    def __init__(self, hosts: dict[str, str]) -> None:
        """Take the addresses of the stand-ins, each with the one to show in its place."""
        self._hosts = hosts
        self._seen: dict[str, dict[str, str]] = {}

    def neutralize(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
        """Return a JSON value with all that differs replaced; `name` is its field."""
        if isinstance(value, dict):
            fields = {key: self.neutralize(each, key) for key, each in value.items()}
            return self._replace_size(fields)
        if isinstance(value, list):
            return [self.neutralize(each, name) for each in value]
        if name in SHOWN_NUMBERS and type(value) is int:  # a choice to show the seed is none
            return SHOWN_NUMBERS[name]
        if name == TRACE_ID_HEADER:
            job_id = f"job_{encode_crockford(int(value, 16))}"
            return find_trace_id(self.neutralize_text(job_id))
        if isinstance(value, str):
            return (
                SHOWN_SECRETS[name]
                if name in SHOWN_SECRETS and value
                else self.neutralize_text(value)
            )
        return value

    def neutralize_text(self, text: str) -> str:
        """Return a text with all that differs replaced."""
        for host, instead in self._hosts.items():
            text = text.replace(host, instead)
        for pattern, instead_of in PATTERNS:
            text = pattern.sub(lambda found, of=instead_of: of(self, found), text)  # type: ignore[misc]
        return text

    def number_value(self, kind: str, value: str, length: int) -> str:
        """Return hexadecimal digits for a value, drawn from its number among those of its kind."""
        known = self._seen.setdefault(kind, {})
        return known.setdefault(value, _hash_digits(kind, len(known), length))

    def replace_id_tail(self, name: str) -> str:
        """Return the random part that an id is shown with; its time is the story's already."""
        return encode_crockford(int(self.number_value("id", name, 32), 16))[-16:]

    def _replace_size(self, fields: dict[str, Any]) -> dict[str, Any]:
        kind = fields.get("kind")
        if "bytesMax" in fields:
            fields["bytes"] = sum(SHOWN_BYTES.values())
        if "sha256" in fields and kind in SHOWN_BYTES and "bytes" in fields:
            fields["bytes"] = SHOWN_BYTES[str(kind)]
        return fields


Replacement = Callable[[Neutralizer, "re.Match[str]"], str]
CROCKFORD = "[0-9A-HJKMNP-TV-Z]"
PATTERNS: tuple[tuple["re.Pattern[str]", Replacement], ...] = (
    (re.compile(r"\bkt_(?:test|live)_[0-9A-Za-z]{38}\b"), lambda _, __: API_KEY),
    (
        re.compile(rf"\b([a-z]{{2,8}})_({CROCKFORD}{{10}}){CROCKFORD}{{16}}\b"),
        lambda n, m: f"{m[1]}_{m[2]}{n.replace_id_tail(m[0])}",
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), lambda _, __: ID_TOKEN),
    (
        re.compile(r"\b(cs_test|pi|ch|re|evt)_[0-9a-f]{24}\b"),
        lambda n, m: f"{m[1]}_{n.number_value(m[1], m[0], 24)}",
    ),
    (
        re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"),
        lambda n, m: n.number_value("", m[0], 64),
    ),
    (
        re.compile(r'^("\d+-\w*-)([0-9a-f]{32})"$'),  # the ETag of a job with details
        lambda n, m: f'{m[1]}{n.number_value("etag", m[2], 32)}"',
    ),
    (re.compile(r"\bv1,[A-Za-z0-9+/]{43}="), lambda _, __: "v1," + "A" * 43 + "="),
)
