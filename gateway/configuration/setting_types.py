"""Types of settings: addresses, with the schemes that each accepts, and lengths of time."""

from typing import Annotated

from pydantic import AfterValidator, Field


def build_prefix_validator(*prefixes: str) -> AfterValidator:
    """Build the validator of an address: empty, or with one of these beginnings."""

    def check(given: str) -> str:
        if given and not given.startswith(prefixes):
            raise ValueError(f"must begin with {' or '.join(prefixes)}")
        return given

    return AfterValidator(check)


DatabaseUrl = Annotated[
    str, build_prefix_validator("sqlite+aiosqlite:///", "postgresql+asyncpg://")
]
RedisUrl = Annotated[str, build_prefix_validator("redis://", "rediss://", "unix://")]
StorageUrl = Annotated[str, build_prefix_validator("file:///", "s3://")]
SiteUrl = Annotated[str, build_prefix_validator("https://", "http://")]
Seconds = Annotated[float, Field(ge=0, le=600)]
