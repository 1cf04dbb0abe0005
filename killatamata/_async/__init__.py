"""The client; `_async` is written by hand, `_sync` is rendered from it."""
