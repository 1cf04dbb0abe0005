"""Start of the stdio server: the time to its list of tools, and the cost of its imports.

The floor is a script with the SDK and one tool; both are asked in the same way, in turns.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

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
MOST_START_RATIO, MOST_IMPORT_RATIO = 1.3, 1.2
ROUNDS = 7
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
    name: str, subject: Callable[[], float], floor: Callable[[], float], most: float
) -> bool:
    """Measure both in turns, print them, and return True if the goal is met."""
    subject(), floor()
    pairs = [(subject(), floor()) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = ours / bare
    low, high = min(a / b for a, b in pairs), max(a / b for a, b in pairs)
    print(f"{name:24} {ratio:.2f}  ({low:.2f}-{high:.2f})  at most {most:.2f}  {ours:.2f} s")
    return bool(ratio <= most)


def main() -> int:
    """Print both ratios; return 1 if one is above its goal."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "bare.py")
        script.write_text(BARE_SERVER)
        with serve_gateway(Path(folder, "data")) as gateway:
            ours = build_environment(gateway, folder)
            goals_met = [
                compare_times(
                    "start to tools/list",
                    lambda: time_tool_list([COMMAND_PATH, "mcp"], ours),
                    lambda: time_tool_list([sys.executable, str(script)], BASE_ENVIRONMENT),
                    MOST_START_RATIO,
                ),
                compare_times(
                    "processor time of imports",
                    lambda: time_import("mcp_server.stdio"),
                    lambda: time_import("mcp"),
                    MOST_IMPORT_RATIO,
                ),
            ]
    return 0 if all(goals_met) else 1


def build_environment(gateway: Gateway, folder: str) -> dict[str, str]:
    """Build the environment of a command that acts for a new account."""
    created = asyncio.run(operator.create_account(gateway.data_dir, "5", "test", "bench"))
    key = str(created["apiKey"])
    own = {"KT_API_BASE": gateway.base, "KT_API_KEY": key, "XDG_CACHE_HOME": folder}
    return BASE_ENVIRONMENT | own


if __name__ == "__main__":
    sys.exit(main())
