"""Uploads: received files, upload links, and the way from bytes to an asset."""
