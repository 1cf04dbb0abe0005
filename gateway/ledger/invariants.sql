-- What is always true. Each block is headed by its id, its name and its sentence, and holds one
-- SELECT of `key, detail` that returns no row. Portable: no casts by ::, no now(), no intervals;
-- `:now` and `:stale_before` are microseconds since 1970; in a text a colon is written \:. The only
-- text that may name tables of several slices.

-- I01 transfer_balanced: every transfer has the entries of its phase, and each layer sums to zero
SELECT s.id AS key, s.phase || ' with ' || s.legs || ' entries' AS detail
FROM (
  SELECT t.id, t.phase, t.amount_microusd AS amount, p.amount_microusd AS held,
         count(e.id) AS legs,
         sum(CASE WHEN e.layer = 'posted' AND e.account_id = t.debit_account
                  THEN e.amount_microusd ELSE 0 END) AS debit_posted,
         sum(CASE WHEN e.layer = 'posted' AND e.account_id = t.credit_account
                  THEN e.amount_microusd ELSE 0 END) AS credit_posted,
         sum(CASE WHEN e.layer <> 'posted' AND e.account_id = t.debit_account
                  THEN e.amount_microusd ELSE 0 END) AS debit_open,
         sum(CASE WHEN e.layer <> 'posted' AND e.account_id = t.credit_account
                  THEN e.amount_microusd ELSE 0 END) AS credit_open
  FROM transfer AS t
  LEFT JOIN transfer AS p ON p.id = t.pending_id
  LEFT JOIN entry AS e ON e.transfer_id = t.id
  GROUP BY t.id, p.id
) AS s
WHERE NOT CASE s.phase
  WHEN 'single' THEN s.legs = 2 AND s.debit_posted = -s.amount AND s.credit_posted = s.amount
  WHEN 'pending' THEN s.legs = 2 AND s.debit_open = -s.amount AND s.credit_open = s.amount
  WHEN 'post' THEN s.legs = 4 AND s.debit_posted = -s.amount AND s.credit_posted = s.amount
    AND s.debit_open = COALESCE(s.held, 0) AND s.credit_open = -COALESCE(s.held, 0)
  ELSE s.legs = 2 AND s.debit_open = COALESCE(s.held, 0) AND s.credit_open = -COALESCE(s.held, 0)
END
UNION ALL
SELECT e.transfer_id, 'entry ' || e.id || ' of no transfer'
FROM entry AS e LEFT JOIN transfer AS t ON t.id = e.transfer_id WHERE t.id IS NULL

-- I02 books_balanced: all entries of a book and layer sum to zero; legs, job and key are of one book
SELECT t.book || ' ' || e.layer AS key, 'sums to ' || sum(e.amount_microusd) AS detail
FROM entry AS e JOIN transfer AS t ON t.id = e.transfer_id
GROUP BY t.book, e.layer HAVING sum(e.amount_microusd) <> 0
UNION ALL
SELECT t.id, 'leg on account ' || e.account_id || ' of the other book'
FROM entry AS e JOIN transfer AS t ON t.id = e.transfer_id
LEFT JOIN ledger_account AS a ON a.id = e.account_id
WHERE t.book <> CASE WHEN e.account_id > 0 THEN COALESCE(a.book, 'none')
                     WHEN e.account_id > -100 THEN 'live' ELSE 'test' END
UNION ALL
SELECT t.id, 'by key ' || t.key_id || ' of another account'
FROM transfer AS t JOIN spender AS s ON s.key_id = t.key_id
WHERE s.account_id <> t.debit_account
UNION ALL
SELECT j.id, 'job, account and hold are not of one book'
FROM job AS j JOIN ledger_account AS a ON a.id = j.account_id
JOIN transfer AS t ON t.id = j.hold_id
WHERE j.book <> a.book OR j.book <> t.book OR t.debit_account <> j.account_id

-- I03 balance_is_sum: posted, pending and incoming are the sums of the account's entries
SELECT CAST(a.id AS text) AS key,
       'posted ' || a.posted_microusd || ', pending ' || a.pending_microusd
         || ', incoming ' || a.incoming_microusd AS detail
FROM ledger_account AS a
LEFT JOIN (
  SELECT account_id,
         sum(CASE WHEN layer = 'posted' THEN amount_microusd ELSE 0 END) AS posted,
         sum(CASE WHEN layer = 'pending' THEN -amount_microusd ELSE 0 END) AS pending,
         sum(CASE WHEN layer = 'incoming' THEN amount_microusd ELSE 0 END) AS incoming
  FROM entry WHERE account_id > 0 GROUP BY account_id
) AS e ON e.account_id = a.id
WHERE a.posted_microusd <> COALESCE(e.posted, 0)
   OR a.pending_microusd <> COALESCE(e.pending, 0)
   OR a.incoming_microusd <> COALESCE(e.incoming, 0)

-- I04 running_balance: versions have no gap and end at the account's; each balance follows from the one before
SELECT CAST(a.id AS text) AS key,
       'version ' || a.version || ' with ' || COALESCE(e.legs, 0) || ' entries' AS detail
FROM ledger_account AS a
LEFT JOIN (
  SELECT account_id, count(*) AS legs, min(account_version) AS first, max(account_version) AS last
  FROM entry WHERE account_version IS NOT NULL GROUP BY account_id
) AS e ON e.account_id = a.id
WHERE a.version <> COALESCE(e.last, 0) OR a.version <> COALESCE(e.legs, 0)
   OR COALESCE(e.first, 1) <> 1
UNION ALL
SELECT CAST(a.id AS text), 'newest entry says ' || COALESCE(e.balance_after_microusd, 0)
FROM ledger_account AS a
JOIN entry AS e ON e.account_id = a.id AND e.account_version = a.version
WHERE e.balance_after_microusd <> a.posted_microusd - a.pending_microusd
UNION ALL
SELECT CAST(s.account_id AS text), 'balance jumps at version ' || s.account_version
FROM (
  SELECT account_id, account_version, layer, amount_microusd, balance_after_microusd,
         lag(balance_after_microusd, 1, 0)
           OVER (PARTITION BY account_id ORDER BY account_version) AS before
  FROM entry WHERE account_version IS NOT NULL
) AS s
WHERE s.balance_after_microusd - s.before
  <> CASE WHEN s.layer = 'incoming' THEN 0 ELSE s.amount_microusd END
UNION ALL
SELECT CAST(e.account_id AS text), 'entry ' || e.id || ' has no version'
FROM entry AS e WHERE e.account_id > 0 AND e.account_version IS NULL

-- I05 grants_match: posted = what remains of grants - untaken - debt; no grant below zero or above what was granted; the due date is right
SELECT CAST(a.id AS text) AS key,
       'posted ' || a.posted_microusd || ', remaining ' || COALESCE(g.remaining, 0)
         || ', untaken ' || a.untaken_microusd || ', debt ' || a.debt_microusd AS detail
FROM ledger_account AS a
LEFT JOIN (
  SELECT account_id, sum(remaining_microusd) AS remaining,
         min(CASE WHEN remaining_microusd > 0 THEN expires_at END) AS due_at
  FROM credit_grant GROUP BY account_id
) AS g ON g.account_id = a.id
WHERE a.kind = 'customer'
  AND (a.posted_microusd <> COALESCE(g.remaining, 0) - a.untaken_microusd - a.debt_microusd
       OR COALESCE(a.grants_due_at, 0) <> COALESCE(g.due_at, 0))
UNION ALL
SELECT g.id, 'remaining ' || g.remaining_microusd || ' of ' || g.granted_microusd
FROM credit_grant AS g
WHERE g.remaining_microusd < 0 OR g.remaining_microusd > g.granted_microusd
UNION ALL
SELECT g.id, 'of account ' || g.account_id || ', which is no customer'
FROM credit_grant AS g LEFT JOIN ledger_account AS a ON a.id = g.account_id
WHERE COALESCE(a.kind, 'none') <> 'customer'

-- I06 no_overdraft: available is below zero only with debt; an account is frozen exactly with a freeze row
SELECT CAST(a.id AS text) AS key,
       'posted ' || a.posted_microusd || ', pending ' || a.pending_microusd
         || ', debt ' || a.debt_microusd AS detail
FROM ledger_account AS a
WHERE a.debt_microusd <> CASE WHEN a.pending_microusd > a.posted_microusd
                              THEN a.pending_microusd - a.posted_microusd ELSE 0 END
UNION ALL
SELECT CAST(a.id AS text), a.state || ' with ' || count(f.account_id) || ' freezes'
FROM ledger_account AS a LEFT JOIN account_freeze AS f ON f.account_id = a.id
WHERE a.state <> 'closed'
GROUP BY a.id, a.state
HAVING (a.state = 'frozen') <> (count(f.account_id) > 0)

-- I07 hold_resolved_once: a pending transfer is resolved at most once, on the same accounts, posted at most what was held
SELECT t.pending_id AS key, count(*) || ' resolutions' AS detail
FROM transfer AS t WHERE t.pending_id IS NOT NULL
GROUP BY t.pending_id HAVING count(*) > 1
UNION ALL
SELECT t.id, t.phase || ' of ' || t.amount_microusd || ' for a ' || COALESCE(p.phase, 'missing')
  || ' of ' || COALESCE(p.amount_microusd, 0)
