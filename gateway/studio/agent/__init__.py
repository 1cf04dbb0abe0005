"""The agent: messages, requests, their events and prices. It never spends by itself."""
