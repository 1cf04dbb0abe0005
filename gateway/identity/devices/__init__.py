"""Device links (RFC 8628): a device without a browser gets a key that a person approves."""
