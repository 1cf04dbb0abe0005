"""The MCP server: a client of the REST API. Each tool is one operation, for one principal."""
