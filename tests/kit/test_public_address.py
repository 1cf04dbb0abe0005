import pytest

from gateway.kit.outgoing.public_address import FetchAllowList, find_refusal_reason

PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
    128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255
    172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0
    198.17.255.255 198.20.0.0 198.51.99.255 203.0.114.0 223.255.255.255
    2606:4700:4700::1111 2001:200::1 2001:4860:4860::8888 2a00:: 2003::1 3ffe:ffff::1
    ::ffff:8.8.8.8 64:ff9b::808:808
"""

NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255
    168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9
    192.0.0.10 192.0.0.170 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 232.1.1.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    ::ffff:168.63.129.16 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    64:ff9b:1::1 64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1:: 2001:1ff:ffff::
    2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 3fff:fff:ffff:: 4000::1 5f00::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert find_refusal_reason(address) is None


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_of_no_or_another_net_is_not_public(address: str) -> None:
    assert find_refusal_reason(address) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "\uff11\uff12\uff17.0.0.1",
        "8.8.8.8:443",
    ],
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert find_refusal_reason(text) == "no address"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("8.8.8.8", None),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("2002:7f00:1::", "6to4 of 127.0.0.1"),
        ("2001:0:7f00:1::", "teredo"),
        ("::127.0.0.1", "ipv4-compatible"),
        ("fe80::1%lo", "scope"),
        ("168.63.129.16", "cloud"),
    ],
)
def test_the_reason_is_known(address: str, why: str | None) -> None:
    assert find_refusal_reason(address) == why


def test_exceptions_are_an_address_or_network_on_one_port() -> None:
    allow = FetchAllowList.parse("127.0.0.1:9000, 10.1.0.0/16:443,[fd00::]/8:80,::1:81")
    assert allow.allows("127.0.0.1", 9000)
    assert allow.allows("::ffff:127.0.0.1", 9000)
    assert allow.allows("10.1.2.3", 443)
    assert allow.allows("fd12::1", 80)
    assert allow.allows("::1", 81)
    assert not allow.allows("127.0.0.1", 443)
    assert not allow.allows("127.0.0.2", 9000)
    assert not allow.allows("10.2.0.1", 443)
    assert not allow.allows("fd12::1%eth0", 80)
    assert allow.has_port(9000)
    assert not allow.has_port(9001)
    assert allow
    assert not FetchAllowList.parse(" ")


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "localhost:80", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "10.0.0.1/8:80"],
)
def test_a_malformed_exception_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        FetchAllowList.parse(text)
