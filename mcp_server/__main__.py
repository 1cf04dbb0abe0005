"""`python -m mcp_server`: the tools of a gateway, over stdio or at an address of its own."""

import gc
import sys

from mcp_server.tool_choice import ToolChoice


def main() -> int:
    """Read the options, and serve; return the exit code."""
    import argparse  # noqa: PLC0415 - `killatamata mcp` has read its options itself

    parser = argparse.ArgumentParser(prog="mcp_server", description=__doc__)
    parser.add_argument("--toolsets", default="", help="media,studio,account,... or core")
    parser.add_argument(
        "--tools", default="", help="only these tools, or these in addition to the toolsets"
    )
    parser.add_argument("--exclude", default="", help="exclude these tools")
    parser.add_argument("--read-only", action="store_true", help="only read-only tools")
    parser.add_argument(
        "--http", default="", metavar="HOST:PORT", help="serve /mcp and /sse on this address"
    )
    given = vars(parser.parse_args())
    return serve(given.pop("http"), ToolChoice.parse(**given))


def serve(http: str, choice: ToolChoice, address_source: str = "KT_API_BASE") -> int:
    """Serve over stdio, or at an address; return the exit code.

    `address_source` is what gave the gateway's address, for the words of an error.
    """
    gc.disable()  # until all is loaded: what is loaded stays
    if http:
        from mcp_server.http import standalone  # noqa: PLC0415 - stdio needs no web server

        return standalone.run(http, choice, address_source)
    from mcp_server import stdio  # noqa: PLC0415 - --help need not load the SDK

    return stdio.run(choice, address_source)


if __name__ == "__main__":
    sys.exit(main())
