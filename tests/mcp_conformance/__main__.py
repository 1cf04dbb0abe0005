"""The command `killatamata`, whose gateway has the conformance suite's fixtures behind `/mcp`."""

from gateway.doors import mcp
from killatamata.cli import main

mcp.SERVER_MODULE = "tests.mcp_conformance"
main()
