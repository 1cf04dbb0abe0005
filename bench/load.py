"""Load on one address: keep-alive connections, each with one request at a time.

`wrk` makes it where it is installed; else asyncio protocols that only count answers. Every answer
must be a 2xx: a benchmark of refusals would be fast and mean nothing.
"""

import asyncio
import itertools
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
LUA = """\
local keys, next_one = {{}}, 0
for key in io.lines("{keys}") do keys[#keys + 1] = key end
wrk.method, wrk.body = "{method}", {body}
wrk.headers["Content-Type"] = "application/json"
request = function()
  next_one = next_one % #keys + 1
  wrk.headers["Authorization"] = "Bearer " .. keys[next_one]
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Shot:
    """A request, sent with each key in turn."""

    method: str
    path: str
    keys: list[str] = field(repr=False)
    body: str = ""

    def raw(self, key: str) -> bytes:
        """Return the request with this key as bytes of HTTP/1.1."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {key}",
        ]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


def measure(port: int, shot: Shot, *, clients: int, seconds: float) -> float:
    """Measure the answers a second, by wrk or by asyncio.

    Raises:
        RuntimeError: an answer was no 2xx, or a connection broke.
    """
    if shutil.which("wrk"):
        return by_wrk(port, shot, clients=clients, seconds=seconds)
    return asyncio.run(by_asyncio(port, shot, clients=clients, seconds=seconds))


def by_wrk(port: int, shot: Shot, *, clients: int, seconds: float) -> float:
    """Measure with wrk; it takes whole seconds only."""
    with tempfile.TemporaryDirectory(prefix="kt-wrk-") as name:
        keys, script = Path(name) / "keys", Path(name) / "shot.lua"
        keys.write_text("\n".join(shot.keys))
        body = f"[[{shot.body}]]" if shot.body else "nil"
        script.write_text(LUA.format(keys=keys, method=shot.method, body=body))
        finished = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{clients}",
                f"-d{max(1, round(seconds))}",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}{shot.path}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    if bad := BAD.search(finished.stdout):
        raise RuntimeError(f"{shot.path}: {bad[0]}")
    rate = RATE.search(finished.stdout)
    if rate is None:
        raise RuntimeError(finished.stdout + finished.stderr)
    return float(rate[1])


async def by_asyncio(port: int, shot: Shot, *, clients: int, seconds: float) -> float:
    """Measure with asyncio protocols that parse no more than the length of an answer."""
    raw = itertools.cycle([shot.raw(key) for key in shot.keys])
    loop = asyncio.get_running_loop()
    clients_open = [
        (await loop.create_connection(lambda: Client(raw), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]
    begin = time.perf_counter()
    for client in clients_open:
        client.next()
    await asyncio.sleep(seconds)
    answers, spent = sum(client.answers for client in clients_open), time.perf_counter() - begin
    for client in clients_open:
        client.stop()
    if trouble := next((client.trouble for client in clients_open if client.trouble), None):
        raise RuntimeError(f"{shot.path}: {trouble}")
    return answers / spent


class Client(asyncio.Protocol):
    """One connection: sends, counts the answer, sends the next."""

    def __init__(self, raw: "itertools.cycle[bytes]") -> None:
        self._raw = raw
        self._transport: asyncio.Transport | None = None
        self._got = b""
        self.answers = 0
        self.trouble = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport

    def next(self) -> None:
        """Send one request."""
        if self._transport is not None:
            self._transport.write(next(self._raw))

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole, and send the next request."""
        self._got += data
        end = self._got.find(HEAD_END)
        if end < 0:
            return
        length = LENGTH.search(self._got, 0, end)
        if len(self._got) < end + len(HEAD_END) + int(length[1] if length else 0):
            return
        if not self._got.startswith(b"HTTP/1.1 2"):
            self.trouble = self._got.decode(errors="replace")[:1_000]
            return
        self.answers += 1
        self._got = b""
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Record a connection that the server closed."""
        if self._transport is not None:
            self.trouble = self.trouble or f"the connection was closed: {exc}"

    def stop(self) -> None:
        """End the connection from this side."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
