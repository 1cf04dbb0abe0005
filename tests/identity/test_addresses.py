"""The normal form of an address, and the abuse key of a person."""

import pytest

from gateway.identity.accounts.addresses import normalize_address, to_abuse_key


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Ana.B+shop@Example.COM", "ana.b+shop@example.com"),
        (" ana@example.com ", "ana@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("ana@mail", "ana@mail"),
    ],
)
def test_an_address_has_one_form(given: str, expected: str) -> None:
    assert normalize_address(given) == expected
    assert normalize_address(expected) == expected


@pytest.mark.parametrize(
    "given",
    ["", "ana", "ana@", "@example.com", "a b@example.com", "ana@example.com\r\nBcc: x@y.example",
     "Ana <ana@example.com>", "ana@example..com", f"{'a' * 65}@example.com", "ana@[127.0.0.1]"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address"):
        normalize_address(given)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("a.n.a+one@gmail.com", "ana@gmail.com"),
        ("ana@googlemail.com", "ana@gmail.com"),
        ("a.na+two@example.com", "a.na@example.com"),
        ("+tag@example.com", "+tag@example.com"),
    ],
)
def test_the_abuse_key_knows_tags_and_gmail_dots(address: str, key: str) -> None:
    assert to_abuse_key(address) == key
