"""What every slice stands on: money, time, errors, database, HTTP edges. Knows no slice."""
