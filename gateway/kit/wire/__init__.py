"""The wire: request and answer models, field types, and the refusals of hostile input."""
