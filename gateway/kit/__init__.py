"""The base of every slice: money, time, errors, database, HTTP edges. Knows no slice."""
