"""OAuth 2.1 for MCP clients: apps that a person connects to an account."""
