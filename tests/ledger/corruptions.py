"""Corruptions of a database, each with the invariant that must find it."""

TWO_KEYS = """
INSERT INTO idempotency
SELECT account_id, book, method, path, 'two', request_hash, status, response,
       resource_id, created_at
FROM idempotency
"""
OLD_OUTPUT = """
UPDATE job_output SET expires_at = expires_at - 300000000000;
UPDATE job SET finished_at = finished_at - 300000000000 WHERE state = 'succeeded';
UPDATE job SET created_at = expires_at FROM job_output WHERE job.state IN ('queued', 'running')
"""
TWO_OPEN = """
DROP INDEX uq_payout_open;
INSERT INTO payout
SELECT 'pay_2', affiliate_id, book, state, method, destination, amount_microusd, transfer_id,
       created_at, reference, reason, decided_at, paid_at
FROM payout
"""
TOO_MANY_USES = """
INSERT INTO code_redemption
SELECT code_id, 'acct_9', 9, book, 'waiting', credit_microusd, credit_days, redeemed_at,
       NULL, NULL, NULL, 0, 0
FROM code_redemption WHERE code_id = 'cod_1'
"""
REDEEMED_TWICE = """
INSERT INTO code_redemption
SELECT code_id, 'acct_1_again', ledger_account, book, state, credit_microusd, credit_days,
       redeemed_at, NULL, NULL, NULL, 0, 0
FROM code_redemption WHERE state = 'waiting';
UPDATE credit_code SET used = 3, uses = 3 WHERE id = 'cod_2'
"""
LOST_STEP = """
UPDATE job SET state = 'failed' WHERE id = 'job_queued';
UPDATE transfer SET reference = 'step_none' WHERE id = 'trf_queued'
"""
TWO_IN_FLIGHT = """
DROP INDEX uq_top_up_in_flight;
UPDATE top_up SET state = 'charging'
"""