FROM transfer AS t LEFT JOIN transfer AS p ON p.id = t.pending_id
WHERE t.pending_id IS NOT NULL
  AND (p.id IS NULL OR p.phase <> 'pending' OR p.book <> t.book OR p.code <> t.code
       OR p.reference <> t.reference OR p.debit_account <> t.debit_account
       OR p.credit_account <> t.credit_account OR t.amount_microusd > p.amount_microusd
       OR (t.phase = 'void' AND t.amount_microusd <> p.amount_microusd))

-- I08 held_is_open: pending and incoming are the sums of unresolved transfers; each open hold of a job or a request to the agent belongs to one queued or running, that of a plan's step to one waiting or its job
SELECT CAST(a.id AS text) AS key,
       'pending ' || a.pending_microusd || ', open ' || COALESCE(d.open, 0)
         || ', incoming ' || a.incoming_microusd || ', open ' || COALESCE(c.open, 0) AS detail
FROM ledger_account AS a
LEFT JOIN (
  SELECT p.debit_account AS account_id, sum(p.amount_microusd) AS open
  FROM transfer AS p LEFT JOIN transfer AS r ON r.pending_id = p.id
  WHERE p.phase = 'pending' AND r.id IS NULL GROUP BY p.debit_account
) AS d ON d.account_id = a.id
LEFT JOIN (
  SELECT p.credit_account AS account_id, sum(p.amount_microusd) AS open
  FROM transfer AS p LEFT JOIN transfer AS r ON r.pending_id = p.id
  WHERE p.phase = 'pending' AND r.id IS NULL GROUP BY p.credit_account
) AS c ON c.account_id = a.id
WHERE a.pending_microusd <> COALESCE(d.open, 0) OR a.incoming_microusd <> COALESCE(c.open, 0)
UNION ALL
SELECT p.id, 'open hold of ' || p.reference || ', which is ' || COALESCE(j.state, 'missing')
FROM transfer AS p
LEFT JOIN transfer AS r ON r.pending_id = p.id
LEFT JOIN job AS j ON j.hold_id = p.id
WHERE p.phase = 'pending' AND p.code = 'hold' AND r.id IS NULL AND p.reference LIKE 'job~_%' ESCAPE '~'
  AND COALESCE(j.state, 'missing') NOT IN ('queued', 'running')
UNION ALL
SELECT p.id, 'open hold of ' || p.reference || ', which is ' || COALESCE(s.state, 'missing')
FROM transfer AS p
LEFT JOIN transfer AS r ON r.pending_id = p.id
LEFT JOIN job AS j ON j.hold_id = p.id
LEFT JOIN plan_step AS s ON s.hold_id = p.id
WHERE p.phase = 'pending' AND r.id IS NULL AND p.reference LIKE 'step~_%' ESCAPE '~'
  AND COALESCE(s.state, 'missing') <> 'waiting'
  AND COALESCE(j.state, 'missing') NOT IN ('queued', 'running')
UNION ALL
SELECT p.id, 'open hold of ' || p.reference || ', which is ' || COALESCE(q.state, 'missing')
FROM transfer AS p
LEFT JOIN transfer AS r ON r.pending_id = p.id
LEFT JOIN agent_request AS q ON q.hold_id = p.id AND q.id = p.reference
WHERE p.phase = 'pending' AND p.code = 'hold' AND r.id IS NULL AND p.reference LIKE 'req~_%' ESCAPE '~'
  AND COALESCE(q.state, 'missing') NOT IN ('queued', 'running')

-- I09 succeeded_captured: succeeded means exactly one posted transfer, of what was captured
SELECT j.id AS key, j.state || ', ' || COALESCE(r.phase, 'unresolved') || ' of '
  || COALESCE(r.amount_microusd, 0) || ', captured ' || COALESCE(j.captured_microusd, 0) AS detail
FROM job AS j LEFT JOIN transfer AS r ON r.pending_id = j.hold_id
WHERE (j.state = 'succeeded') <> (COALESCE(r.phase, '') = 'post')
   OR (j.state = 'succeeded' AND COALESCE(j.captured_microusd, 0) <> COALESCE(r.amount_microusd, 0))

-- I10 other_ends_released: failed, canceled and expired mean exactly one voided transfer and nothing captured; a request to the agent captures only if succeeded or canceled, what it posted
SELECT j.id AS key, j.state || ', ' || COALESCE(r.phase, 'unresolved') || ', captured '
  || COALESCE(j.captured_microusd, 0) AS detail
FROM job AS j LEFT JOIN transfer AS r ON r.pending_id = j.hold_id
WHERE (j.state IN ('failed', 'canceled', 'expired')) <> (COALESCE(r.phase, '') = 'void')
   OR (j.state <> 'succeeded' AND COALESCE(j.captured_microusd, 0) <> 0)
UNION ALL
SELECT q.id, q.state || ', ' || COALESCE(r.phase, 'unresolved') || ' of '
  || COALESCE(r.amount_microusd, 0) || ', captured ' || COALESCE(q.captured_microusd, 0)
FROM agent_request AS q LEFT JOIN transfer AS r ON r.pending_id = q.hold_id
WHERE (q.state NOT IN ('queued', 'running') AND COALESCE(r.phase, '')
       <> CASE WHEN COALESCE(q.captured_microusd, 0) > 0 THEN 'post' ELSE 'void' END)
   OR (COALESCE(q.captured_microusd, 0) > 0
       AND (q.state NOT IN ('succeeded', 'canceled')
            OR COALESCE(r.amount_microusd, 0) <> q.captured_microusd))

-- I11 open_reserved: queued and running mean exactly one unresolved hold, of the price
SELECT j.id AS key, j.state || ', hold ' || COALESCE(h.amount_microusd, 0) || ', '
  || COALESCE(r.phase, 'unresolved') AS detail
FROM job AS j LEFT JOIN transfer AS h ON h.id = j.hold_id AND h.phase = 'pending'
LEFT JOIN transfer AS r ON r.pending_id = j.hold_id
WHERE (j.state IN ('queued', 'running')) <> (r.id IS NULL)
   OR COALESCE(h.amount_microusd, 0) <> j.price_microusd
UNION ALL
SELECT q.id, q.state || ', hold ' || COALESCE(h.amount_microusd, 0) || ', '
  || COALESCE(r.phase, 'unresolved')
FROM agent_request AS q LEFT JOIN transfer AS h ON h.id = q.hold_id AND h.phase = 'pending'
LEFT JOIN transfer AS r ON r.pending_id = q.hold_id
WHERE (q.state IN ('queued', 'running')) <> (r.id IS NULL)
   OR COALESCE(h.amount_microusd, 0) <> q.price_microusd

-- I12 price_kept: captured is the price on the job, and no more than the caller or the quote said
SELECT j.id AS key, 'price ' || j.price_microusd || ', captured '
  || COALESCE(j.captured_microusd, 0) AS detail
FROM job AS j
WHERE (j.state = 'succeeded' AND COALESCE(j.captured_microusd, 0) <> j.price_microusd)
   OR j.price_microusd > COALESCE(j.max_price_microusd, j.price_microusd)
UNION ALL
SELECT j.id, 'price ' || j.price_microusd || ', quoted ' || COALESCE(i.price_microusd, 0)
FROM job AS j LEFT JOIN quote_item AS i ON i.job_id = j.id AND i.quote_id = j.quote_id
WHERE j.quote_id IS NOT NULL AND j.price_microusd > COALESCE(i.price_microusd, 0)
UNION ALL
SELECT i.job_id, 'taken from ' || i.quote_id || ', which the job does not name'
FROM quote_item AS i LEFT JOIN job AS j ON j.id = i.job_id
WHERE i.job_id IS NOT NULL AND COALESCE(j.quote_id, '') <> i.quote_id

-- I13 lease_alive: no running job or request whose lease ended more than the grace ago
SELECT j.id AS key, 'lease ended at ' || COALESCE(j.lease_expires_at, 0) AS detail
FROM job AS j WHERE j.state = 'running' AND COALESCE(j.lease_expires_at, 0) < :stale_before
UNION ALL
SELECT q.id, 'lease ended at ' || COALESCE(q.lease_expires_at, 0)
FROM agent_request AS q
WHERE q.state = 'running' AND COALESCE(q.lease_expires_at, 0) < :stale_before

-- I14 queue_moves: no queued job or request past its dispatch time or queue timeout by more than the grace
SELECT j.id AS key, 'dispatch after ' || j.dispatch_after || ', timeout at '
  || j.queue_timeout_at AS detail
FROM job AS j
WHERE j.state = 'queued'
  AND (j.dispatch_after < :stale_before OR j.queue_timeout_at < :stale_before)
UNION ALL
SELECT q.id, 'dispatch after ' || q.dispatch_after || ', timeout at ' || q.queue_timeout_at
FROM agent_request AS q
WHERE q.state = 'queued'
  AND (q.dispatch_after < :stale_before OR q.queue_timeout_at < :stale_before)

-- I15 one_job_per_key: a stored answer that names a job names one of the same account and book, and no other key does
SELECT i.resource_id AS key, count(*) || ' keys, of ' || COALESCE(min(a.owner_id), 'no job') AS detail
FROM idempotency AS i
LEFT JOIN job AS j ON j.id = i.resource_id
LEFT JOIN ledger_account AS a ON a.id = j.account_id
WHERE i.resource_id LIKE 'job~_%' ESCAPE '~'
GROUP BY i.resource_id
HAVING count(*) > 1
    OR min(CASE WHEN a.owner_id = i.account_id AND j.book = i.book THEN 1 ELSE 0 END) = 0

