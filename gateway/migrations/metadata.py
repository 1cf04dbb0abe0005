"""All tables of all slices."""

import gateway.affiliates.tables
import gateway.identity.tables
import gateway.identity.teams.tables
import gateway.kit.audit_log
import gateway.kit.idempotency
import gateway.ledger.tables
import gateway.library.tables
import gateway.mail.tables
import gateway.media.client_calls.tables
import gateway.media.tables
import gateway.payments.billing.tables
import gateway.payments.codes.tables
import gateway.payments.invoices.tables
import gateway.payments.onchain.tables
import gateway.payments.stripe.tables
import gateway.payments.tables
import gateway.payments.top_ups.tables
import gateway.payments.x402.tables
import gateway.shares.tables
import gateway.spending.tables
import gateway.studio.agent.tables
import gateway.studio.documents.tables
import gateway.studio.films.tables
import gateway.studio.plans.tables
import gateway.studio.threads.tables  # noqa: F401 - importing fills the metadata
from gateway.kit.database.columns import Base

METADATA = Base.metadata
