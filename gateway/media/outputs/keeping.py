"""Keeping several results in one call: as many as there is room for, and the others named."""

from collections.abc import Mapping, Sequence

from gateway.kit import idempotency
from gateway.kit.database.sessions import Session
from gateway.kit.errors import Problem
from gateway.kit.operation import Answer, Call, Caller, render_model, to_sent_fields
from gateway.library import projects
from gateway.library.asset_queries import OutputPlace
from gateway.library.assets import AssetOrigin
from gateway.library.quota import lock_shelf
from gateway.library.schemas import AssetMade
from gateway.library.uploads.intake import CREATED_STATUS, FOUND_STATUS, Destination, Uploads
from gateway.media.jobs.kept_outputs import copy_output, require_outputs
from gateway.media.outputs.schemas import KeptOutputs, NotKept
from gateway.media.schemas import KeepAsset


async def keep_outputs(uploads: Uploads, call: Call, caller: Caller, body: KeepAsset) -> Answer:
    """Keep results, each as far as it can be; the answer names those that are not kept.

    Raises:
        NotFound: one of them, or the project, does not exist; nothing was kept.
        Problem: none of them could be kept; the reason of the first.
    """
    places = list(dict.fromkeys(each.place for each in body.outputs or ()))
    account, key = caller.ledger_account, call.idempotency_key
    keyed = Destination(
        account=account,
        book=caller.book,
        project_id="",
        filename="",
        source=AssetOrigin(type="job"),
        scope=None if key is None else call.key_scope(key),
        request_hash=idempotency.hash_request(to_sent_fields(body)),
    )
    async with uploads.database.read() as snapshot:
        if (replayed := await uploads.find_replay(snapshot, keyed)) is not None:
            return replayed
        await require_outputs(snapshot, account, places)
    project_id = await projects.choose_project(
        uploads.database, uploads.ids, account, body.project_id
    )
    answers, problems = list[Answer](), dict[OutputPlace, Problem]()
    for job_id, index in places:
        source = AssetOrigin(type="job", job_id=job_id, output_index=index)
        to = Destination(
            account=account,
            book=caller.book,
            project_id=project_id,
            filename="",
            source=source,
            tags=body.tags,
        )
        try:
            answers.append(await copy_output(uploads, to))
        except Problem as problem:
            problems[(job_id, index)] = problem
    if not answers:
        raise next(iter(problems.values()))
    async with uploads.database.write() as session:
        return await _store_answer(session, uploads, keyed, answers, problems)


async def _store_answer(
    session: Session,
    uploads: Uploads,
    keyed: Destination,
    answers: Sequence[Answer],
    problems: Mapping[OutputPlace, Problem],
) -> Answer:
    """Return the answer to all, stored under the request's idempotency key, if it has one."""
    # Under the shelf's lock: of two requests with one key only one finds no answer here.
    await lock_shelf(session, keyed.account)
    if (replayed := await uploads.find_replay(session, keyed)) is not None:
        return replayed
    kept = [AssetMade.model_validate_json(each.body) for each in answers]
    not_kept = [
        NotKept(job_id=job_id, output_index=index, code=why.code, message=why.detail)
        for (job_id, index), why in problems.items()
    ]
    body = render_model(KeptOutputs(data=kept, not_kept=not_kept))
    created = any(each.status == CREATED_STATUS for each in answers)
    status = CREATED_STATUS if created else FOUND_STATUS
    if keyed.scope is not None:
        stored = idempotency.StoredAnswer(
            keyed.request_hash, status, body.decode(), kept[0].asset_id
        )
        await session.write(idempotency.build_answer_write([(keyed.scope, stored)]))
    return Answer(status=status, body=body)
