"""All operations, in the order of the documentation."""

from collections.abc import Awaitable, Callable
from typing import Any

from gateway.account import operations as account
from gateway.affiliates import operations as affiliates
from gateway.identity.devices import operations as devices
from gateway.identity.keys import operations as identity
from gateway.identity.sign_in import operations as sign_in
from gateway.identity.teams import operations as teams
from gateway.kit.operation import Operation, operation_from_handler
from gateway.ledger import operations as ledger
from gateway.library import operations as library
from gateway.media import operations as media
from gateway.media.outputs import operations as outputs
from gateway.media.webhooks import operations as webhooks
from gateway.payments import operations as payments
from gateway.payments.billing import operations as billing
from gateway.payments.codes import operations as codes
from gateway.payments.invoices import operations as invoices
from gateway.payments.registry import PROVIDER_ENTRIES
from gateway.payments.top_ups import operations as top_ups
from gateway.process import probes
from gateway.shares import operations as shares
from gateway.spending import operations as spending
from gateway.studio.agent import operations as agent
from gateway.studio.documents import operations as texts
from gateway.studio.films import operations as films
from gateway.studio.plans import film_operations as film_rendering
from gateway.studio.plans import operations as plans
from gateway.studio.plans import render_operations as rendering
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.threads import operations as threads

HANDLERS: tuple[Callable[..., Awaitable[Any]], ...] = (
    probes.get_health,
    sign_in.start_email,
    sign_in.verify_email,
    sign_in.verify_google,
    sign_in.verify_email_in_browser,
    sign_in.verify_google_in_browser,
    sign_in.get_browser_session,
    sign_in.end_browser_session,
    sign_in.list_sessions,
    sign_in.revoke_session,
    sign_in.list_identities,
    sign_in.link_identity,
    sign_in.unlink_identity,
    account.get_account_settings,
    account.change_account_settings,
    account.get_account_closing,
    account.close_account,
    identity.list_keys,
    identity.create_key,
    identity.revoke_key,
    identity.change_key,
    identity.rotate_key,
    teams.list_members,
    teams.change_member,
    teams.remove_member,
    teams.list_invitations,
    teams.invite_member,
    teams.withdraw_invitation,
    teams.resend_invitation,
    teams.read_invitation,
    teams.accept_invitation,
    teams.list_team_accounts,
    teams.switch_account,
    devices.start_device_link,
    devices.get_device_link,
    devices.approve_device_link,
    devices.poll_device_link,
    ledger.get_balance,
    ledger.get_balance_history,
    ledger.get_credits_balance,
    ledger.consume_credits,
    payments.list_packages,
    *(handler for provider in PROVIDER_ENTRIES for handler in provider.operations),
    codes.redeem_code,
    codes.list_redeemed_codes,
    top_ups.get_auto_top_up,
    top_ups.change_auto_top_up,
    top_ups.end_auto_top_up,
    top_ups.start_saving_card,
    top_ups.claim_saved_card,
    top_ups.list_top_ups,
    payments.list_purchases,
    payments.get_receipt,
    billing.get_billing_details,
    billing.change_billing_details,
    invoices.list_invoices,
    invoices.get_invoice,
    invoices.get_invoice_pdf,
    *(handler for provider in PROVIDER_ENTRIES for handler in provider.webhooks),
    affiliates.follow_affiliate_link,
    affiliates.validate_affiliate_code,
    affiliates.capture_affiliate,
    affiliates.apply_as_affiliate,
    affiliates.get_affiliate,
    affiliates.update_affiliate,
    affiliates.get_affiliate_code,
    affiliates.get_affiliate_dashboard,
    affiliates.list_commissions,
    affiliates.list_payouts,
    affiliates.list_payout_requests,
    affiliates.request_payout,
    affiliates.get_bound_code,
    affiliates.bind_affiliate_code,
    media.list_tasks,
    media.quote_jobs,
    media.submit_job,
    media.get_job,
    media.watch_job,
    media.cancel_job,
    outputs.list_outputs,
    outputs.update_outputs,
    outputs.delete_outputs,
    outputs.restore_outputs,
    outputs.list_prompts,
    outputs.list_presets,
    media.get_usage,
    spending.export_usage,
    spending.list_statements,
    spending.get_statement,
    spending.list_budgets,
    spending.set_budget,
    spending.delete_budget,
    plans.prepare_plan,
    plans.get_plans,
    plans.get_plan_media,
    plans.execute_plan,
    plans.reject_plan,
    webhooks.get_webhooks,
    webhooks.rotate_webhook_secret,
    webhooks.list_webhook_deliveries,
    webhooks.redeliver_webhook,
    webhooks.test_webhook,
    snapshots.get_snapshot,
    library.create_project,
    library.update_project,
    library.list_assets,
    library.list_all_assets,
    library.upload_asset,
    library.create_upload_link,
    library.get_asset,
    library.update_asset,
    threads.update_settings,
    threads.create_thread,
    threads.select_thread,
    threads.get_thread,
    threads.update_thread,
    agent.prepare_message,
    agent.send_message,
    agent.get_request,
    agent.watch_request,
    agent.cancel_request,
    media.keep_asset,
    media.get_preview,
    texts.create_text,
    texts.get_text,
    texts.save_text,
    texts.list_versions,
    storyboards.create_storyboard,
    storyboards.get_storyboard,
    storyboards.save_storyboard,
    storyboards.import_storyboard,
    storyboards.export_storyboard,
    rendering.prepare_render,
    films.get_films,
    films.create_film,
    films.update_film,
    films.create_film_thread,
    film_rendering.prepare_film_render,
    shares.list_shares,
    shares.create_share,
    shares.update_share,
    shares.revoke_share,
)


def list_operations() -> list[Operation]:
    """Return every operation."""
    return [operation_from_handler(handler) for handler in HANDLERS]
