"""The guard of sockets in tests: dialling beyond loopback is refused and fails the test."""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock


class DialledOutError(AssertionError):
    """A test tried to reach beyond this machine."""


def is_loopback(host: object) -> bool:
    """Return True if this host is this machine, known without asking a name server."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


@contextlib.contextmanager
def loopback_only() -> Iterator[list[str]]:
    """Guard connect, sendto and getaddrinfo for the block; yield the list of refused hosts.

    The list grows even where the code under test swallows the error.
    """
    refused: list[str] = []

    def check(host: object) -> None:
        if not is_loopback(host):
            refused.append(str(host))
            raise DialledOutError(f"a test dialled {host!r}: only loopback is allowed")

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(sock: socket.socket, *arguments: Any) -> Any:  # noqa: ANN401 - passes through
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                check(arguments[-1][0])  # the address is the last argument of all three
            return real(sock, *arguments)

        return call

    resolve = socket.getaddrinfo

    def getaddrinfo(host: object, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - same
        if not _is_address(host):
            check(host)
        return resolve(host, *arguments, **options)  # type: ignore[arg-type]

    with contextlib.ExitStack() as stack:
        for method in ("connect", "connect_ex", "sendto"):
            real = getattr(socket.socket, method)
            stack.enter_context(mock.patch.object(socket.socket, method, guarded(real)))
        stack.enter_context(mock.patch.object(socket, "getaddrinfo", getaddrinfo))
        yield refused


def _is_address(host: object) -> bool:
    """Return True if the host is an address, which needs no name server."""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True
