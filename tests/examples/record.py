"""The command that records every example again: `python -m tests.examples.record`."""

import asyncio
import json
from typing import Any

from gateway.recorded import FOLDER
from tests.examples import media, money, people, refusals, studio, teams
from tests.examples.recorder import OPERATIONS, ExampleRecorder
from tests.examples.world import open_world


async def record_story() -> dict[str, bytes]:
    """Play the whole story and return the recorded files by name."""
    async with open_world() as world:
        recorder = ExampleRecorder(world)
        cast = await people.sign_in_cast(recorder)
        await people.change_keys(recorder, cast)
        await people.link_device(recorder, cast)
        await money.join_affiliates(recorder, cast)
        await money.fill_in_billing_details(recorder, cast)
        await money.buy_by_card(recorder, cast)
        await money.buy_by_deposit(recorder, cast)
        await money.take_coinbase_event(recorder)
        await money.buy_by_x402(recorder, cast)
        project_id = await studio.open_project(recorder, cast)
        made = await media.make_media(recorder, cast, project_id)
        await media.receive_webhooks(recorder, cast)
        await media.arrange_outputs(recorder, cast, made, project_id)
        asset_id = await studio.keep_files(recorder, cast, project_id, made)
        await media.submit_each_task(recorder, cast, made, asset_id)
        await studio.share_results(recorder, cast, made, asset_id)
        board_id = await studio.write_documents(recorder, cast, project_id)
        await studio.prepare_plans(recorder, cast, asset_id, board_id)
        await studio.cut_film(recorder, cast, board_id)
        await studio.talk_to_agent(recorder, cast, project_id, asset_id)
        await money.read_books(recorder, cast)
        await people.link_identities(recorder, cast)
        await people.sign_in_with_google(recorder)
        await refusals.refuse_requests(recorder, cast)
        await refusals.refuse_keys(recorder, cast)
        await refusals.refuse_jobs(recorder, cast)
        await refusals.refuse_affiliates(recorder, cast)
        await people.sign_out(recorder, cast)
        await refusals.refuse_plans(recorder, cast, project_id)
        await refusals.refuse_files(recorder, cast, project_id)
        await money.pay_affiliate(recorder, cast)
        await studio.keep_several(recorder, cast, made)
        await teams.share_account(recorder)
        await refusals.refuse_late_requests(recorder, cast, made)
        await money.redeem_codes(recorder, cast)
        await money.top_up_by_itself(recorder)
    lacking = [name for name in OPERATIONS if name not in recorder.calls]
    assert not lacking, f"nothing was recorded of {lacking}"
    files: dict[str, Any] = {name: recorder.calls[name] for name in OPERATIONS}
    files |= {"problems": recorder.problems, "webhooks": recorder.webhooks}
    return {f"{name}.json": _render_file(value) for name, value in files.items()}


def _render_file(value: Any) -> bytes:  # noqa: ANN401 - JSON
    return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n".encode()


def main() -> None:
    """Record the story into the checkout, without the old files, which the gateway would read."""
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, data in asyncio.run(record_story()).items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
