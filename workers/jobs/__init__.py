"""Jobs in a worker: claimed, run under a lease, ended and written down."""
