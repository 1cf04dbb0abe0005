"""Types of settings that are addresses, with the schemes that each accepts."""

from typing import Annotated

from pydantic import AfterValidator


def begins_with(*starts: str) -> AfterValidator:
    """Build the validator of an address: empty, or with one of these beginnings."""

    def check(given: str) -> str:
        if given and not given.startswith(starts):
            raise ValueError(f"must begin with {' or '.join(starts)}")
        return given

    return AfterValidator(check)


DatabaseUrl = Annotated[str, begins_with("sqlite+aiosqlite:///", "postgresql+asyncpg://")]
RedisUrl = Annotated[str, begins_with("redis://", "rediss://", "unix://")]
StorageUrl = Annotated[str, begins_with("file:///", "s3://")]
SiteUrl = Annotated[str, begins_with("https://", "http://")]
