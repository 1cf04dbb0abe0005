"""The server over HTTP: sites, admission, sessions, and the ASGI application."""
