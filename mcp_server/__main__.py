"""`python -m mcp_server`: the tools of a gateway over stdio."""

import argparse
import sys

from mcp_server.choices import Choice


def main() -> int:
    """Serve over stdio; return the exit code."""
    parser = argparse.ArgumentParser(prog="mcp_server", description=__doc__)
    parser.add_argument("--toolsets", default="", help="media,studio,account,... or core")
    parser.add_argument("--tools", default="", help="only these tools, or these besides toolsets")
    parser.add_argument("--exclude", default="", help="not these tools")
    parser.add_argument("--read-only", action="store_true", help="only tools that change nothing")
    given = parser.parse_args()
    from mcp_server.stdio import run  # noqa: PLC0415 - --help need not load the SDK

    return run(
        Choice.parse(
            toolsets=given.toolsets,
            tools=given.tools,
            exclude=given.exclude,
            read_only=given.read_only,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