-- I16 one_open_attempt: at most one open attempt per job, and no fence above the job's
SELECT t.job_id AS key, count(*) || ' open, newest fence ' || max(t.fence) AS detail
FROM media_attempt AS t LEFT JOIN job AS j ON j.id = t.job_id
WHERE t.state IN ('created', 'unknown', 'submitted', 'running', 'canceling')
GROUP BY t.job_id, j.fence
HAVING count(*) > 1 OR max(t.fence) > COALESCE(j.fence, -1)

-- I17 outputs_kept: what succeeded has its outputs, none deleted under 48 h unless its owner did; over 72 h and an hour no unpinned one is left
SELECT j.id AS key, 'succeeded without outputs' AS detail
FROM job AS j LEFT JOIN job_output AS o ON o.job_id = j.id
WHERE j.state = 'succeeded' AND o.job_id IS NULL
UNION ALL
SELECT o.job_id, 'output ' || o."index" || ' of a job that has ' || j.state
  || ', kept until ' || o.expires_at || ', deleted at ' || COALESCE(o.deleted_at, 0)
FROM job_output AS o JOIN job AS j ON j.id = o.job_id
WHERE j.state <> 'succeeded'
   OR o.expires_at < COALESCE(j.finished_at, 0) + 172800000000
   OR (o.hidden_at IS NULL AND COALESCE(o.deleted_at, o.expires_at) < o.expires_at)
UNION ALL
SELECT o.job_id, 'output ' || o."index" || ' is there since ' || j.finished_at
FROM job_output AS o JOIN job AS j ON j.id = o.job_id
WHERE o.deleted_at IS NULL AND o.expires_at + 90000000000 < :stale_before
  AND NOT EXISTS (SELECT 1 FROM job AS open WHERE open.account_id = j.account_id
      AND open.state IN ('queued', 'running') AND open.created_at < o.expires_at)

-- I18 paid_is_credited: each purchase has exactly its one purchase transfer, its bonus and a receipt number; receipt numbers have no gap
SELECT p.id AS key, 'credit ' || COALESCE(t.amount_microusd, 0) || ' of ' || p.credit_microusd
  || ', bonus ' || COALESCE(b.amount_microusd, 0) || ' of ' || p.bonus_microusd AS detail
FROM purchase AS p
LEFT JOIN transfer AS t ON t.book = p.book AND t.code = 'purchase' AND t.phase = 'single'
  AND t.reference = p.natural_key AND t.credit_account = p.ledger_account
LEFT JOIN transfer AS b ON b.book = p.book AND b.code = 'bonus' AND b.phase = 'single'
  AND b.reference = p.natural_key AND b.credit_account = p.ledger_account
WHERE COALESCE(t.amount_microusd, 0) <> p.credit_microusd
   OR (p.provider <> 'onchain' AND COALESCE(b.amount_microusd, 0) <> p.bonus_microusd)
UNION ALL
SELECT p.checkout_id, 'bonuses ' || p.bonus_microusd || ', credited ' || COALESCE(b.amount_microusd, 0)
FROM (SELECT book, checkout_id, ledger_account, sum(bonus_microusd) AS bonus_microusd
      FROM purchase WHERE provider = 'onchain' GROUP BY book, checkout_id, ledger_account) AS p
LEFT JOIN (SELECT t.book, COALESCE(q.checkout_id, t.reference) AS checkout_id, t.credit_account,
                  sum(t.amount_microusd) AS amount_microusd
      FROM transfer AS t LEFT JOIN purchase AS q ON q.book = t.book AND q.provider = 'onchain'
        AND q.natural_key = t.reference
      WHERE t.code = 'bonus' AND t.phase = 'single'
      GROUP BY t.book, COALESCE(q.checkout_id, t.reference), t.credit_account) AS b
  ON b.book = p.book AND b.checkout_id = p.checkout_id AND b.credit_account = p.ledger_account
WHERE COALESCE(b.amount_microusd, 0) <> p.bonus_microusd
UNION ALL
SELECT t.id, t.code || ' of ' || t.reference || ' without a purchase'
FROM transfer AS t LEFT JOIN purchase AS p ON p.book = t.book AND p.natural_key = t.reference
WHERE t.code = 'purchase' AND p.id IS NULL
UNION ALL
SELECT p.book, count(*) || ' purchases, ' || count(p.receipt_number) || ' receipts, the last '
  || COALESCE(max(p.receipt_number), 0)
FROM purchase AS p LEFT JOIN receipt_counter AS c ON c.book = p.book
GROUP BY p.book
HAVING count(*) <> count(DISTINCT p.receipt_number) OR count(*) <> COALESCE(max(p.receipt_number), 0)
    OR COALESCE(max(c.last), 0) <> count(*)
UNION ALL
SELECT c.id, 'credited without a purchase'
FROM checkout AS c LEFT JOIN purchase AS p ON p.checkout_id = c.id
WHERE c.state = 'credited' AND p.id IS NULL

-- I19 refund_bounded: what went back of a purchase is at most what was paid and takes the same part of its credit and bonus, rounded down; each refund_failed, dispute_won and deposit_restored mirrors exactly one debit
SELECT p.id AS key, 'took ' || sum(r.credit_taken_microusd + r.bonus_taken_microusd) || ' for '
  || sum(COALESCE(r.amount_micros, r.amount_microusd)) || ' of '
  || COALESCE(b.total_micros, p.paid_microusd) AS detail
FROM purchase AS p JOIN reversal AS r ON r.purchase_id = p.id AND r.state = 'taken'
LEFT JOIN purchase_bill AS b ON b.purchase_id = p.id
GROUP BY p.id, b.total_micros
HAVING sum(r.credit_taken_microusd) > p.credit_microusd
    OR sum(r.bonus_taken_microusd) > p.bonus_microusd
    OR sum(CASE WHEN r.kind = 'refund' THEN COALESCE(r.amount_micros, r.amount_microusd)
           ELSE 0 END) > COALESCE(b.total_micros, p.paid_microusd)
    OR (sum(COALESCE(r.amount_micros, r.amount_microusd))
          >= COALESCE(b.total_micros, p.paid_microusd)
        AND sum(r.credit_taken_microusd + r.bonus_taken_microusd)
          <> p.credit_microusd + p.bonus_microusd)
    -- A chain that took a bonus by itself took it without an amount. The factor 1.0 keeps the
    -- product from overflowing, and the tolerance covers the floating point of SQLite.
    OR (sum(COALESCE(r.amount_micros, r.amount_microusd))
          < COALESCE(b.total_micros, p.paid_microusd)
        AND sum(CASE WHEN r.kind = 'deposit_reversed' THEN 1 ELSE 0 END) = 0
        AND (p.credit_microusd + p.bonus_microusd) * 1.0
              * sum(COALESCE(r.amount_micros, r.amount_microusd))
              / NULLIF(COALESCE(b.total_micros, p.paid_microusd), 0)
              - sum(r.credit_taken_microusd + r.bonus_taken_microusd)
            -- A return that was undone before `restored_at` was written left up to one micro-dollar
            -- too much taken with the others.
            NOT BETWEEN -0.001 - (SELECT count(*) FROM reversal AS u WHERE u.purchase_id = p.id
                                  AND u.state = 'undone' AND u.restored_at IS NULL)
              AND 1.001)
UNION ALL
SELECT r.id, r.state || ', took ' || r.credit_taken_microusd || ' and ' || r.bonus_taken_microusd
  || ', debited ' || COALESCE(d.amount_microusd, 0) || ' and ' || COALESCE(e.amount_microusd, 0)
  || ', given back ' || COALESCE(u.amount_microusd, 0) || ' and ' || COALESCE(v.amount_microusd, 0)
FROM reversal AS r JOIN purchase AS p ON p.id = r.purchase_id
LEFT JOIN transfer AS d ON d.book = p.book AND d.phase = 'single' AND d.code = r.kind
  AND d.reference = r.provider_reference AND d.debit_account = p.ledger_account
LEFT JOIN transfer AS e ON e.book = p.book AND e.phase = 'single' AND e.code = r.kind
  AND e.reference = r.provider_reference || '\:bonus' AND e.debit_account = p.ledger_account
LEFT JOIN transfer AS u ON u.book = p.book AND u.phase = 'single'
  AND u.code = CASE r.kind WHEN 'refund' THEN 'refund_failed'
    WHEN 'dispute' THEN 'dispute_won' ELSE 'deposit_restored' END
  AND u.reference = r.provider_reference AND u.credit_account = p.ledger_account
LEFT JOIN transfer AS v ON v.book = p.book AND v.phase = 'single'
  AND v.code = CASE r.kind WHEN 'refund' THEN 'refund_failed'
    WHEN 'dispute' THEN 'dispute_won' ELSE 'deposit_restored' END
  AND v.reference = r.provider_reference || '\:bonus' AND v.credit_account = p.ledger_account
WHERE COALESCE(d.amount_microusd, 0) <> r.credit_taken_microusd
   OR COALESCE(e.amount_microusd, 0) <> r.bonus_taken_microusd
   OR COALESCE(u.amount_microusd, 0)
      <> CASE r.state WHEN 'undone' THEN r.credit_taken_microusd ELSE 0 END
   OR COALESCE(v.amount_microusd, 0)
      <> CASE r.state WHEN 'undone' THEN r.bonus_taken_microusd ELSE 0 END
