"""The client users import and the command they type."""
