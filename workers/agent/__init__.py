"""The studio's agent: it reads, proposes and answers; it cannot spend, fetch or write."""
