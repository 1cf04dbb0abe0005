"""Accounts, sign-in, sessions, API keys, device links and connected apps."""
