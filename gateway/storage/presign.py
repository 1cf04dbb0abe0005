"""AWS Signature Version 4 in the query: a URL that serves one object for some time.

obstore signs a path only. A URL that also sets the answer's Content-Type and Content-Disposition
needs both in the signature.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Static credentials for one bucket; `base` is `scheme://endpoint/bucket/prefix`."""

    base: str
    region: str
    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, base: str, region: str) -> "UrlSigner | None":
        """Return a signer, or None if the environment names no static credentials."""
        key_id = os.environ.get("AWS_ACCESS_KEY_ID")
        secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            return None
        return cls(base, region, key_id, secret, os.environ.get("AWS_SESSION_TOKEN"))

    def sign_url(
        self, method: str, key: str, seconds: int, answer_headers: Mapping[str, str], now: datetime
    ) -> str:
        """Return the URL; the answer will have the `answer_headers`, which are in lower case."""
        parts = urlsplit(f"{self.base}/{key}")
        scope = f"{now:%Y%m%d}/{self.region}/s3/aws4_request"
        values = {f"response-{name}": value for name, value in answer_headers.items()} | {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.key_id}/{scope}",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        # The canonical request of the specification: the query sorted by name, and each character
        # but the unreserved ones escaped. S3 builds the same text; one byte off is a refusal.
        if self.token:
            values["X-Amz-Security-Token"] = self.token
        query = "&".join(
            f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(values.items())
        )
        path = quote(parts.path, safe="/-_.~")
        request = f"{method}\n{path}\n{query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{ALGORITHM}\n{now:%Y%m%dT%H%M%SZ}\n{scope}\n{digest}"
        signature = self._sign_text(scope, text)
        return f"{parts.scheme}://{parts.netloc}{path}?{query}&X-Amz-Signature={signature}"

    def _sign_text(self, scope: str, text: str) -> str:
        key = f"AWS4{self.secret}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        return key.hex()
