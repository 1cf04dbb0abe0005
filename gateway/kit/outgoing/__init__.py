"""Outgoing HTTP: bounded clients for chosen services, guarded fetches of users' URLs."""
