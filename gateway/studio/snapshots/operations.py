"""The operation that reads the snapshot of the studio."""

from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Answer, Call, Caller, Reply, operation
from gateway.studio.snapshots.schemas import SnapshotQuery, StudioSnapshot
from gateway.studio.snapshots.snapshots import Snapshots


@operation(
    "GET",
    "/api/v1/studio/snapshot",
    tag="studio",
    response=StudioSnapshot,
    conditional=True,
    scopes=("studio",),
    problems=(NotFound,),
)
async def get_snapshot(
    call: Call, caller: Caller, query: SnapshotQuery, session: Snapshot, snapshots: Snapshots
) -> Answer | Reply:
    """Read everything a page or agent needs from the studio.

    Ask again with `If-None-Match`: 304 until something changes.
    """
    revision, etag = await snapshots.compute_etag(session, caller)
    if call.headers.get("if-none-match") == etag:
        return Answer(status=304, body=b"", headers={"ETag": etag})
    body = await snapshots.take_snapshot(session, caller, query, revision)
    return Reply(body=body, headers={"ETag": etag})
