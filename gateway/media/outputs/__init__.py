"""Results: the outputs of an account as one list, which its owner names, stars and deletes."""
