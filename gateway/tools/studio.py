"""Projects, threads, assets, documents, storyboards and the agent."""

from gateway.tools.base import Tool

TOOLS: dict[str, tuple[Tool, ...]] = {}