UNION ALL
SELECT t.id, t.code || ' of ' || t.reference || ' mirrors no debit'
FROM transfer AS t
LEFT JOIN transfer AS d ON d.book = t.book AND d.phase = 'single' AND d.reference = t.reference
  AND d.code = CASE t.code WHEN 'refund_failed' THEN 'refund'
    WHEN 'dispute_won' THEN 'dispute' ELSE 'deposit_reversed' END
  AND d.debit_account = t.credit_account AND d.credit_account = t.debit_account
  AND d.amount_microusd = t.amount_microusd
WHERE t.code IN ('refund_failed', 'dispute_won', 'deposit_restored') AND d.id IS NULL

-- I20 x402_moves: an authorization has one row, credited, lost or reversed exactly when its purchase is there; none is open that was not looked for within the grace
SELECT x.checkout_id AS key, x.state || ', purchase ' || COALESCE(p.id, 'none') AS detail
FROM x402_payment AS x
LEFT JOIN purchase AS p ON p.id = x.purchase_id AND p.book = x.book AND p.provider = 'x402'
  AND p.natural_key = x.natural_key AND p.checkout_id = x.checkout_id
WHERE (p.id IS NULL) = (x.state IN ('credited', 'lost', 'reversed'))
   OR (x."transaction" IS NULL) = (x.state IN ('credited', 'lost', 'reversed'))
UNION ALL
SELECT p.id, 'no authorization ' || p.natural_key
FROM purchase AS p LEFT JOIN x402_payment AS x ON x.purchase_id = p.id
WHERE p.provider = 'x402' AND x.checkout_id IS NULL
UNION ALL
SELECT min(x.checkout_id), count(*) || ' rows of payer ' || x.payer || ', nonce ' || x.nonce
FROM x402_payment AS x GROUP BY x.book, x.payer, x.nonce HAVING count(*) > 1
UNION ALL
SELECT x.checkout_id, 'not looked for since ' || x.tried_at
FROM x402_payment AS x WHERE x.state IN ('pending', 'lost') AND x.tried_at < :stale_before

-- I21 events_done: each event in the inbox has an outcome, and one that credited or took has its purchase, of its book
SELECT e.provider || ' ' || e.event_id AS key, e.type || ': ' || e.outcome AS detail
FROM webhook_event AS e
LEFT JOIN purchase AS p ON p.id = e.purchase_id AND p.book = e.book AND p.provider = e.provider
WHERE e.outcome = ''
   OR (p.id IS NULL AND (e.purchase_id IS NOT NULL
       OR e.outcome IN ('credited', 'refunded', 'refund_failed')
       OR e.outcome LIKE 'dispute~_%' ESCAPE '~'))

-- I22 deliveries_move: no mail or webhook delivery overdue by more than the grace, unless others of its account are being sent; each delivery is of its job's account
SELECT d.id AS key, d.state || ', due at ' || d.next_try_at AS detail
FROM webhook_delivery AS d
WHERE d.next_try_at < :stale_before
  AND NOT EXISTS (SELECT 1 FROM webhook_delivery AS s WHERE s.account_id = d.account_id
                  AND s.state = 'sending' AND s.next_try_at >= :stale_before)
UNION ALL
SELECT d.id, 'of account ' || d.account_id || ', not of ' || COALESCE(j.account_id, 0)
FROM webhook_delivery AS d LEFT JOIN job AS j ON j.id = d.job_id
WHERE d.account_id <> COALESCE(j.account_id, 0)
UNION ALL
SELECT m.id, 'mail, due at ' || m.due_at FROM mail_outbox AS m WHERE m.due_at < :stale_before

-- I23 plan_executed_once: a plan was executed before it expired; each step that was submitted has one job with its frozen task, input, price and hold; all other plans have neither jobs nor holds
SELECT p.id AS key, 'executed at ' || COALESCE(p.decided_at, 0) || ', expired at ' || p.expires_at
  AS detail
FROM approval_plan AS p
WHERE p.state = 'executed' AND COALESCE(p.decided_at, p.expires_at) >= p.expires_at
UNION ALL
SELECT s.id, s.state || ' in a plan that is ' || COALESCE(p.state, 'missing')
FROM plan_step AS s LEFT JOIN approval_plan AS p ON p.id = s.plan_id
WHERE (COALESCE(p.state, '') = 'executed') = (s.state = 'pending')
   OR (s.state IN ('pending', 'dropped') AND (s.job_id IS NOT NULL OR s.hold_id IS NOT NULL))
UNION ALL
SELECT s.id, s.state || ', job ' || COALESCE(s.job_id, 'none') || ' is ' || COALESCE(j.state, 'missing')
FROM plan_step AS s JOIN approval_plan AS p ON p.id = s.plan_id
LEFT JOIN job AS j ON j.id = s.job_id
WHERE (s.job_id IS NOT NULL AND j.id IS NULL)
   OR (s.state IN ('waiting', 'skipped') AND s.job_id IS NOT NULL)
   OR (s.state IN ('submitted', 'canceled') AND j.id IS NULL)
   OR (s.state = 'succeeded' AND s.terms_json IS NOT NULL AND j.id IS NULL)
   OR j.price_microusd <> s.price_microusd OR j.hold_id <> s.hold_id OR j.task <> s.operation
   OR j.account_id <> p.account_id
   OR (j.text_blanked_at IS NULL AND s.given_json <> '{}'
       AND s.input_json NOT LIKE '%"sha256"\:""%'
       AND j.effective_input_json <> s.input_json)

-- I24 plan_within_total: what a plan holds and captured is no more than was approved, which is the price of its steps that were not dropped and no more than its total
SELECT p.id AS key, 'holds or captured ' || COALESCE(x.spent, 0) || ' of '
  || COALESCE(p.approved_microusd, 0) || ', steps cost ' || COALESCE(x.chosen, 0) AS detail
FROM approval_plan AS p
LEFT JOIN (
  SELECT s.plan_id,
         sum(CASE WHEN s.state = 'dropped' THEN 0 ELSE s.price_microusd END) AS chosen,
         sum(CASE COALESCE(r.phase, h.phase, 'none') WHEN 'post' THEN r.amount_microusd
             WHEN 'pending' THEN h.amount_microusd ELSE 0 END) AS spent
  FROM plan_step AS s
  LEFT JOIN transfer AS h ON h.id = s.hold_id
  LEFT JOIN transfer AS r ON r.pending_id = s.hold_id
  GROUP BY s.plan_id
) AS x ON x.plan_id = p.id
WHERE COALESCE(x.spent, 0) > COALESCE(p.approved_microusd, 0)
   OR (p.state = 'executed' AND (p.approved_microusd <> COALESCE(x.chosen, 0)
                                 OR p.approved_microusd > p.total_microusd))

-- I25 policy_within_caps: what is used of a policy is what its transfers hold and captured in each window
SELECT p.id AS key, 'day ' || p.day_used_microusd || ' of ' || COALESCE(sum(s.used_today), 0)
  || ', month ' || p.month_used_microusd || ' of ' || COALESCE(sum(s.used_this_month), 0)
  || ', total ' || p.total_used_microusd || ' of ' || COALESCE(sum(s.used), 0) AS detail
FROM spend_policy AS p
LEFT JOIN (
  SELECT u.id, u.used, CASE WHEN u.on_day = u.day THEN u.used ELSE 0 END AS used_today,
         CASE WHEN u.on_day >= u.first_day AND u.on_day < u.end_day THEN u.used ELSE 0
         END AS used_this_month
  FROM (
    SELECT q.id, q.day, t.created_at / 86400000000 AS on_day,
           CASE COALESCE(r.phase, t.phase) WHEN 'void' THEN 0 WHEN 'post' THEN r.amount_microusd
                ELSE t.amount_microusd END AS used,
           -- days since 1970 of the first of a month that is counted from March of year 0
           365 * ((q.month - 2) / 12) + (q.month - 2) / 48 - (q.month - 2) / 1200
             + (q.month - 2) / 4800 + (153 * ((q.month - 2) % 12) + 2) / 5 - 719468 AS first_day,
           365 * ((q.month - 1) / 12) + (q.month - 1) / 48 - (q.month - 1) / 1200
             + (q.month - 1) / 4800 + (153 * ((q.month - 1) % 12) + 2) / 5 - 719468 AS end_day
    FROM spend_policy AS q
    JOIN (
      SELECT id, phase, amount_microusd, created_at, policy_id FROM transfer
      WHERE phase IN ('pending', 'single')
      UNION ALL
      SELECT id, phase, amount_microusd, created_at, member_policy_id FROM transfer
      WHERE phase IN ('pending', 'single') AND member_policy_id IS NOT NULL
    ) AS t ON t.policy_id = q.id
    LEFT JOIN transfer AS r ON r.pending_id = t.id
  ) AS u
) AS s ON s.id = p.id
GROUP BY p.id
HAVING p.day_used_microusd <> COALESCE(sum(s.used_today), 0)
    OR p.month_used_microusd <> COALESCE(sum(s.used_this_month), 0)
    OR p.total_used_microusd <> COALESCE(sum(s.used), 0)
UNION ALL
SELECT t.id, 'counts on ' || t.policy_id || ', no policy of account ' || t.debit_account
FROM transfer AS t
LEFT JOIN spend_policy AS p ON p.id = t.policy_id AND p.account_id = t.debit_account
WHERE t.policy_id IS NOT NULL AND p.id IS NULL

