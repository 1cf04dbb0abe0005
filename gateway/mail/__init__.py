"""Mail: a row written in the transaction that causes it, sent after the commit, with retries."""
