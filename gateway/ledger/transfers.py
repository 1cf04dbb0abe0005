"""The public verbs of the ledger; other slices import them from here.

Every verb works in the caller's transaction. A refusal is a `Problem`: `hold_many` returns it,
so that one refused hold changes nothing for its neighbours; the single verbs raise it.
"""

from gateway.ledger.accounts.expiry_sweep import expire_due_grants as expire_due_grants
from gateway.ledger.accounts.locks import LockedAccounts as LockedAccounts
from gateway.ledger.accounts.locks import lock_accounts as lock_accounts
from gateway.ledger.accounts.owners import House as House
from gateway.ledger.accounts.owners import house_account_number as house_account_number
from gateway.ledger.decisions import AdmittedHold as AdmittedHold
from gateway.ledger.decisions import Hold as Hold
from gateway.ledger.errors import HoldResolved as HoldResolved
from gateway.ledger.movements.credits import claw_back as claw_back
from gateway.ledger.movements.credits import credit_account as credit_account
from gateway.ledger.movements.direct_spending import adjust_balance as adjust_balance
from gateway.ledger.movements.direct_spending import consume as consume
from gateway.ledger.movements.earnings import pay_as_credit as pay_as_credit
from gateway.ledger.movements.earnings import post_promise as post_promise
from gateway.ledger.movements.earnings import promise_earning as promise_earning
from gateway.ledger.movements.earnings import reserve_payout as reserve_payout
from gateway.ledger.movements.earnings import undo_clawback as undo_clawback
from gateway.ledger.movements.earnings import void_promise as void_promise
from gateway.ledger.movements.holds import hold_many as hold_many
from gateway.ledger.movements.settlement import get_held_amount as get_held_amount
from gateway.ledger.movements.settlement import post as post
from gateway.ledger.movements.settlement import void as void