-- I26 commission_once: a commission is on the cash of its purchase without the tax, promised once and given as far as it was not reversed; with its corrections it is the share of what did not go back
SELECT c.id AS key, c.state || ', promised ' || COALESCE(t.amount_microusd, 0) || ', '
  || COALESCE(r.phase, 'open') || ' of ' || COALESCE(r.amount_microusd, 0) || ', is '
  || c.amount_microusd || ' less ' || c.reversed_microusd AS detail
FROM commission AS c
LEFT JOIN purchase AS p ON p.id = c.purchase_id AND p.book = c.book
LEFT JOIN purchase_bill AS b ON b.purchase_id = p.id
LEFT JOIN transfer AS t ON t.id = c.transfer_id AND t.book = c.book AND t.code = 'commission'
  AND t.phase = 'pending'
LEFT JOIN transfer AS r ON r.pending_id = t.id
WHERE c.kind = 'commission'
  AND (c.purchase_microusd <> COALESCE(p.paid_microusd, -1)
         - CASE WHEN b.tax_included = 1 THEN b.tax_microusd ELSE 0 END
       OR c.amount_microusd <> c.purchase_microusd * c.rate_bps / 10000
       OR c.amount_microusd <> COALESCE(t.amount_microusd, 0)
       OR COALESCE(r.phase, 'open') <> CASE WHEN c.state IN ('pending', 'hold') THEN 'open'
                                            WHEN c.state = 'reversed' THEN 'void' ELSE 'post' END
       OR (r.phase = 'post' AND r.amount_microusd <> c.amount_microusd - c.reversed_microusd))
UNION ALL
SELECT c.id, c.kind || ' of ' || c.amount_microusd || ', moved ' || COALESCE(t.amount_microusd, 0)
FROM commission AS c
LEFT JOIN transfer AS t ON t.book = c.book AND t.phase = 'single' AND t.reference = c.reference
  AND t.code = CASE c.kind WHEN 'clawback' THEN 'clawback' ELSE 'clawback_undone' END
WHERE c.kind <> 'commission'
  AND COALESCE(t.amount_microusd, 0)
    <> CASE c.kind WHEN 'clawback' THEN -c.amount_microusd ELSE c.amount_microusd END
UNION ALL
SELECT t.id, t.code || ' of ' || t.reference || ' without a commission'
FROM transfer AS t
LEFT JOIN transfer AS r ON r.pending_id = t.id
LEFT JOIN commission AS c ON c.book = t.book
  AND (c.transfer_id = t.id OR (t.phase = 'single' AND c.reference = t.reference))
WHERE t.code IN ('commission', 'clawback', 'clawback_undone') AND t.phase IN ('pending', 'single')
  AND COALESCE(r.phase, 'open') <> 'void' AND c.id IS NULL
UNION ALL
SELECT s.purchase_id, 'keeps ' || s.kept || ' of ' || s.paid || ', of which ' || s.back || ' went back'
FROM (
  SELECT c.purchase_id, c.purchase_microusd AS paid, c.rate_bps AS rate,
         (SELECT sum(a.amount_microusd - a.reversed_microusd) FROM commission AS a
          WHERE a.purchase_id = c.purchase_id) AS kept,
         (SELECT CAST(COALESCE(sum(COALESCE(v.net_microusd, v.amount_microusd)), 0) AS bigint)
          FROM reversal AS v
          WHERE v.purchase_id = c.purchase_id AND v.state = 'taken'
            AND (c.state NOT IN ('pending', 'hold', 'reversed') OR v.kind <> 'dispute'
                 OR v.outcome = 'lost')) AS back
  FROM commission AS c
  WHERE c.kind = 'commission' AND (c.state <> 'reversed' OR c.suspicion IS NULL)
) AS s
WHERE s.kept <> CASE WHEN s.paid > s.back THEN (s.paid - s.back) * s.rate / 10000 ELSE 0 END

-- I27 payout_within_earned: each payout has its transfer, open or not as it says; an affiliate's balance is what was given less what was paid, at most one payout of a book is open, and what was paid was earned before
SELECT p.id AS key, p.state || ' of ' || p.amount_microusd || ', moved '
  || COALESCE(t.amount_microusd, 0) || ', ' || COALESCE(r.phase, t.phase, 'missing') AS detail
FROM payout AS p
LEFT JOIN transfer AS t ON t.id = p.transfer_id AND t.book = p.book AND t.code = 'payout'
  AND t.reference = p.id
LEFT JOIN transfer AS r ON r.pending_id = t.id
WHERE p.amount_microusd <> COALESCE(t.amount_microusd, 0)
   OR CASE COALESCE(r.phase, t.phase) WHEN 'single' THEN 'post' WHEN 'pending' THEN 'open'
      ELSE COALESCE(r.phase, 'missing') END
      <> CASE p.state WHEN 'paid' THEN 'post' WHEN 'rejected' THEN 'void' WHEN 'failed' THEN 'void'
         ELSE 'open' END
UNION ALL
SELECT t.id, 'payout ' || t.reference || ' of no request'
FROM transfer AS t LEFT JOIN payout AS p ON p.transfer_id = t.id
WHERE t.code = 'payout' AND t.phase IN ('pending', 'single') AND p.id IS NULL
UNION ALL
SELECT p.affiliate_id, count(*) || ' open payouts in ' || p.book
FROM payout AS p WHERE p.state IN ('requested', 'approved')
GROUP BY p.affiliate_id, p.book HAVING count(*) > 1
UNION ALL
SELECT s.owner_id, 'has ' || s.posted || ', given ' || s.given || ', clawed back ' || s.clawed
  || ', paid ' || s.paid || ', asked for ' || s.asked
FROM (
  SELECT a.owner_id, a.posted_microusd AS posted,
         (SELECT COALESCE(sum(c.amount_microusd - c.reversed_microusd), 0) FROM commission AS c
          WHERE c.affiliate_id = a.owner_id AND c.book = a.book AND c.kind <> 'clawback'
            AND c.state IN ('approved', 'in_payout', 'paid')) AS given,
         (SELECT COALESCE(sum(-c.amount_microusd), 0) FROM commission AS c
          WHERE c.affiliate_id = a.owner_id AND c.book = a.book AND c.kind = 'clawback') AS clawed,
         (SELECT COALESCE(sum(p.amount_microusd), 0) FROM payout AS p
          WHERE p.affiliate_id = a.owner_id AND p.book = a.book AND p.state = 'paid') AS paid,
         (SELECT COALESCE(sum(p.amount_microusd), 0) FROM payout AS p
          WHERE p.affiliate_id = a.owner_id AND p.book = a.book
            AND p.state IN ('requested', 'approved')) AS asked
  FROM ledger_account AS a WHERE a.kind = 'affiliate'
) AS s
WHERE s.posted <> s.given - s.clawed - s.paid OR s.paid + s.asked > s.given

-- I28 revoked_is_dead: nothing was held or consumed, and no job admitted, by a key after it was revoked or expired; a job of a plan takes over a hold, and a clock may be set back a minute meanwhile
SELECT t.id AS key, 'by ' || t.key_id || ' at ' || t.created_at AS detail
FROM transfer AS t LEFT JOIN spender AS s ON s.key_id = t.key_id
WHERE t.key_id IS NOT NULL AND t.phase IN ('pending', 'single')
  AND (s.key_id IS NULL OR t.created_at > COALESCE(s.revoked_at, t.created_at)
       OR t.created_at >= COALESCE(s.expires_at, t.created_at + 1))
UNION ALL
SELECT j.id, 'job of ' || j.key_id || ' at ' || j.created_at
FROM job AS j LEFT JOIN spender AS s ON s.key_id = j.key_id
WHERE j.key_id IS NOT NULL
  AND (s.key_id IS NULL OR j.created_at > COALESCE(s.revoked_at, j.created_at) + 60000000
       OR j.created_at > COALESCE(s.expires_at, j.created_at) + 60000000)

-- I29 used_once: a code is used once, in time and within its tries; it and a device link open one thing
SELECT c.id AS key, 'used at ' || c.used_at || ' after ' || c.tries || ' tries' AS detail
FROM email_challenge AS c
WHERE c.tries > 5 OR c.used_at >= c.expires_at OR (c.used_at IS NOT NULL AND c.killed_at IS NOT NULL)
   OR (c.used_at IS NOT NULL AND c.tries < 1)
UNION ALL
SELECT o.origin, 'opened ' || count(*)
FROM (
  SELECT origin FROM browser_session WHERE origin LIKE 'chl_%'
  UNION ALL SELECT minted_by FROM api_key WHERE minted_by LIKE 'chl_%'
) AS o
GROUP BY o.origin
HAVING count(*) > 1
UNION ALL
SELECT c.id, 'opened a session or key unused'
FROM email_challenge AS c
WHERE c.used_at IS NULL
  AND (c.id IN (SELECT origin FROM browser_session) OR c.id IN (SELECT minted_by FROM api_key))
UNION ALL
SELECT d.id, 'made ' || count(*) || ' keys while ' || d.state
FROM device_link AS d JOIN api_key AS k ON k.minted_by = 'device:' || d.id
GROUP BY d.id, d.state
HAVING count(*) > 1 OR d.state <> 'redeemed'

