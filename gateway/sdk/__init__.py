"""The generated parts of the client: types of answers and requests, typed calls, the sync twin."""
