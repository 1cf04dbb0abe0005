"""Accounts: their identities, operators and referrals, the search for them, and their closure."""
