"""Is it alive, is it ready: for load balancers, and coarsely for the public."""

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse

from gateway import migrations
from gateway.kit.database import ConnectionLost, Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.models import Wire
from gateway.kit.operation import operation
from gateway.storage.base import Storage

VERSION = version("killatamata")


class Health(Wire):
    """How the gateway does, without names of its parts."""

    status: Literal["ok", "degraded"]
    version: str


@dataclass(slots=True)
class Readiness:
    """Knows whether this process can serve."""

    database: Database
    storage: Storage
    draining: bool = field(default=False)

    async def database_ready(self) -> bool:
        """Say whether the database answers and has the schema this code needs."""
        try:
            return await migrations.is_current(self.database)
        except (ConnectionLost, Unavailable, OSError):
            return False

    async def storage_ready(self) -> bool:
        """Say whether the storage can be used."""
        try:
            await self.storage.check()
        except (Problem, OSError):
            return False
        return True


@operation("GET", "/api/v1/health", tag="health", response=Health, public=True, limit="none")
async def get_health(readiness: Readiness) -> Health:
    """Say whether the gateway works, and its version."""
    good = await readiness.database_ready() and await readiness.storage_ready()
    return Health(status="ok" if good else "degraded", version=VERSION)


async def healthz(_request: Request) -> JSONResponse:
    """Answer that the process runs; touch nothing."""
    return JSONResponse({"status": "ok"})


def readyz(readiness: Readiness) -> Any:  # noqa: ANN401 - a Starlette endpoint
    """Return the endpoint that is 503 only without a database, or while draining."""

    async def endpoint(_request: Request) -> JSONResponse:
        database = await readiness.database_ready()
        parts = {"database": database, "draining": readiness.draining}
        parts["storage"] = await readiness.storage_ready()
        ready = database and not readiness.draining
        status = "ready" if ready and parts["storage"] else "degraded" if ready else "unready"
        return JSONResponse({"status": status} | parts, 200 if ready else 503)

    return endpoint
