"""MCP hosts: where each keeps its servers, and the edit that adds ours."""
