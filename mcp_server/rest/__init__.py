"""The REST API behind the server: its document, its calls and their answers."""
