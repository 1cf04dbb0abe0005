"""The settings of the studio: one row for each account and mode, changed field by field.

A change first locks the account's library (`lock_shelf`), so two changes at once merge one after
the other and neither is lost. An account without a row has the defaults.
"""

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import ScopeDenied
from gateway.kit.money import parse_usd, to_amount_fields
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import JsonObject
from gateway.library import projects
from gateway.library.quota import lock_shelf
from gateway.studio.threads import threads
from gateway.studio.threads.schemas import AgentSettings, ChangeAgent, ChangeSettings, Defaults
from gateway.studio.threads.schemas import StudioSettings as WireSettings
from gateway.studio.threads.tables import StudioSettings

DEFAULT_MAX_PRICE_MICROUSD = 250_000


async def load_settings(session: Session, account: int) -> StudioSettings:
    """Return the stored settings of an account, or the defaults, which are not stored."""
    statement = select(StudioSettings).where(StudioSettings.account_id == account)
    row = await session.scalar(statement.execution_options(populate_existing=True))
    return row or build_default_settings(account)


def build_default_settings(account: int) -> StudioSettings:
    """Return the default settings as a row that is not in the database; revision 0 tells it."""
    return StudioSettings(
        account_id=account,
        selected_thread_id=None,
        defaults_json=Defaults().model_dump_json(by_alias=True),
        agent_enabled=1,
        agent_max_price_microusd=DEFAULT_MAX_PRICE_MICROUSD,
        agent_instructions="",
        revision=0,
        created_at=0,
        updated_at=0,
    )


async def change(session: Session, caller: Caller, changes: ChangeSettings) -> StudioSettings:
    """Merge a change into the settings of the caller's account.

    Raises:
        NotFound: the selected project or thread does not exist.
        ScopeDenied: a key raises the agent's limit or switches it on; only a person may.
    """
    account = caller.ledger_account
    row = await _lock_settings(session, account)
    if "selected_project_id" in changes.model_fields_set:
        await projects.select_project(session, account, changes.selected_project_id)
    if "selected_thread_id" in changes.model_fields_set:
        thread_id = changes.selected_thread_id
        if thread_id is not None:
            await threads.load_thread(session, account, thread_id, field="selectedThreadId")
        row.selected_thread_id = thread_id
    if changes.defaults is not None:
        merged = _merge_json(
            Defaults.model_validate_json(row.defaults_json).model_dump(),
            changes.defaults.model_dump(exclude_none=True),
        )
        row.defaults_json = Defaults.model_validate(merged).model_dump_json(by_alias=True)
    if changes.agent is not None:
        old_enabled, old_max_price = row.agent_enabled, row.agent_max_price_microusd
        _change_agent(row, changes.agent)
        is_wider = row.agent_enabled > old_enabled or row.agent_max_price_microusd > old_max_price
        # Keys and apps spend under this limit. If one could raise it, it would be no limit.
        # The row is changed already; the refusal rolls the transaction back.
        if is_wider and caller.session_id is None:
            raise ScopeDenied(
                "Only a person in the browser can let the agent cost more.",
                hint="Ask the user to change the limit on the page of a thread in the studio.",
            )
    await session.flush()
    return row


async def select_thread(session: Session, account: int, thread_id: str) -> StudioSettings:
    """Select a thread, and the project that it belongs to.

    Raises:
        NotFound: the account has no such thread.
    """
    row = await _lock_settings(session, account)
    thread = await threads.load_thread(session, account, thread_id)
    await projects.select_project(session, account, thread.project_id)
    row.selected_thread_id = thread.id
    await session.flush()
    return row


async def render_settings(session: Session, row: StudioSettings) -> WireSettings:
    """Render the settings; the selected project is read from the library."""
    return WireSettings(
        selected_project_id=await projects.get_selected_project_id(session, row.account_id),
        selected_thread_id=row.selected_thread_id,
        defaults=Defaults.model_validate_json(row.defaults_json),
        agent=AgentSettings(
            enabled=bool(row.agent_enabled),
            instructions=row.agent_instructions,
            **to_amount_fields("maxPrice", row.agent_max_price_microusd),
        ),
        revision=row.revision,
        created_at=to_iso(row.created_at) if row.revision else None,
        updated_at=to_iso(row.updated_at) if row.revision else None,
    )


def _change_agent(row: StudioSettings, changes: ChangeAgent) -> None:
    if changes.enabled is not None:
        row.agent_enabled = int(changes.enabled)
    if changes.max_price_usd is not None:
        row.agent_max_price_microusd = parse_usd(changes.max_price_usd)
    if changes.instructions is not None:
        row.agent_instructions = changes.instructions


async def _lock_settings(session: Session, account: int) -> StudioSettings:
    """Lock the account's settings and return their row, new if there was none.

    `lock_shelf` locks the library's row of the account until the commit. Without it two first
    changes would both insert a row, and two later ones would overwrite each other.
    """
    await lock_shelf(session, account)
    row = await load_settings(session, account)
    now = await get_database_time(session)
    if not row.revision:
        row.created_at = now
        session.add(row)
    row.revision += 1
    row.updated_at = now
    return row


def _merge_json(base: JsonObject, given: JsonObject) -> JsonObject:
    """Return a JSON object with the given fields replaced, objects inside it field by field."""
    replaced = {
        name: _merge_json(base[name], value) if isinstance(value, dict) else value
        for name, value in given.items()
    }
    return base | replaced
