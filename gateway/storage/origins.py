"""Origins that files come from: what a page's policy has to name so that pictures show."""

from urllib.parse import urlsplit

from gateway.storage.base import Storage


def list_file_origins(files_url: str, storage: Storage) -> list[str]:
    """List the host of signed URLs, and the one that the storage redirects them to."""
    presigned_url = storage.presigned_url("check", "GET", 60, "image/png", "inline")
    parts = [urlsplit(each) for each in (files_url, presigned_url) if each]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})
