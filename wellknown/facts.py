"""Facts that documents are built from; builders are pure, so every process serves equal bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.configuration.settings import Settings
from gateway.kit.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """Settings and operations, and what was rendered from them: OpenAPI document and skill."""

    settings: Settings
    operations: Sequence[Operation]
    openapi: Mapping[str, Any]
    skill: Mapping[str, bytes]

    @property
    def site(self) -> str:
        """Return the address of the site, without a slash at its end."""
        return self.settings.public_url

    @property
    def api(self) -> str:
        """Return the base of the API, without a slash at its end."""
        return self.settings.api_url

    @property
    def host(self) -> str:
        """Return the host name of the site."""
        return urlsplit(self.site).hostname or ""


def to_json_bytes(value: object) -> bytes:
    """Serialize JSON as it is served: in the given order, compact, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
