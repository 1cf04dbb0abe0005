"""Who is calling: accounts and API keys."""
