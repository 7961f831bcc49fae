"""The server for agents that speak the Model Context Protocol; the only part that needs the `mcp` package."""
