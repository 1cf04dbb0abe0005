"""Pages inside the chat (MCP Apps): what a plan buys, how far it is, and what was made.

https://modelcontextprotocol.io/specification/draft/extensions/apps
"""
