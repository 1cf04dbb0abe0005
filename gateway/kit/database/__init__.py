"""The database: sessions, statements over sets of rows, writes that share one commit."""
