"""Mail: a row of the transaction it tells of, sent after the commit, tried again if need be."""
