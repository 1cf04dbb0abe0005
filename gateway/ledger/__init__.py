"""The ledger: append-only double entry, holds, grants, caps. Money is integer micro-USD."""
