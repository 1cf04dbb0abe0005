"""The public verbs of the ledger; other slices import them from here.

Every verb works in the caller's transaction. A refusal is a `Problem`: `hold_many` returns it,
so that one refused hold changes nothing for its neighbours; the single verbs raise it.
"""

from gateway.ledger.accounts import House as House
from gateway.ledger.accounts import house as house
from gateway.ledger.consuming import adjust as adjust
from gateway.ledger.consuming import consume as consume
from gateway.ledger.credits import claw_back as claw_back
from gateway.ledger.credits import credit as credit
from gateway.ledger.decisions import Held as Held
from gateway.ledger.decisions import Hold as Hold
from gateway.ledger.earnings import break_promise as break_promise
from gateway.ledger.earnings import give_again as give_again
from gateway.ledger.earnings import keep_promise as keep_promise
from gateway.ledger.earnings import pay_as_credit as pay_as_credit
from gateway.ledger.earnings import promise as promise
from gateway.ledger.earnings import reserve_payout as reserve_payout
from gateway.ledger.errors import HoldResolved as HoldResolved
from gateway.ledger.holds import hold_many as hold_many
from gateway.ledger.locking import Locked as Locked
from gateway.ledger.locking import lock as lock
from gateway.ledger.settling import open_amount as open_amount
from gateway.ledger.settling import post as post
from gateway.ledger.settling import void as void
from gateway.ledger.sweeping import expire_due as expire_due
