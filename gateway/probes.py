"""Is it alive, is it ready, how does it do: for load balancers, operators, and the public."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import migrations
from gateway.kit import metrics
from gateway.kit.browser import Site
from gateway.kit.database import ConnectionLost, Database
from gateway.kit.disk import DiskReserve
from gateway.kit.errors import NotFound, Problem, Unauthorized, Unavailable
from gateway.kit.models import Wire
from gateway.kit.operation import operation
from gateway.kit.queue import Sweep
from gateway.ledger import gauges as ledger
from gateway.mail import outbox
from gateway.media import gauges as media
from gateway.payments import reconciling as payments
from gateway.storage.base import Storage

VERSION = version("killatamata")
SKILL = "killatamata"
GAUGE_SECONDS, INVARIANT_SECONDS = 15, 300
Part = Callable[[], Awaitable[bool]]


class HealthSkillVersion(Wire):
    """The Agent Skill of this gateway; a skill of another version is stale."""

    name: str
    version: str
    compatible_api_version: str
    compatibility_policy: Literal["exact"]
    auto_update: Literal[False]
    manifest_url: str
    metadata_url: str
    root_url: str
    entrypoint_url: str


class Health(Wire):
    """How the gateway does, without names of its parts."""

    status: Literal["ok", "degraded"]
    version: str
    skill: HealthSkillVersion


@dataclass(slots=True)
class Readiness:
    """Knows whether this process can serve.

    Without one of `parts` it serves all the same, degraded; only the database is needed.
    """

    database: Database
    storage: Storage
    disk: DiskReserve
    parts: dict[str, Part]
    draining: bool = field(default=False)

    async def database_ready(self) -> bool:
        """Say whether the database answers and has the schema this code needs."""
        try:
            return await migrations.is_current(self.database)
        except (ConnectionLost, Unavailable, OSError):
            return False

    async def degradable(self) -> dict[str, bool]:
        """Say of each part that can be missing for a while whether it works."""
        found = {"storage": await self._storage_ready(), "disk": self.disk.has_room()}
        return found | {name: await works() for name, works in self.parts.items()}

    async def _storage_ready(self) -> bool:
        try:
            await self.storage.check()
        except (Problem, OSError):
            return False
        return True


@operation("GET", "/api/v1/health", tag="health", response=Health, public=True, limit="none")
async def get_health(readiness: Readiness, site: Site) -> Health:
    """Say whether the gateway works, and its version."""
    good = await readiness.database_ready() and all((await readiness.degradable()).values())
    status: Literal["ok", "degraded"] = "ok" if good else "degraded"
    return Health(status=status, version=VERSION, skill=skill_version(site.public_url))


def skill_version(site: str) -> HealthSkillVersion:
    """Return where the skill of this version is; an agent tells its user, and swaps nothing."""
    root = f"{site}/skills/{SKILL}/"
    return HealthSkillVersion(
        name=SKILL,
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
    """Answer that the process runs; touch nothing."""
    return JSONResponse({"status": "ok"})


def readyz(readiness: Readiness) -> Any:  # noqa: ANN401 - a Starlette endpoint
    """Return the endpoint that is 503 only without a database, or while draining."""

    async def endpoint(_request: Request) -> JSONResponse:
        database = await readiness.database_ready()
        degradable = await readiness.degradable()
        ready = database and not readiness.draining
        status = "unready" if not ready else "ready" if all(degradable.values()) else "degraded"
        parts = {"database": database, "draining": readiness.draining} | degradable
        return JSONResponse({"status": status} | parts, 200 if ready else 503)

    return endpoint


def metrics_page(token: str) -> Any:  # noqa: ANN401 - a Starlette endpoint
    """Return the endpoint that shows the metrics of this process to who has the token."""

    async def endpoint(request: Request) -> Response:
        if not token:
            raise NotFound
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Unauthorized("This requires the token in KT_METRICS_TOKEN as a bearer token.")
        body = generate_latest(metrics.REGISTRY)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return endpoint


def gauge_sweeps(readiness: Readiness) -> list[Sweep]:
    """Return what keeps the gauges fresh."""
    return [
        Sweep("gauges", GAUGE_SECONDS, partial(_refresh, readiness)),
        Sweep("invariants", INVARIANT_SECONDS, partial(ledger.check, readiness.database)),
    ]


async def _refresh(readiness: Readiness) -> None:
    ready = await readiness.database_ready()
    metrics.READY.set(ready and not readiness.draining)
    metrics.DISK_FREE.set(readiness.disk.free_bytes())
    metrics.DB_POOL_IN_USE.set(readiness.database.in_use)
    if ready:
        async with readiness.database.read() as snapshot:
            await outbox.refresh(snapshot)
            await media.refresh(snapshot)
            await payments.refresh(snapshot)
            await ledger.refresh(snapshot)
