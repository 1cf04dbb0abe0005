"""Versions of this client and of a gateway, as the promise of a major version reads them."""

import re
from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import version

from killatamata._sync.client import Client
from killatamata.operations import OPERATIONS

RELEASE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
MOST_NAMED = 3


class Fit(StrEnum):
    """Fit of this client and a gateway; the value is the mark in the check-up."""

    FITS = "ok"
    OLDER_GATEWAY = "warning"
    OTHER_MAJOR = "NO"


def describe_versions(client: Client, gateway_version: str) -> tuple[str, Fit]:
    """Describe how this client fits the gateway's version."""
    own_version = version("killatamata")
    own, other = _parse_release(own_version), _parse_release(gateway_version)
    pair = f"client {own_version}, gateway {gateway_version}"
    if own[:1] != other[:1]:
        wheel = f"{client.base_url}/clients/killatamata-{gateway_version}-py3-none-any.whl"
        fix = f"pip install 'killatamata[cli] @ {wheel}'"
        return (
            f"{pair}: their major versions differ, so a call may fail. Fix: {fix}",
            Fit.OTHER_MAJOR,
        )
    if other < own:
        missing = _list_missing_calls(client)
        words = f"{pair}: the gateway is older"
        if not missing:
            return f"{words}, and may refuse newer fields", Fit.OLDER_GATEWAY
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        return f"{words}; it has no {', '.join(missing[:MOST_NAMED])}{more}", Fit.OLDER_GATEWAY
    return f"{pair}: they fit", Fit.FITS


def _parse_release(text: str) -> tuple[int, ...]:
    """Parse (0, 7, 1) from `0.7.1rc2`; empty where there is no version."""
    found = RELEASE.match(text)
    return tuple(int(each or 0) for each in found.groups()) if found else ()


def _list_missing_calls(client: Client) -> Sequence[str]:
    """List the calls of this client that the gateway's document does not have."""
    paths = client.request("GET", "/openapi.json").json().get("paths", {})
    offered = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    return sorted(OPERATIONS - offered)
