"""API keys and browser sessions: callers, their rights, and the rights that they hand out."""
