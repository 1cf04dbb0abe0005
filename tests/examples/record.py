"""The command that records every example again: `python -m tests.examples.record`."""

import asyncio
import json
from typing import Any

from gateway.recorded import FOLDER
from tests.examples import media, money, people, refusals, studio
from tests.examples.recorder import OPERATIONS, Recorder
from tests.examples.world import standing


async def recorded() -> dict[str, bytes]:
    """Play the whole story and return the recorded files by name."""
    async with standing() as world:
        recorder = Recorder(world)
        cast = await people.start(recorder)
        await people.keys(recorder, cast)
        await people.device(recorder, cast)
        await money.join(recorder, cast)
        await money.by_card(recorder, cast)
        await money.by_deposit(recorder, cast)
        await money.by_page(recorder)
        await money.by_x402(recorder, cast)
        project_id = await studio.open_project(recorder, cast)
        made = await media.make(recorder, cast, project_id)
        await media.hooks(recorder, cast)
        asset_id = await studio.keep(recorder, cast, project_id, made)
        await media.submit_each_task(recorder, cast, made, asset_id)
        board_id = await studio.write(recorder, cast, project_id)
        await studio.plan(recorder, cast, asset_id, board_id)
        await studio.talk(recorder, cast, project_id, asset_id)
        await money.books(recorder, cast)
        await people.identities(recorder, cast)
        await people.google(recorder)
        await refusals.of_requests(recorder, cast)
        await refusals.of_keys(recorder, cast)
        await refusals.of_jobs(recorder, cast)
        await refusals.of_affiliates(recorder, cast)
        await people.leave(recorder, cast)
        await refusals.of_plans(recorder, cast, project_id)
        await refusals.of_files(recorder, cast, project_id)
        await money.payouts(recorder, cast)
        await refusals.of_late(recorder, cast, made)
    lacking = [name for name in OPERATIONS if name not in recorder.calls]
    assert not lacking, f"nothing was recorded of {lacking}"
    files: dict[str, Any] = {name: recorder.calls[name] for name in OPERATIONS}
    files |= {"problems": recorder.problems, "webhooks": recorder.webhooks}
    return {f"{name}.json": _written(value) for name, value in files.items()}


def _written(value: Any) -> bytes:  # noqa: ANN401 - JSON
    return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n".encode()


def main() -> None:
    """Record the story into the checkout, without the old files, which the gateway would read."""
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, data in asyncio.run(recorded()).items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
