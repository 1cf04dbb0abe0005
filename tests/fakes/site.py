"""A web site on loopback that gives the answer that a test sets, over TLS if it wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.kit.outgoing.fetch_turns import FetchTurns
from gateway.kit.outgoing.public_address import FetchAllowList
from gateway.kit.outgoing.safe_fetch import FetchLimits, SafeFetch

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def answer_plainly(*head: str, body: bytes = b"") -> Answer:
    """Return an answer of 200 with these header lines and this body, after which it closes."""

    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode() + body)
        await writer.drain()

    return answer


class Site:
    """One loopback server that keeps the head of each request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.port = 0
        self._busy: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self.answer(self.requests[-1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def end_answers(self) -> None:
        """Cancel answers under way: since Python 3.12 `wait_closed` waits for each connection."""
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def build_fetcher(
        self, limits: FetchLimits | None = None, turns: FetchTurns | None = None
    ) -> SafeFetch:
        return SafeFetch(
            allow_list=FetchAllowList.parse(f"127.0.0.1:{self.port}"),
            limits=limits or FetchLimits(),
            turns=turns or FetchTurns(),
        )


@asynccontextmanager
async def serve_site(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    served = Site(answer)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=context)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        await served.end_answers()
        await server.wait_closed()


def write_certificate(folder: Path, name: str) -> Path:
    """Write a key and a self-signed certificate for this name or address into one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_to_general_name(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = signed.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.pem").write_bytes(text)
    return folder / f"{name}.pem"


def _to_general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