-- I30 audit_linked: each audit row follows from the one before it, seq has no gap, and the head is the last row
SELECT CAST(s.seq AS text) AS key, 'does not follow row ' || (s.seq - 1) AS detail
FROM (
  SELECT seq, prev_hash, lag(seq, 1, 0) OVER (ORDER BY seq) AS before,
         lag(hash) OVER (ORDER BY seq) AS hash_before
  FROM audit_log
) AS s
WHERE s.seq <> s.before + 1
   OR s.prev_hash <> COALESCE(s.hash_before, '0000000000000000000000000000000000000000000000000000000000000000')
UNION ALL
SELECT CAST(h.seq AS text), 'is named by the head, and the last row is ' || COALESCE(max(a.seq), 0)
FROM audit_head AS h LEFT JOIN audit_log AS a ON a.seq >= h.seq
GROUP BY h.id, h.seq, h.hash
HAVING h.seq <> COALESCE(max(a.seq), 0) OR (h.seq > 0 AND h.hash <> COALESCE(max(a.hash), ''))
UNION ALL
SELECT 'head', 'there is no head' WHERE NOT EXISTS (SELECT 1 FROM audit_head)

-- I31 storage_counted: an account's shelf counts exactly the assets and inputs it keeps; each stored input has a use, and whoever forgot its inputs has none
SELECT 'account ' || s.account_id AS key,
       'counts ' || s.bytes || ' bytes and ' || s.assets || ' assets, and keeps '
       || (COALESCE(a.bytes, 0) + COALESCE(f.bytes, 0)) || ' and ' || COALESCE(a.number, 0) AS detail
FROM shelf AS s
LEFT JOIN (
  SELECT account_id, sum(stored_bytes) AS bytes, count(*) AS number
  FROM asset WHERE purged_at IS NULL GROUP BY account_id
) AS a ON a.account_id = s.account_id
LEFT JOIN (
  SELECT account_id, sum(bytes) AS bytes FROM input_file GROUP BY account_id
) AS f ON f.account_id = s.account_id
WHERE s.bytes <> COALESCE(a.bytes, 0) + COALESCE(f.bytes, 0) OR s.assets <> COALESCE(a.number, 0)
UNION ALL
SELECT k.id, 'is kept by an account without a shelf'
FROM (
  SELECT id, account_id FROM asset WHERE purged_at IS NULL
  UNION ALL SELECT id, account_id FROM input_file
) AS k
WHERE NOT EXISTS (SELECT 1 FROM shelf AS s WHERE s.account_id = k.account_id)
UNION ALL
SELECT f.id, 'is an input that nobody uses'
FROM input_file AS f WHERE NOT EXISTS (SELECT 1 FROM input_use AS u WHERE u.file_id = f.id)
UNION ALL
SELECT u.file_id, 'is used by ' || u.owner_id || ', which forgot its inputs'
FROM input_use AS u
WHERE EXISTS (SELECT 1 FROM job AS j WHERE j.id = u.owner_id AND j.inputs_json = '{}')
   OR EXISTS (SELECT 1 FROM quote AS q WHERE q.id = u.owner_id AND q.stored = 0)
   OR EXISTS (SELECT 1 FROM approval_plan AS p WHERE p.id = u.owner_id AND p.stored = 0)
UNION ALL
SELECT j.id, 'names a stored input without a use of it'
FROM job AS j
WHERE j.inputs_json <> '{}' AND j.inputs_json LIKE '%"inputs/input%'
  AND NOT EXISTS (SELECT 1 FROM input_use AS u WHERE u.owner_id = j.id)

-- I34 bill_true: a bill is of a purchase, in the currency and by the tax terms of its checkout; less its discount it is the price that was paid, and a credit note is for a refund
SELECT b.purchase_id AS key, b.currency || ', ' || b.tax_source || ', ' || b.list_micros || ' less '
  || b.discount_micros || ', tax ' || b.tax_micros || ', paid ' || COALESCE(p.paid_microusd, -1)
  AS detail
FROM purchase_bill AS b
LEFT JOIN purchase AS p ON p.id = b.purchase_id
LEFT JOIN checkout AS c ON c.id = p.checkout_id
WHERE p.id IS NULL
   OR b.currency <> COALESCE(c.currency, b.currency)
   OR (b.currency = 'usd' AND p.paid_microusd <> b.list_micros - b.discount_micros)
   OR (b.list_micros = b.discount_micros AND p.paid_microusd <> 0)
   OR (b.tax_source <> 'provider' AND b.tax_source <> COALESCE(c.tax_source, b.tax_source))
   OR (b.tax_source = 'none' AND b.tax_micros <> 0)
   OR (b.tax_source = 'fixed' AND b.tax_included <> 1)
   OR (b.tax_micros = 0 AND b.tax_microusd <> 0)
UNION ALL
SELECT r.id, 'has a credit note, and is a ' || r.kind
FROM reversal AS r WHERE r.credit_note IS NOT NULL AND r.kind <> 'refund'

-- I32 member_counted: all that a member holds and consumes, by keys or in a browser, counts on the one policy of that member and account; with the member every key of theirs is revoked
SELECT t.id AS key, 'by ' || t.key_id || ' of ' || COALESCE(s.member_policy_id, 'no member')
  || ', counts on ' || COALESCE(t.member_policy_id, 'none') AS detail
FROM transfer AS t LEFT JOIN spender AS s ON s.key_id = t.key_id
WHERE t.phase IN ('pending', 'single')
  AND COALESCE(t.member_policy_id, '') <> COALESCE(s.member_policy_id, '')
UNION ALL
SELECT s.key_id, 'of ' || s.member_policy_id || ', no member of account ' || s.account_id
FROM spender AS s
LEFT JOIN spender AS m ON m.key_id = s.member_policy_id AND m.account_id = s.account_id
  AND m.member_policy_id = m.key_id
LEFT JOIN spend_policy AS p ON p.id = s.member_policy_id AND p.account_id = s.account_id
WHERE s.member_policy_id IS NOT NULL AND (m.key_id IS NULL OR p.id IS NULL)
UNION ALL
SELECT s.key_id, 'spends after the end of ' || s.member_policy_id
FROM spender AS s JOIN spender AS m ON m.key_id = s.member_policy_id
WHERE m.revoked_at IS NOT NULL AND s.revoked_at IS NULL

-- I33 codes_kept: a code counts its redemptions and has no more than its uses, each account has one of it, and at most one with a purchase; a credited one has exactly its transfer, a waiting one none, and no transfer of a code is without one; one that came with a purchase came with one of its least price, and went back with it
SELECT c.id AS key, 'counts ' || c.used || ' of ' || c.uses || ', redeemed ' || count(r.account_id) AS detail
FROM credit_code AS c LEFT JOIN code_redemption AS r ON r.code_id = c.id
GROUP BY c.id HAVING c.used <> count(r.account_id) OR count(r.account_id) > c.uses
UNION ALL
SELECT r.code_id, count(*) || ' redemptions of ledger account ' || r.ledger_account
FROM code_redemption AS r GROUP BY r.code_id, r.ledger_account HAVING count(*) > 1
UNION ALL
SELECT 'ledger account ' || r.ledger_account, count(*) || ' codes for its first purchase'
FROM code_redemption AS r WHERE r.purchase_id IS NOT NULL
GROUP BY r.ledger_account HAVING count(*) > 1
UNION ALL
SELECT r.code_id || ' ' || r.account_id, r.state || ', credit ' || r.credit_microusd || ', moved '
  || COALESCE(t.amount_microusd, 0) || ', purchase ' || COALESCE(r.purchase_id, 'none')
FROM code_redemption AS r
JOIN credit_code AS c ON c.id = r.code_id
LEFT JOIN transfer AS t ON t.book = r.book AND t.code = 'promo' AND t.phase = 'single'
  AND t.reference = 'code\:' || r.code_id || '\:' || r.account_id
  AND t.credit_account = r.ledger_account
LEFT JOIN purchase AS p ON p.id = r.purchase_id AND p.book = r.book
  AND p.ledger_account = r.ledger_account
WHERE COALESCE(t.amount_microusd, 0)
    <> CASE r.state WHEN 'credited' THEN r.credit_microusd ELSE 0 END
   OR r.book <> c.book OR r.credit_microusd <> c.credit_microusd
   OR (p.id IS NOT NULL) <> (r.state = 'credited' AND c.first_purchase = 1)
   OR p.paid_microusd < c.least_purchase_microusd
UNION ALL
SELECT t.id, 'credited by ' || t.reference || ', which nobody redeemed'
FROM transfer AS t
LEFT JOIN code_redemption AS r ON 'code\:' || r.code_id || '\:' || r.account_id = t.reference
WHERE t.code = 'promo' AND t.reference LIKE 'code\:%' AND r.code_id IS NULL
UNION ALL
SELECT 'ledger account ' || m.account_id, 'took back ' || sum(m.amount_microusd) || ' too much'
FROM (
  SELECT r.ledger_account AS account_id, -r.taken_back_microusd AS amount_microusd
  FROM code_redemption AS r
  UNION ALL SELECT t.debit_account, t.amount_microusd FROM transfer AS t WHERE t.code = 'code_taken_back'
  UNION ALL SELECT t.credit_account, -t.amount_microusd FROM transfer AS t WHERE t.code = 'code_restored'
) AS m
GROUP BY m.account_id HAVING sum(m.amount_microusd) <> 0
UNION ALL
SELECT s.code_id || ' ' || s.account_id, 'took back ' || s.taken_back_microusd || ' of '
  || s.credit_microusd || ' for ' || s.returned_microusd || ' of ' || s.paid_microusd
