"""The public verbs of the ledger; other slices import them from here.

Every verb works in the caller's transaction. A refusal is a `Problem`: `hold_many` returns it,
so that one refused hold changes nothing for its neighbours; the single verbs raise it.
"""

from gateway.ledger.accounts import House as House
from gateway.ledger.accounts import house_account as house_account
from gateway.ledger.consuming import adjust_balance as adjust_balance
from gateway.ledger.consuming import consume as consume
from gateway.ledger.credits import claw_back as claw_back
from gateway.ledger.credits import credit_account as credit_account
from gateway.ledger.decisions import AdmittedHold as AdmittedHold
from gateway.ledger.decisions import Hold as Hold
from gateway.ledger.earnings import pay_as_credit as pay_as_credit
from gateway.ledger.earnings import post_promise as post_promise
from gateway.ledger.earnings import promise_earning as promise_earning
from gateway.ledger.earnings import reserve_payout as reserve_payout
from gateway.ledger.earnings import undo_clawback as undo_clawback
from gateway.ledger.earnings import void_promise as void_promise
from gateway.ledger.errors import HoldResolved as HoldResolved
from gateway.ledger.holds import hold_many as hold_many
from gateway.ledger.locking import LockedAccounts as LockedAccounts
from gateway.ledger.locking import lock_accounts as lock_accounts
from gateway.ledger.settling import get_held_amount as get_held_amount
from gateway.ledger.settling import post as post
from gateway.ledger.settling import void as void
from gateway.ledger.sweeping import expire_due_grants as expire_due_grants
