"""The gateway: REST ledger, jobs and everything behind one ASGI application."""