FROM (
  SELECT r.code_id, r.account_id, r.taken_back_microusd, r.credit_microusd, p.paid_microusd,
         (SELECT COALESCE(sum(v.amount_microusd), 0) FROM reversal AS v
          WHERE v.purchase_id = p.id AND v.state = 'taken') AS returned_microusd
  FROM code_redemption AS r JOIN purchase AS p ON p.id = r.purchase_id
) AS s
WHERE (s.returned_microusd = 0 AND s.taken_back_microusd <> 0)
   OR (s.returned_microusd >= s.paid_microusd AND s.paid_microusd > 0
       AND s.taken_back_microusd <> s.credit_microusd)

-- I38 top_ups_bounded: an account has at most one top-up in flight, what was credited in a month stays within its maximum, each credited top-up is a purchase, a rule that is on has a saved card, and the person who saved a card may pay
SELECT t.account_id AS key, count(*) || ' top-ups in flight' AS detail
FROM top_up AS t WHERE t.state IN ('charging', 'waiting')
GROUP BY t.account_id, t.book HAVING count(*) > 1
UNION ALL
SELECT t.checkout_id, 'brings the month to ' || sum(o.gross_micros) || ' of ' || t.monthly_max_micros
FROM top_up AS t JOIN top_up AS o ON o.account_id = t.account_id AND o.book = t.book
  AND o.currency = t.currency AND o.month = t.month AND o.state = 'credited'
  AND o.created_at <= t.created_at
WHERE t.state = 'credited'
GROUP BY t.checkout_id, t.monthly_max_micros HAVING sum(o.gross_micros) > t.monthly_max_micros
UNION ALL
SELECT t.checkout_id, 'is credited and has no purchase'
FROM top_up AS t LEFT JOIN purchase AS p ON p.checkout_id = t.checkout_id
WHERE t.state = 'credited' AND p.id IS NULL
UNION ALL
SELECT r.account_id, 'is on in ' || r.book || ' mode without a saved card'
FROM top_up_rule AS r
LEFT JOIN saved_card AS c ON c.account_id = r.account_id AND c.book = r.book
WHERE r.state = 'on' AND c.account_id IS NULL
UNION ALL
SELECT c.account_id, 'keeps in ' || c.book || ' mode the card of a person who may not pay for it'
FROM saved_card AS c
WHERE c.person_id <> c.account_id AND NOT EXISTS (
  SELECT 1 FROM member AS m WHERE m.account_id = c.account_id AND m.person_id = c.person_id
    AND m.role = 'admin' AND m.removed_at IS NULL)

-- I36 statements_chained: a statement opens with the former closing balance, covers the entries up to the end of its month, and closes with what its entries and its lines add up to; each line has its entries
SELECT s.account_id || ' month ' || s.month AS key,
       'opens with ' || s.opening_microusd || ' after ' || s.before AS detail
FROM (
  SELECT account_id, month, opening_microusd,
         lag(closing_microusd, 1, 0) OVER (PARTITION BY account_id ORDER BY month) AS before
  FROM statement
) AS s
WHERE s.opening_microusd <> s.before
UNION ALL
SELECT s.account_id || ' month ' || s.month,
       'closes with ' || s.closing_microusd || ', its entries give ' || s.sum_of_entries
FROM (
  SELECT s.account_id, s.month, s.closing_microusd, s.opening_microusd + COALESCE((
           SELECT sum(e.amount_microusd) FROM entry AS e
           WHERE e.account_id = s.account_id AND e.account_version > s.after
             AND e.account_version <= s.through_version AND e.layer = 'posted'
         ), 0) AS sum_of_entries
  FROM (
    SELECT account_id, month, opening_microusd, closing_microusd, through_version,
           lag(through_version, 1, 0) OVER (PARTITION BY account_id ORDER BY month) AS after
    FROM statement
  ) AS s
) AS s
WHERE s.closing_microusd <> s.sum_of_entries
UNION ALL
SELECT s.account_id || ' month ' || s.month,
       'closes with ' || s.closing_microusd || ', its lines give '
         || (s.opening_microusd + COALESCE(l.amount, 0))
FROM statement AS s
LEFT JOIN (
  SELECT account_id, month, sum(amount_microusd) AS amount
  FROM statement_line GROUP BY account_id, month
) AS l ON l.account_id = s.account_id AND l.month = s.month
WHERE s.closing_microusd <> s.opening_microusd + COALESCE(l.amount, 0)
UNION ALL
SELECT d.account_id || ' month ' || d.month, d.kind || ' differ from their entries by ' || sum(d.amount)
FROM (
  SELECT l.account_id, l.month, l.kind, l.amount_microusd AS amount FROM statement_line AS l
  UNION ALL
  SELECT s.account_id, s.month,
         CASE t.code
           WHEN 'purchase' THEN 'purchases'
           WHEN 'bonus' THEN 'bonuses'
           WHEN 'promo' THEN 'promotions'
           WHEN 'code_taken_back' THEN 'promotions'
           WHEN 'code_restored' THEN 'promotions'
           WHEN 'payout' THEN 'earned'
           WHEN 'commission' THEN 'earned'
           WHEN 'clawback' THEN 'earned'
           WHEN 'clawback_undone' THEN 'earned'
           WHEN 'hold' THEN 'spending'
           WHEN 'consume' THEN 'spending'
           WHEN 'refund' THEN 'refunds'
           WHEN 'refund_failed' THEN 'refunds'
           WHEN 'dispute' THEN 'disputes'
           WHEN 'dispute_won' THEN 'disputes'
           WHEN 'deposit_reversed' THEN 'chain_reversals'
           WHEN 'deposit_restored' THEN 'chain_reversals'
           WHEN 'grant_expired' THEN 'expiries'
           WHEN 'adjust' THEN 'adjustments'
         END,
         -e.amount_microusd
  FROM (
    SELECT account_id, month, through_version,
           lag(through_version, 1, 0) OVER (PARTITION BY account_id ORDER BY month) AS after
    FROM statement
  ) AS s
  JOIN entry AS e ON e.account_id = s.account_id AND e.account_version > s.after
    AND e.account_version <= s.through_version AND e.layer = 'posted'
  JOIN transfer AS t ON t.id = e.transfer_id
) AS d
GROUP BY d.account_id, d.month, d.kind HAVING sum(d.amount) <> 0
UNION ALL
SELECT l.account_id || ' month ' || l.month, l.kind || ' of no statement'
FROM statement_line AS l
LEFT JOIN statement AS s ON s.account_id = l.account_id AND s.month = l.month
WHERE s.month IS NULL
UNION ALL
SELECT s.account_id || ' month ' || s.month, 'ends with entry ' || s.through_version
FROM statement AS s
LEFT JOIN entry AS e ON e.account_id = s.account_id AND e.account_version = s.through_version
WHERE e.id IS NULL OR e.created_at >= s.ends_at
UNION ALL
-- The clock may have been set back over the end of the month, by less than a minute.
SELECT s.account_id || ' month ' || s.month, 'ends before entry ' || e.account_version
FROM statement AS s
JOIN entry AS e ON e.account_id = s.account_id AND e.account_version = s.through_version + 1
WHERE e.created_at < s.ends_at - 60000000

-- I37 budgets_alerted: a budget counts exactly what the entries it has seen charged; each part that was reached in its month has one alert
SELECT b.id AS key, 'reached ' || p.percent || ' % without an alert' AS detail
FROM budget AS b
JOIN (SELECT 50 AS percent UNION ALL SELECT 80 UNION ALL SELECT 100) AS p
  ON b.spent_microusd * 100 >= b.amount_microusd * p.percent
LEFT JOIN budget_alert AS a
  ON a.budget_id = b.id AND a.month = b.month AND a.percent = p.percent
WHERE a.budget_id IS NULL
UNION ALL
SELECT a.budget_id, a.percent || ' % alerted at ' || a.spent_microusd || ' of ' || a.amount_microusd
FROM budget_alert AS a
WHERE a.spent_microusd * 100 < a.amount_microusd * a.percent
UNION ALL
SELECT b.id, 'has seen version ' || b.seen_version || ' of ' || COALESCE(l.version, 0)
FROM budget AS b LEFT JOIN ledger_account AS l ON l.id = b.account_id
WHERE b.seen_version > COALESCE(l.version, 0)
UNION ALL
SELECT b.id, 'counts ' || b.spent_microusd || ' of ' || COALESCE(c.spent, 0)
FROM budget AS b
LEFT JOIN (
  SELECT b.id, -sum(e.amount_microusd) AS spent
  FROM budget AS b
  JOIN entry AS e ON e.account_id = b.account_id AND e.layer = 'posted'
    AND e.account_version > b.since_version AND e.account_version <= b.seen_version
  JOIN transfer AS t ON t.id = e.transfer_id AND t.code IN ('hold', 'consume')
  LEFT JOIN job AS j ON j.hold_id = t.pending_id
  LEFT JOIN agent_request AS r ON r.hold_id = t.pending_id
  WHERE b.subject = 'account'
     OR (b.subject = 'project' AND COALESCE(j.project_id, r.project_id) = b.subject_id)
     -- The policy of play money has the id of the member and a colon before `test`; a colon here
     -- would be a parameter.
     OR (b.subject = 'member' AND t.key_id IN (
          SELECT s.key_id FROM spender AS s
          WHERE s.member_policy_id = b.subject_id
             OR s.member_policy_id LIKE b.subject_id || '_test'))
     OR (b.subject = 'key' AND t.key_id IN (
          SELECT k.id FROM api_key AS k JOIN api_key AS o ON o.policy_id = k.policy_id
          WHERE o.id = b.subject_id))
  GROUP BY b.id
) AS c ON c.id = b.id
WHERE b.spent_microusd <> COALESCE(c.spent, 0)
UNION ALL
-- The start of a month, counted from year 0: days of the years before March, and of the months
-- since March. The clock may have been set back over it, by less than a minute.
SELECT m.id, 'counts version ' || e.account_version || ' in another month, ' || m.month
FROM (
  SELECT n.*, (365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 + (153 * n.m + 2) / 5 - 719468)
           * 86400000000 AS starts_at,
         (365 * n.next_y + n.next_y / 4 - n.next_y / 100 + n.next_y / 400
           + (153 * n.next_m + 2) / 5 - 719468) * 86400000000 AS ends_at
  FROM (
    SELECT id, account_id, month, since_version, seen_version,
           (month - 2) / 12 AS y, (month - 2) % 12 AS m,
           (month - 1) / 12 AS next_y, (month - 1) % 12 AS next_m
    FROM budget
  ) AS n
) AS m
JOIN entry AS e ON e.account_id = m.account_id AND e.layer = 'posted'
  AND e.account_version > m.since_version - 1000 AND e.account_version <= m.seen_version
