"""Doors of programs: REST, MCP, OAuth and signed files; they read HTTP and decide nothing."""
