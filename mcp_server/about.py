"""The names of the server, apart from the SDK, which takes a second to load."""

NAME, TITLE = "com.killatamata/killatamata", "Killa Tamata AI"
PROTOCOLS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
"""The versions of the protocol that are spoken, the oldest first."""
