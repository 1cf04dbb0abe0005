"""Health of the process: probes for load balancers, metrics for operators, one public page."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import migrations
from gateway.kit.database.sessions import Database
from gateway.kit.disk import DiskReserve
from gateway.kit.errors import NotFound, Unauthorized
from gateway.kit.http.browser import Site
from gateway.kit.messaging.presence import PartProbe, Presence
from gateway.kit.operation import operation
from gateway.kit.queue import Sweep
from gateway.kit.release import VERSION
from gateway.kit.telemetry import metrics
from gateway.kit.wire.field_types import Text, Url
from gateway.kit.wire.models import WireModel
from gateway.ledger.reports import gauges as ledger
from gateway.mail import outbox
from gateway.media.oversight import gauges as media
from gateway.migrations.compatibility import SchemaFit
from gateway.payments.reconciliation import nightly_reconciliation as payments
from gateway.storage.base import Storage

SKILL_NAME = "killatamata"
GAUGE_SECONDS, INVARIANT_SECONDS = 15, 300
log = logging.getLogger("gateway")
PartCheck = Callable[[], Awaitable[bool]]


class HealthSkillVersion(WireModel):
    """The Agent Skill of this gateway; a skill of another version is stale."""

    name: Text = Field(description="The name of the skill.")
    version: Text = Field(description="The version of the skill.")
    compatible_api_version: Text = Field(
        description="The version of the API that the skill is for."
    )
    compatibility_policy: Literal["exact"] = Field(
        description="`exact`: a skill of another version is stale."
    )
    auto_update: Literal[False] = Field(
        description="False: an agent tells its user, and does not replace its own instructions."
    )
    manifest_url: Url = Field(description="Address of the manifest: each file with its SHA-256.")
    metadata_url: Url = Field(description="Address of the version and the compatibility.")
    root_url: Url = Field(description="Address of the folder of the skill.")
    entrypoint_url: Url = Field(description="Address of `SKILL.md`.")


class Health(WireModel):
    """The gateway's health, without names of its parts."""

    status: Literal["ok", "degraded"] = Field(
        description="`degraded`: a part is down, and the rest works."
    )
    version: Text = Field(description="The version of the gateway.")
    skill: HealthSkillVersion


class Readiness:
    """Checks whether this process can serve.

    Only the database is needed; without one of `parts` the process serves in a degraded state.
    `is_draining`: it stops soon, and serves on. `is_stopping`: no call is kept waiting any more.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        disk: DiskReserve,
        parts: Mapping[str, PartCheck],
        *presences_elsewhere: Presence,
    ) -> None:
        self.database = database
        self.storage = storage
        self.disk = disk
        self.is_draining, self.is_stopping = False, False
        self.schema_fit = SchemaFit.UNKNOWN
        needed = {"database": self._is_schema_usable}
        optional = {"storage": self._is_storage_ready, "disk": self._has_disk_room, **parts}
        presences = {presence.part: presence for presence in presences_elsewhere}
        self._probes = {
            name: PartProbe(presences.get(name) or Presence(name), look)
            for name, look in (needed | optional).items()
        }

    async def check_parts(self) -> dict[str, bool]:
        """Check the database and each optional part; return by name if it works.

        All are checked at once, and none is waited for longer than a second.
        """
        works = await asyncio.gather(*(probe.is_working() for probe in self._probes.values()))
        return dict(zip(self._probes, works, strict=True))

    async def close(self) -> None:
        """Stop all checks."""
        for probe in self._probes.values():
            await probe.close()

    async def _is_schema_usable(self) -> bool:
        """Return True if this program works on the schema; log each change of the answer."""
        before, fit = self.schema_fit, SchemaFit.UNKNOWN
        try:
            fit = await migrations.get_schema_fit(self.database)
        finally:
            self.schema_fit = fit
        if fit not in {before, SchemaFit.CURRENT}:
            log.warning("the schema is %s for this program", fit)
        return fit.is_usable

    async def _is_storage_ready(self) -> bool:
        await self.storage.check()
        return True

    async def _has_disk_room(self) -> bool:
        return self.disk.has_room()


@operation("GET", "/api/v1/health", tag="health", response=Health, public=True, limit="none")
async def get_health(readiness: Readiness, site: Site) -> Health:
    """Check that the gateway works, and return its version."""
    good = all((await readiness.check_parts()).values())
    status: Literal["ok", "degraded"] = "ok" if good else "degraded"
    return Health(status=status, version=VERSION, skill=build_skill_version(site.public_url))


def build_skill_version(site: str) -> HealthSkillVersion:
    """Build the version and the addresses of the skill of this gateway."""
    root = f"{site}/skills/{SKILL_NAME}/"
    return HealthSkillVersion(
        name=SKILL_NAME,
        version=VERSION,
        compatible_api_version=VERSION,
        compatibility_policy="exact",
        auto_update=False,
        manifest_url=f"{site}/.well-known/agent-skills.json",
        metadata_url=f"{root}version.json",
        root_url=root,
        entrypoint_url=f"{root}SKILL.md",
    )


async def healthz(_request: Request) -> JSONResponse:
    """Answer that the process runs; check nothing: a slow database is no reason to restart it."""
    return JSONResponse({"status": "ok"})


def readyz_endpoint(readiness: Readiness) -> Any:  # noqa: ANN401 - a Starlette endpoint
    """Build the endpoint that answers 503 only without a database, or while draining."""

    async def endpoint(_request: Request) -> JSONResponse:
        parts = await readiness.check_parts()
        ready = parts["database"] and not readiness.is_draining
        status = "unready" if not ready else "ready" if all(parts.values()) else "degraded"
        state = {"draining": readiness.is_draining, "schema": readiness.schema_fit}
        body = {"status": status} | state | parts
        return JSONResponse(body, 200 if ready else 503)

    return endpoint


def metrics_endpoint(token: str) -> Any:  # noqa: ANN401 - a Starlette endpoint
    """Build the endpoint that shows the metrics of this process to holders of the token."""

    async def endpoint(request: Request) -> Response:
        if not token:
            raise NotFound
        sent_token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sent_token.encode(), token.encode()):
            raise Unauthorized("This requires the token in KT_METRICS_TOKEN as a bearer token.")
        body = generate_latest(metrics.REGISTRY)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return endpoint


def build_gauge_sweeps(readiness: Readiness) -> list[Sweep]:
    """Build the sweeps that refresh the gauges and check the invariants."""
    return [
        Sweep("gauges", GAUGE_SECONDS, partial(_refresh_gauges, readiness)),
        Sweep(
            "invariants",
            INVARIANT_SECONDS,
            partial(ledger.refresh_violation_gauges, readiness.database),
        ),
    ]


async def _refresh_gauges(readiness: Readiness) -> None:
    ready = (await readiness.check_parts())["database"]
    metrics.READY.set(ready and not readiness.is_draining)
    metrics.DISK_FREE.set(readiness.disk.get_free_bytes())
    metrics.DB_POOL_IN_USE.set(readiness.database.connections_in_use)
    if ready:
        async with readiness.database.read() as snapshot:
            await outbox.refresh_gauge(snapshot)
            await media.refresh_gauges(snapshot)
            await payments.refresh_difference_gauges(snapshot)
            await ledger.refresh_held_gauge(snapshot)
