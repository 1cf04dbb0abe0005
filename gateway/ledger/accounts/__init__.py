"""The ledger's accounts under lock: journal, locks, grants and their expiry, freezes, bars."""