CORRUPTIONS = [
    ("I01", "UPDATE entry SET amount_microusd = amount_microusd + 1 WHERE account_id = -7"),
    ("I01", "DELETE FROM entry WHERE transfer_id = 'trf_queued' AND account_id = -7"),
    ("I01", "DELETE FROM transfer WHERE id = 'trf_queued'"),
    ("I02", "DELETE FROM entry WHERE transfer_id = 'trf_queued' AND account_id = -7"),
    ("I02", "UPDATE entry SET account_id = -107 WHERE account_id = -7"),
    ("I02", "UPDATE spender SET account_id = 2"),
    ("I02", "UPDATE job SET book = 'test' WHERE id = 'job_queued'"),
    ("I03", "UPDATE ledger_account SET posted_microusd = posted_microusd + 1 WHERE id = 1"),
    ("I03", "UPDATE ledger_account SET incoming_microusd = 1 WHERE id = 1"),
    ("I04", "UPDATE ledger_account SET version = version + 1 WHERE id = 1"),
    ("I04", "DELETE FROM entry WHERE account_id = 1 AND account_version = 1"),
    ("I04", "UPDATE entry SET balance_after_microusd = 0 WHERE account_version = 3"),
    ("I04", "UPDATE entry SET account_version = NULL WHERE account_version = 2"),
    ("I05", "UPDATE ledger_account SET untaken_microusd = untaken_microusd + 1 WHERE id = 1"),
    ("I05", "UPDATE ledger_account SET grants_due_at = NULL WHERE id = 1"),
    ("I05", "UPDATE credit_grant SET remaining_microusd = remaining_microusd - 1"),
    ("I05", "UPDATE credit_grant SET account_id = 99"),
    ("I06", "UPDATE ledger_account SET debt_microusd = 5 WHERE id = 1"),
    ("I06", "UPDATE ledger_account SET state = 'frozen' WHERE id = 1"),
    ("I06", "DELETE FROM account_freeze"),
    ("I07", "UPDATE transfer SET amount_microusd = 101 WHERE phase = 'post'"),
    ("I07", "UPDATE transfer SET amount_microusd = 99 WHERE phase = 'void'"),
    ("I07", "UPDATE transfer SET reference = 'job' WHERE phase = 'post' AND amount_microusd = 60"),
    ("I07", "UPDATE transfer SET pending_id = 'no' WHERE phase = 'post' AND amount_microusd = 60"),
    ("I08", "UPDATE ledger_account SET pending_microusd = pending_microusd - 1 WHERE id = 1"),
    ("I08", "DELETE FROM media_attempt; DELETE FROM job WHERE id = 'job_queued'"),
    ("I08", "UPDATE job SET state = 'failed' WHERE id = 'job_running'"),
    ("I08", LOST_STEP),
    ("I08", "DELETE FROM agent_request WHERE id = 'req_queued'"),
    ("I08", "UPDATE agent_request SET state = 'failed' WHERE id = 'req_running'"),
    ("I09", "UPDATE job SET state = 'succeeded' WHERE id = 'job_queued'"),
    ("I09", "UPDATE job SET captured_microusd = 59 WHERE id = 'job_succeeded'"),
    ("I10", "UPDATE job SET state = 'expired' WHERE id = 'job_queued'"),
    ("I10", "UPDATE job SET captured_microusd = 1 WHERE id = 'job_failed'"),
    ("I10", "UPDATE agent_request SET state = 'failed' WHERE id = 'req_succeeded'"),
    ("I10", "UPDATE agent_request SET state = 'expired' WHERE id = 'req_queued'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 1 WHERE id = 'req_failed'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 29 WHERE id = 'req_canceled'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 0 WHERE id = 'req_canceled'"),
    ("I11", "UPDATE agent_request SET state = 'queued' WHERE id = 'req_failed'"),
    ("I11", "UPDATE agent_request SET price_microusd = 51 WHERE id = 'req_queued'"),
    ("I11", "UPDATE job SET state = 'queued' WHERE id = 'job_failed'"),
    ("I11", "UPDATE job SET price_microusd = 99 WHERE id = 'job_queued'"),
    ("I12", "UPDATE job SET captured_microusd = 59 WHERE id = 'job_succeeded'"),
    ("I12", "UPDATE job SET max_price_microusd = 99 WHERE id = 'job_queued'"),
    ("I12", "UPDATE quote_item SET price_microusd = 99"),
    ("I12", "DELETE FROM quote_item"),
    ("I12", "UPDATE job SET quote_id = NULL"),
    ("I13", "UPDATE job SET lease_expires_at = 1 WHERE id = 'job_running'"),
    ("I13", "UPDATE agent_request SET lease_expires_at = 1 WHERE id = 'req_running'"),
    ("I14", "UPDATE agent_request SET queue_timeout_at = 1 WHERE id = 'req_queued'"),
    ("I14", "UPDATE job SET dispatch_after = 1 WHERE id = 'job_queued'"),
    ("I14", "UPDATE job SET queue_timeout_at = 1 WHERE id = 'job_queued'"),
    ("I15", "UPDATE idempotency SET resource_id = 'job_none'"),
    ("I15", "UPDATE idempotency SET account_id = 'acct_2'"),
    ("I15", TWO_KEYS),
    ("I16", "UPDATE media_attempt SET fence = fence + 1"),
    ("I17", "DELETE FROM job_output"),
    ("I17", "UPDATE job_output SET deleted_at = expires_at - 1"),
    ("I17", "UPDATE job_output SET expires_at = expires_at - 1"),
    ("I17", "UPDATE job_output SET job_id = 'job_failed'"),
    ("I17", OLD_OUTPUT),
    ("I18", "UPDATE transfer SET amount_microusd = 99 WHERE code = 'purchase'"),
    ("I18", "DELETE FROM transfer WHERE code = 'bonus'"),
    ("I18", "UPDATE purchase SET bonus_microusd = 0"),
    ("I18", "UPDATE purchase SET natural_key = 'pi_other'"),
    ("I18", "UPDATE purchase SET receipt_number = 2"),
    ("I18", "UPDATE purchase SET receipt_number = NULL"),
    ("I18", "UPDATE receipt_counter SET last = 7"),
    ("I18", "UPDATE checkout SET id = 'chk_other' WHERE id = 'chk_1'"),
    ("I19", "UPDATE reversal SET credit_taken_microusd = 101"),
    ("I19", "UPDATE reversal SET amount_microusd = 1000 WHERE state = 'taken'"),
    ("I19", "UPDATE reversal SET state = 'undone'"),
    ("I19", "UPDATE reversal SET state = 'taken'"),
    ("I19", "UPDATE transfer SET amount_microusd = 1 WHERE code = 'refund_failed'"),
    ("I19", "UPDATE transfer SET reference = reference || 'x' WHERE code = 'refund_failed'"),
    ("I20", "UPDATE x402_payment SET state = 'failed' WHERE state = 'credited'"),
    ("I20", "UPDATE x402_payment SET state = 'credited' WHERE state = 'pending'"),
    ("I20", "UPDATE x402_payment SET purchase_id = 'pur_1' WHERE state = 'credited'"),
    ("I20", 'UPDATE x402_payment SET "transaction" = NULL'),
    ("I20", "UPDATE x402_payment SET nonce = '0x01'"),
    ("I20", "UPDATE x402_payment SET tried_at = 1 WHERE state = 'pending'"),
    ("I20", "DELETE FROM x402_payment WHERE state = 'credited'"),
    ("I21", "UPDATE webhook_event SET outcome = ''"),
    ("I21", "UPDATE webhook_event SET purchase_id = NULL"),
    ("I21", "UPDATE webhook_event SET book = 'test'"),
    ("I22", "UPDATE webhook_delivery SET next_try_at = 1"),
    ("I22", "UPDATE webhook_delivery SET next_try_at = 1, state = 'sending'"),
    ("I22", "UPDATE webhook_delivery SET account_id = 2"),
    ("I22", "UPDATE mail_outbox SET due_at = 1"),
    ("I23", "UPDATE approval_plan SET decided_at = expires_at WHERE id = 'plan_run'"),
    ("I23", "UPDATE approval_plan SET state = 'executed', outcome = 'running'"),
    ("I23", "UPDATE plan_step SET state = 'pending' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET state = 'waiting' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET job_id = NULL WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET job_id = 'job_none' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET hold_id = 'trf_failed' WHERE id = 'step_new'"),
    ("I23", "UPDATE job SET price_microusd = 99 WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET hold_id = 'trf_other' WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET effective_input_json = '{}' WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET task = 'other' WHERE id = 'job_running'"),
    ("I24", "UPDATE approval_plan SET approved_microusd = 99 WHERE id = 'plan_run'"),
    ("I24", "UPDATE approval_plan SET total_microusd = 99 WHERE id = 'plan_run'"),
    ("I24", "UPDATE plan_step SET price_microusd = 101 WHERE id = 'step_run'"),
    ("I24", "UPDATE plan_step SET hold_id = 'trf_queued' WHERE id = 'step_new'"),
    ("I25", "UPDATE spend_policy SET day_used_microusd = day_used_microusd + 1"),
    ("I25", "UPDATE spend_policy SET month_used_microusd = month_used_microusd + 1"),
    ("I25", "UPDATE spend_policy SET total_used_microusd = 0"),
    ("I25", "UPDATE spend_policy SET day_used_microusd = 0 WHERE id = 'mbr_1'"),
    ("I25", "UPDATE spend_policy SET total_used_microusd = 1 WHERE id = 'mbr_1'"),
    ("I25", "UPDATE transfer SET member_policy_id = NULL WHERE id = 'trf_queued'"),
    ("I25", "UPDATE transfer SET policy_id = 'pol_none' WHERE phase = 'void'"),
    ("I25", "UPDATE spend_policy SET account_id = 2 WHERE id = 'pol_key_1'"),
    ("I26", "UPDATE commission SET purchase_microusd = 999 WHERE kind = 'commission'"),
    ("I26", "UPDATE commission SET state = 'pending' WHERE kind = 'commission'"),
    ("I26", "UPDATE commission SET reversed_microusd = 14 WHERE kind = 'commission'"),
    ("I26", "DELETE FROM commission WHERE kind = 'commission'"),
    ("I26", "DELETE FROM commission WHERE kind = 'restored'"),
    ("I26", "UPDATE transfer SET amount_microusd = 29 WHERE code = 'clawback'"),
    ("I26", "UPDATE reversal SET amount_microusd = 110 WHERE state = 'taken'"),
    ("I27", "UPDATE payout SET amount_microusd = 49"),
    ("I27", "UPDATE payout SET state = 'paid'"),
    ("I27", "UPDATE payout SET transfer_id = 'trf_none'"),
    ("I27", "UPDATE commission SET amount_microusd = 31 WHERE kind = 'restored'"),
    ("I27", TWO_OPEN),
    ("I28", "UPDATE spender SET revoked_at = 1"),
    ("I28", "UPDATE spender SET expires_at = 1"),
    ("I28", "DELETE FROM spender"),
    ("I28", "UPDATE job SET key_id = 'key_none' WHERE id = 'job_running'"),
    ("I28", "UPDATE job SET key_id = 'key_gone' WHERE id = 'job_running'"),
    ("I28", "UPDATE job SET key_id = 'key_late' WHERE id = 'job_running'"),
    ("I29", "UPDATE email_challenge SET used_at = expires_at"),
    ("I29", "UPDATE email_challenge SET killed_at = used_at"),
    ("I29", "UPDATE email_challenge SET tries = 6"),
    ("I29", "UPDATE email_challenge SET tries = 0"),
    ("I29", "UPDATE email_challenge SET used_at = NULL"),
    ("I29", "UPDATE api_key SET minted_by = 'chl_1'"),
    ("I29", "UPDATE device_link SET state = 'approved'"),
    ("I29", "UPDATE api_key SET minted_by = 'device:dvl_1'"),
    ("I30", "UPDATE audit_log SET hash = 'other' WHERE seq = 1"),
    ("I30", "UPDATE audit_log SET prev_hash = 'other' WHERE seq = 1"),
    ("I30", "DELETE FROM audit_log WHERE seq = 2"),
    ("I30", "DELETE FROM audit_log WHERE seq = 3"),
    ("I30", "UPDATE audit_head SET hash = 'other'"),
    ("I30", "DELETE FROM audit_head"),
    ("I31", "UPDATE shelf SET bytes = bytes - 1"),
    ("I31", "UPDATE shelf SET assets = assets + 1"),
    ("I31", "DELETE FROM shelf"),
    ("I31", "UPDATE asset SET purged_at = 1"),
    ("I31", "DELETE FROM input_use WHERE owner_id = 'job_queued'"),
    ("I31", "UPDATE job SET inputs_json = '{}' WHERE id = 'job_queued'"),
    ("I31", "UPDATE input_use SET owner_id = 'quote_1' WHERE owner_id = 'job_queued'"),
    ("I39", "UPDATE purchase_bill SET purchase_id = 'pur_none'"),
    ("I39", "UPDATE purchase_bill SET currency = 'eur'"),
    ("I39", "UPDATE purchase_bill SET list_micros = 900, net_micros = 733, total_micros = 900"),
    ("I39", "UPDATE purchase_bill SET discount_micros = 9, net_micros = 824, total_micros = 991"),
    ("I39", "UPDATE purchase_bill SET net_micros = 1000, tax_micros = 0, tax_microusd = 1"),
    ("I39", "UPDATE reversal SET kind = 'dispute', credit_note = 'cn_1'"),
]  # fmt: skip
