"""Shares: results that anybody with a secret link may see, their reports, the showcase."""
