"""Calls of a reading tool at the gateway's MCP door, beside the echo tool of a bare SDK server.

Both servers are one process with the same HTTP parser and get the same requests over a connection
that is kept: protocol 2026-07-28, one POST a call and no session. The rows are ratios of processor
time in the server's process; rates would mostly measure the client.

A gateway also sweeps and runs its embedded worker, by the clock and not by the call: on a busy
machine, where a call takes longer, each would carry more of it. So each round measures what either
process uses while nobody calls it, and takes that for the time of the calls off.
"""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.table import Options, Row, run_measure
from tests.gateway import find_free_port, serve_gateway
from tests.processes import BASE_ENVIRONMENT, Process, busy_seconds

ECHO_SERVER = """
import sys
import uvicorn
from mcp.server import MCPServer
from gateway.kit.http.protocol import ConnectionLimits, build_protocol

server = MCPServer("bare", log_level="WARNING")


@server.tool()
def echo(text: str = "") -> str:
    "Return the text."
    return text


uvicorn.run(
    server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]),
    http=build_protocol(ConnectionLimits()), ws="none", access_log=False, log_config=None,
    proxy_headers=False, server_header=False, timeout_keep_alive=120,
)
"""
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
}
START_SECONDS, WARM_CALLS, CALLS_PER_ROUND = 30, 50, 150
IDLE_SECONDS = 1.0  # the sweeps' own beat
HIGH_RATES = {"KT_MCP_PER_MINUTE": "1000000", "KT_READS_PER_MINUTE": "1000000"}


class ToolCaller:
    """A client that calls one tool of one server again and again over one connection."""

    def __init__(
        self, port: int, process: Process, key: str, tool: str, **arguments: object
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._process = process
        self._headers = {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": "tools/call",
            "Mcp-Name": tool,
            "Authorization": f"Bearer {key}",
        }
        params = {"name": tool, "arguments": arguments, "_meta": META}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        self._body = json.dumps(call)

    def call(self) -> None:
        """Call the tool once.

        Raises:
            RuntimeError: the answer is no success.
        """
        self._connection.request("POST", "/mcp", self._body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != http.client.OK or json.loads(text)["result"].get("isError"):
            raise RuntimeError(f"{answer.status}: {text[:500]!r}")

    def measure(self, calls: int = CALLS_PER_ROUND) -> float:
        """Measure the processor microseconds of the server for each call, without its idle work."""
        idle_share = self._measure_idle_share()
        self._connection.close()  # opened by the next call: while the other side was measured,
        self.call()  # the server may have ended a connection without calls
        before, began = busy_seconds(self._process), time.monotonic()
        for _ in range(calls):
            self.call()
        idle_seconds = idle_share * (time.monotonic() - began)
        return (busy_seconds(self._process) - before - idle_seconds) / calls * 1e6

    def _measure_idle_share(self) -> float:
        """Measure the share of a processor that the server uses while nobody calls it."""
        before = busy_seconds(self._process)
        time.sleep(IDLE_SECONDS)
        return (busy_seconds(self._process) - before) / IDLE_SECONDS


@contextmanager
def serve_echo(folder: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve the bare server; yield its port and process."""
    script, port = Path(folder, "echo.py"), find_free_port()
    script.write_text(ECHO_SERVER)
    command = [sys.executable, str(script), str(port)]
    environment = BASE_ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait_until_open(port)
            yield port, process
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the bare server did not start")


def measure(options: Options) -> Iterator[Row]:
    """Measure two tools that read, the one with an argument and the one without."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_gateway(Path(folder, "data"), KT_LOG_LEVEL="info", **HIGH_RATES) as gateway,
        serve_echo(folder) as (echo_port, echo_process),
        gateway.account() as account,
    ):
        key = account.key
        job = account.run_job("image.generate", {"prompt": "a lighthouse"})["jobId"]
        if gateway.process is None:
            raise RuntimeError("the gateway has stopped")
        echo = ToolCaller(echo_port, echo_process, "none", "echo", text=job)
        subjects = {
            "balance": ToolCaller(gateway.port, gateway.process, key, "account_balance"),
            "job": ToolCaller(
                gateway.port,
                gateway.process,
                key,
                "media_job_get",
                jobId=job,
                waitSeconds=0,
                preview=False,
            ),
        }
        for name, caller in subjects.items():
            row = Row(
                f"mcp_calls.{name}", f"MCP call of the {name}, processor / SDK's echo",
                must=2.0, goal=1.5, lower_is_better=True, side_unit=" µs",
            )  # fmt: skip
            caller.measure(WARM_CALLS), echo.measure(WARM_CALLS)
            for _ in range(options.rounds):
                row.add_round(echo.measure(), caller.measure())
            yield row


if __name__ == "__main__":
    sys.exit(run_measure(measure))
