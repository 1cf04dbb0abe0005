"""The HTTP edge: connections, limits, routes and the facts of each request."""
