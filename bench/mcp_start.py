"""Start of the stdio server: the time to its list of tools, and the cost of its imports.

The floor is a script with the SDK and one tool; both are asked in the same way, in turns.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.table import Options, Row, run_measure
from gateway import operator
from tests.gateway import Gateway, serve_gateway
from tests.processes import BASE_ENVIRONMENT, COMMAND_PATH

BARE_SERVER = """
from mcp.server import MCPServer

server = MCPServer("bare")


@server.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b


server.run()
"""
INITIALIZE_PARAMS = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}
LIST_REQUEST_ID = 2
OPENING_MESSAGES: list[dict[str, object]] = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE_PARAMS},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": LIST_REQUEST_ID, "method": "tools/list"},
]


def time_tool_list(command: Sequence[str], environment: dict[str, str]) -> float:
    """Time a server from its start to its list of tools, in seconds."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        for message in OPENING_MESSAGES:
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        while json.loads(process.stdout.readline()).get("id") != LIST_REQUEST_ID:
            pass
        seconds = time.perf_counter() - started
        process.stdin.close()
        process.wait(30)
    return seconds


def time_import(module: str) -> float:
    """Time the import of a module in a new process, in processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def compare_times(
    row: Row, subject: Callable[[], float], floor: Callable[[], float], rounds: int
) -> Row:
    """Measure both in turns, after one turn that nothing counts."""
    subject(), floor()
    for _ in range(rounds):
        row.add_round(floor(), subject())
    return row


def measure(options: Options) -> Iterator[Row]:
    """Measure the start and the imports of the server; yield each row."""
    start = Row(
        "mcp_start.tool_list", "`killatamata mcp` to its tools / bare SDK",
        must=1.2, goal=1.1, lower_is_better=True, side_unit=" s",
    )  # fmt: skip
    imports = Row(
        "mcp_start.imports", "its imports, processor / `import mcp`",
        must=1.2, lower_is_better=True, side_unit=" s",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "bare.py")
        script.write_text(BARE_SERVER)
        with serve_gateway(Path(folder, "data")) as gateway:
            ours = build_environment(gateway, folder)
            yield compare_times(
                start,
                lambda: time_tool_list([COMMAND_PATH, "mcp"], ours),
                lambda: time_tool_list([sys.executable, str(script)], BASE_ENVIRONMENT),
                options.rounds,
            )
            yield compare_times(
                imports,
                lambda: time_import("mcp_server.stdio"),
                lambda: time_import("mcp"),
                options.rounds,
            )


def build_environment(gateway: Gateway, folder: str) -> dict[str, str]:
    """Build the environment of a command that acts for a new account."""
    created = asyncio.run(operator.create_account(gateway.data_dir, "5", "test", "bench"))
    key = str(created["apiKey"])
    own = {"KT_API_BASE": gateway.base, "KT_API_KEY": key, "XDG_CACHE_HOME": folder}
    return BASE_ENVIRONMENT | own


if __name__ == "__main__":
    sys.exit(run_measure(measure))