JOIN transfer AS t ON t.id = e.transfer_id AND t.code IN ('hold', 'consume')
WHERE (e.account_version > m.since_version
       AND (e.created_at < m.starts_at - 60000000 OR e.created_at >= m.ends_at))
   OR (e.account_version <= m.since_version AND e.created_at >= m.starts_at + 60000000)

-- I39 invoiced_once: each purchase that its provider did not invoice has exactly one invoice, of its bill; numbers have no gap; what was credited and not charged again is what went back for good
SELECT p.id AS key, count(i.id) || ' invoices of ours, the provider''s is '
  || COALESCE(b.provider_invoice_id, 'missing') AS detail
FROM purchase AS p JOIN purchase_bill AS b ON b.purchase_id = p.id
LEFT JOIN invoice AS i ON i.purchase_id = p.id AND i.reversal_id IS NULL
GROUP BY p.id, b.provider_invoice_id, b.tax_source
HAVING count(i.id) <> CASE WHEN b.provider_invoice_id IS NULL AND b.tax_source <> 'provider' THEN 1 ELSE 0 END
UNION ALL
SELECT i.id, i.kind || ' of ' || i.net_micros || ' and ' || i.tax_micros || ' is of another bill or account'
FROM invoice AS i
LEFT JOIN purchase AS p ON p.id = i.purchase_id
LEFT JOIN purchase_bill AS b ON b.purchase_id = i.purchase_id
LEFT JOIN reversal AS r ON r.id = i.reversal_id
WHERE p.id IS NULL OR b.purchase_id IS NULL OR i.account_id <> p.account_id OR i.book <> p.book
   OR i.currency <> b.currency OR i.net_micros + i.tax_micros <> i.total_micros
   OR (i.reversal_id IS NULL AND (i.net_micros <> b.net_micros OR i.tax_micros <> b.tax_micros))
   OR (i.reversal_id IS NOT NULL AND COALESCE(r.purchase_id, '') <> i.purchase_id)
UNION ALL
SELECT n.book || ' ' || n.kind, n.number || ' numbers, the last ' || n.last || ', counted ' || n.counted
FROM (
  SELECT c.book, k.kind, count(i.id) AS number, count(DISTINCT i.number) AS numbers,
         COALESCE(max(i.number), 0) AS last,
         CASE k.kind WHEN 'invoice' THEN c.last_invoice ELSE c.last_credit_note END AS counted
  FROM receipt_counter AS c
  CROSS JOIN (SELECT 'invoice' AS kind UNION ALL SELECT 'credit_note') AS k
  LEFT JOIN invoice AS i ON i.book = c.book AND i.kind = k.kind
  GROUP BY c.book, k.kind, c.last_invoice, c.last_credit_note
) AS n
WHERE n.number <> n.numbers OR n.number <> n.last OR n.number <> n.counted
UNION ALL
SELECT s.purchase_id, 'credited ' || s.credited || ' with ' || s.tax || ' tax, returned ' || s.returned
  || ' of ' || s.total_micros
FROM (
  SELECT i.purchase_id, i.total_micros, i.tax_micros, COALESCE(c.credited, 0) AS credited,
         COALESCE(c.tax, 0) AS tax, COALESCE(r.returned, 0) AS returned
  FROM invoice AS i
  LEFT JOIN (
    SELECT purchase_id, sum(CASE kind WHEN 'credit_note' THEN total_micros ELSE -total_micros END) AS credited,
           sum(CASE kind WHEN 'credit_note' THEN tax_micros ELSE -tax_micros END) AS tax
    FROM invoice WHERE reversal_id IS NOT NULL GROUP BY purchase_id
  ) AS c ON c.purchase_id = i.purchase_id
  LEFT JOIN (
    SELECT purchase_id, sum(COALESCE(amount_micros, amount_microusd)) AS returned FROM reversal
    WHERE state = 'taken' AND (kind <> 'dispute' OR outcome = 'lost') GROUP BY purchase_id
  ) AS r ON r.purchase_id = i.purchase_id
  WHERE i.reversal_id IS NULL
) AS s
WHERE s.credited <> CASE WHEN s.returned < s.total_micros THEN s.returned ELSE s.total_micros END
   OR s.tax < 0 OR s.tax > s.tax_micros OR (s.credited = s.total_micros AND s.tax <> s.tax_micros)

-- I40 members_gone: what a former member held in a team has ended, at one time with its spender; a closed account is in no team
SELECT k.id AS key, 'key of ' || k.person_id || ', who may hold none' AS detail
FROM api_key AS k
LEFT JOIN member AS m ON m.account_id = k.account_id AND m.person_id = k.person_id
  AND m.removed_at IS NULL AND m.role <> 'viewer'
WHERE k.person_id IS NOT NULL AND k.revoked_at IS NULL AND m.id IS NULL
UNION ALL
SELECT k.id, 'key revoked at ' || k.revoked_at || ', its spender at ' || COALESCE(s.revoked_at, 0)
FROM api_key AS k JOIN spender AS s ON s.key_id = k.id
WHERE k.person_id IS NOT NULL AND k.revoked_at <> COALESCE(s.revoked_at, 0)
UNION ALL
SELECT b.id, 'session in ' || b.acting_account_id || ' of ' || b.account_id
FROM browser_session AS b
LEFT JOIN member AS m ON m.account_id = b.acting_account_id AND m.person_id = b.account_id
  AND m.removed_at IS NULL
WHERE b.acting_account_id IS NOT NULL AND b.revoked_at IS NULL AND m.id IS NULL
UNION ALL
SELECT d.id, 'device approved by ' || d.person_id || ', who may have none'
FROM device_link AS d
LEFT JOIN member AS m ON m.account_id = d.account_id AND m.person_id = d.person_id
  AND m.removed_at IS NULL AND m.role <> 'viewer'
WHERE d.person_id IS NOT NULL AND d.state = 'approved' AND m.id IS NULL
UNION ALL
SELECT i.id, 'invitation to ' || i.account_id || ' sent by ' || i.invited_by || ', no admin of it'
FROM invitation AS i
LEFT JOIN member AS m ON m.account_id = i.account_id AND m.person_id = i.invited_by
  AND m.removed_at IS NULL AND m.role = 'admin'
WHERE i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.invited_by <> i.account_id
  AND m.id IS NULL
UNION ALL
SELECT p.id, 'plan that waits for ' || p.member_id || ', who is gone'
FROM approval_plan AS p
LEFT JOIN member AS m ON m.id = p.member_id AND m.removed_at IS NULL
WHERE p.member_id IS NOT NULL AND p.state = 'pending' AND p.expires_at > :now AND m.id IS NULL
UNION ALL
SELECT u.id, 'upload link of ' || u.member_id || ', who may upload nothing'
FROM upload_link AS u
LEFT JOIN member AS m ON m.id = u.member_id AND m.removed_at IS NULL AND m.role <> 'viewer'
WHERE u.member_id IS NOT NULL AND u.asset_id IS NULL AND u.expires_at > :now AND m.id IS NULL
UNION ALL
SELECT h.id, 'share of ' || h.member_id || ', who may share nothing'
FROM share AS h
LEFT JOIN member AS m ON m.id = h.member_id AND m.removed_at IS NULL AND m.role <> 'viewer'
WHERE h.member_id IS NOT NULL AND h.revoked_at IS NULL AND m.id IS NULL
UNION ALL
SELECT s.key_id, 'spends for ' || m.id || ', who is gone'
FROM spender AS s JOIN member AS m ON m.id = replace(s.member_policy_id, ':' || 'test', '')
WHERE s.member_policy_id IS NOT NULL AND s.revoked_at IS NULL AND m.removed_at IS NOT NULL
UNION ALL
SELECT m.id, 'is in a team with the closed account ' || a.id
FROM member AS m JOIN account AS a ON a.id IN (m.account_id, m.person_id)
WHERE m.removed_at IS NULL AND a.closed_at IS NOT NULL
