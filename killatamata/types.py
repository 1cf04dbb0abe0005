"""Every answer of the API; rendered by `python -m gateway.sdk`, not written by hand."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from killatamata.model import Model, Word
from killatamata.output_media import JobMedia, OutputMedia

AccountState = Annotated[Literal["active", "frozen", "closed"], Word]
"""The state of a ledger account; only an active one spends."""


AffiliateState = Annotated[Literal["applied", "approved", "rejected", "suspended", "banned"], Word]
"""The state of an affiliate: only an approved one earns."""


AttemptState = Annotated[
    Literal[
        "created",
        "unknown",
        "submitted",
        "running",
        "canceling",
        "rejected",
        "succeeded",
        "failed",
        "canceled",
        "lost",
    ],
    Word,
]
"""The state of one try of a job on one engine; the last five are final."""


Availability = Annotated[Literal["available", "busy", "none"], Word]
"""A task's availability: a job starts at once, after others, or not at all."""


BillingState = Annotated[Literal["reserved", "captured", "released", "none"], Word]
"""The state of a hold: reserved while open, captured or released; `none` for a dry run."""


BudgetSubject = Annotated[Literal["account", "key", "member", "project"], Word]
"""The spending that a budget is about."""


CommissionState = Annotated[
    Literal["pending", "hold", "approved", "in_payout", "paid", "reversed"], Word
]
"""The state of a commission; one on `hold` waits for a person."""


JobState = Annotated[
    Literal["queued", "running", "succeeded", "failed", "canceled", "expired"], Word
]
"""The state of a job; the last four are final."""


LineKind = Annotated[
    Literal[
        "purchases",
        "bonuses",
        "promotions",
        "earned",
        "spending",
        "refunds",
        "disputes",
        "chain_reversals",
        "expiries",
        "adjustments",
    ],
    Word,
]
"""A line of a statement, in its order."""


OffReason = Annotated[
    Literal[
        "person",
        "member",
        "declined",
        "card_blocked",
        "refused",
        "package_gone",
        "refunded",
        "frozen",
        "closed",
        "review",
        "operator",
        "released",
    ],
    Word,
]
"""The reason why a rule was turned off.

`member`: whoever saved its card may no longer pay for the account. `card_blocked`: the bank
said not to try again. `review`: an operator must look at a payment. `operator`: an operator
stopped it, and only an operator lets it be turned on again; then it is `released`.
"""


OutputState = Annotated[Literal["available", "expired", "deleted"], Word]
"""The state of an output: it expires after 48 hours, and is deleted later."""


PayoutState = Annotated[Literal["requested", "approved", "paid", "rejected", "failed"], Word]
"""The state of a payout; the last three are final."""


Phase = Annotated[Literal["single", "pending", "post", "void"], Word]
"""The phase of a transfer: at once, or pending until it is posted or voided."""


PlanOutcome = Annotated[Literal["running", "succeeded", "partial", "failed", "canceled"], Word]
"""The outcome of an executed plan; `partial`: some of its steps succeeded."""


PlanState = Annotated[Literal["pending", "executed", "rejected", "expired"], Word]
"""The state of a plan until its decision."""


RefundState = Annotated[Literal["refunded", "failed"], Word]
"""The state of a refund, as a receipt shows it."""


Relation = Annotated[Literal["seed", "vary", "edit", "upscale", "animate", "extend", "remix"], Word]
"""The relation of a job to the result that it was made from."""


RequestState = Annotated[
    Literal["queued", "running", "succeeded", "failed", "canceled", "expired"], Word
]
"""The state of a message to the agent; the last four are final."""


RuleState = Annotated[Literal["on", "off"], Word]
"""The state of a rule: only while it is `on` is a card ever charged."""


ShareKind = Annotated[Literal["output", "take", "film"], Word]
"""The kind of result that is shared."""


ShareState = Annotated[Literal["active", "expired", "revoked", "taken-down", "ended"], Word]
"""The state of a share; only an active one is served.

It has `ended` when its result was deleted or its account closed.
"""


ShownRedemptionState = Annotated[Literal["waiting", "credited", "lapsed"], Word]
"""The state of a redemption as its account sees it.

A code that ended before the first purchase has `lapsed`, and so has one that waited while a
purchase was credited another.
"""


StepState = Annotated[
    Literal[
        "pending", "dropped", "waiting", "submitted", "succeeded", "failed", "canceled", "skipped"
    ],
    Word,
]
"""The state of a step; `dropped` ones were left out at the approval, `skipped` ones later."""


TakeState = Annotated[Literal["succeeded", "failed", "canceled"], Word]
"""The outcome of a take, as of the step that made it."""


TopUpState = Annotated[
    Literal[
        "charging",
        "waiting",
        "credited",
        "declined",
        "unconfirmed",
        "over_maximum",
        "canceled",
        "refused",
    ],
    Word,
]
"""The state of a top-up; in the first two it is in flight, the others are final.

`waiting`: the bank wants the person to confirm. `unconfirmed`: they did not within a day.
`over_maximum`: with tax it would have gone beyond the monthly maximum, so nothing was charged.
`canceled`: the rule was changed or turned off first. `refused`: Stripe took no invoice for it.
"""


class HealthSkillVersion(Model):
    """The Agent Skill of this gateway; a skill of another version is stale."""

    name: str
    """The name of the skill."""
    version: str
    """The version of the skill."""
    compatible_api_version: str
    """The version of the API that the skill is for."""
    compatibility_policy: Annotated[Literal["exact"], Word]
    """`exact`: a skill of another version is stale."""
    auto_update: Literal[False]
    """False: an agent tells its user, and does not replace its own instructions."""
    manifest_url: str
    """Address of the manifest: each file with its SHA-256."""
    metadata_url: str
    """Address of the version and the compatibility."""
    root_url: str
    """Address of the folder of the skill."""
    entrypoint_url: str
    """Address of `SKILL.md`."""


class Health(Model):
    """The gateway's health, without names of its parts."""

    status: Annotated[Literal["ok", "degraded"], Word]
    """`degraded`: a part is down, and the rest works."""
    version: str
    """The version of the gateway."""
    skill: HealthSkillVersion


class EmailStarted(Model):
    """A code is on its way."""

    challenge_id: str
    """The sign-in that a code was sent for."""
    expires_in_seconds: int
    """Seconds until the code expires."""
    resend_after_seconds: int
    """Seconds until another code can be sent."""


class SpendPolicyShown(Model):
    """A key's spending limits in dollars; null: no limit. The first two are for one plan."""

    auto_approve_usd: str | None = None
    """Up to this nothing asks a person, in dollars."""
    confirm_up_to_usd: str | None = None
    """Up to this a yes in the client is enough, in dollars."""
    daily_limit_usd: str | None = None
    """Spending cap per UTC day, in dollars."""
    monthly_limit_usd: str | None = None
    """Spending cap per UTC month, in dollars."""
    total_limit_usd: str | None = None
    """Spending cap in total, in dollars."""


class Spent(Model):
    """Amounts reserved and charged by a key or a member: this UTC day and month, and in all."""

    daily_usd: str
    """In this UTC day, in dollars."""
    daily_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    monthly_usd: str
    """In this UTC month, in dollars."""
    monthly_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    total_usd: str
    """In all, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class ConnectedApp(Model):
    """An app connected by OAuth, and the MCP tools that it sees."""

    client_id: str
    """Its client id: issued here, or the URL of its metadata."""
    redirect_uri: str
    """Its redirect address."""
    toolsets: list[str]
    """The MCP tools it sees."""
    read_only: bool
    """Whether it sees only read-only tools."""


class Key(Model):
    """An API key without its secret; or a connected app, which has tokens in place of a key."""

    id: str
    """The id of the key, or of the connection of an app."""
    label: str
    """Its purpose."""
    key_prefix: str
    """The visible start of the key."""
    last4: str
    """The last four characters of the key."""
    mode: Annotated[Literal["live", "test"], Word]
    """`live` is real money, `test` is play money."""
    scopes: list[str]
    """The scopes of the key."""
    spend_policy: SpendPolicyShown
    spent: Spent | None = None
    """Null for a key that never had a cap."""
    expires_at: datetime | None = None
    """When it expires, in UTC; null: never."""
    created_at: datetime
    """When it was created, in UTC."""
    last_used_at: datetime | None = None
    """When it was last used, in UTC; null: never."""
    revoked_at: datetime | None = None
    """When it was revoked, in UTC; null: it works."""
    minted_by: str
    """Who made the key."""
    app: ConnectedApp | None = None
    """Null for an API key."""


class SignedInWithKey(Model):
    """A sign-in and its key; `apiKey` is shown only once."""

    account_id: str
    """The account."""
    created: bool
    """Whether the account is new."""
    email: str
    """The e-mail address."""
    api_key: str = Field(..., repr=False)
    """The API key. It is shown only once."""
    key: Key


class AccountSettings(Model):
    """The account's settings in this mode."""

    mode: Annotated[Literal["live", "test"], Word]
    """`live` is real money, `test` is play money."""
    spend_policy: SpendPolicyShown
    """Default limits of new keys."""
    home: Annotated[Literal["create", "console"], Word] = "create"
    """The first page after signing in, in both modes."""
    auto_keep: Annotated[Literal["all", "starred", "none"], Word] = "all"
    """Which results made on pages are kept for longer than 48 hours, in both modes."""
    auto_keep_now: Annotated[Literal["all", "starred", "none"], Word] = "all"
    """The same at present: from 80 % of the storage quota, `all` is `starred`."""
    mail_plans: bool = False
    """Whether it gets a mail when an agent's plan waits for a person."""
    mail_done: bool = False
    """Whether it gets a mail when a job of over a minute, made on pages, ends."""
    mail_statement: bool = False
    """Whether it gets a mail with last month's statement on the first of a month."""


class Keys(Model):
    """A page of keys, newest first; connected apps come after all keys."""

    data: list[Key]
    """The keys, newest first; connected apps come last."""
    next_cursor: str | None = None


class CreatedKey(Key):
    """A new API key; `apiKey` is shown this one time."""

    api_key: str | None = Field(None, repr=False)
    """The API key. It is shown only once."""
    already_shown: bool = False
    """Whether the key was already shown; if so it is not shown again."""


class RevokedKey(Model):
    """A key that was revoked."""

    id: str
    """The id of the key."""
    revoked_at: datetime
    """When it was revoked, in UTC."""


class StartedLink(Model):
    """The codes of a link: show `userCode` to the person, poll with `deviceCode`."""

    device_code: str = Field(..., repr=False)
    """The secret the device polls with."""
    user_code: str
    """The code shown on the device."""
    verification_uri: str
    """The page where the person enters the code."""
    verification_uri_complete: str
    """The same page with the code filled in."""
    expires_in: int
    """Seconds until the codes expire."""
    interval: int
    """Seconds to wait between two polls."""


class LinkedKey(Model):
    """The key of a device, shown this one time."""

    api_key: str = Field(..., repr=False)
    """The API key. It is shown only once."""
    key_id: str
    """The API key, by id."""
    account_id: str
    """The account."""
    scopes: list[str]
    """The scopes of the key."""
    mode: Annotated[Literal["live", "test"], Word]
    """`live` is real money, `test` is play money."""


class Bucket(Model):
    """The remaining credit of one kind, and its expiry."""

    category: Annotated[Literal["promo", "bonus", "earned", "paid"], Word]
    """The kind of credit; kinds that expire are spent first."""
    remaining_usd: str
    """The amount left, in dollars."""
    remaining_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    expires_at: datetime | None = None
    """When it expires, in UTC; null: never."""


class KeyShown(Model):
    """The calling key's scopes and limits; `spent` is null for a key that never had a cap."""

    key_id: str
    """The API key, by id."""
    scopes: list[str]
    """The scopes of the key."""
    spend_policy: SpendPolicyShown
    spent: Spent | None = None
    """What counts against the caps of the key."""


class MemberLimits(Model):
    """The caps of a member of a team in dollars; null: no limit."""

    daily_limit_usd: str | None = None
    """Spending cap per UTC day, in dollars."""
    monthly_limit_usd: str | None = None
    """Spending cap per UTC month, in dollars."""
    total_limit_usd: str | None = None
    """Spending cap in total, in dollars."""


class MemberSpent(Spent):
    """Amounts reserved and charged by a member, with all of their keys and browsers."""


class MemberSpending(Model):
    """The caps of the calling member, which all of their keys and browsers share."""

    member_id: str
    """The membership, by id."""
    limits: MemberLimits
    spent: MemberSpent
    """What counts against the caps of the member."""


class BalanceShown(Model):
    """The balance of this account and mode: balance = available + held."""

    currency: Annotated[Literal["USD"], Word] = "USD"
    """Always USD."""
    livemode: bool
    """True for real money, false for play money."""
    balance_usd: str
    """All credit, also what is held, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    available_usd: str
    """The amount that can be spent, in dollars."""
    available_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    held_usd: str
    """Held for open jobs and requests, in dollars."""
    held_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    debt_usd: str
    """The amount owed after a reversed payment, in dollars."""
    debt_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    state: AccountState
    """Whether the account can spend."""
    frozen_reasons: list[str]
    """Why spending is frozen."""
    low_balance: bool
    """Whether the balance is below the low-balance threshold."""
    top_up_url: str
    """The page where credit is bought."""
    buckets: list[Bucket]
    """The remaining credit of each kind."""
    key: KeyShown | None = None
    """The calling key; null for a session."""
    member: MemberSpending | None = None
    """The member of the team who calls; null: the owner of the account."""


class Movement(Model):
    """One movement; `amount` is signed, `balanceAfter` is what was available after it."""

    transfer_id: str
    """The transfer in the ledger."""
    at: datetime
    """When it happened, in UTC."""
    code: str
    """The kind of movement."""
    phase: Phase
    """Whether the price is held, charged or released."""
    reference: str
    """Its subject: a job, a purchase, a payment."""
    amount_usd: str
    """The amount, in dollars, with its sign."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_after_usd: str
    """The balance available after it, in dollars."""
    balance_after_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    description: str | None = None
    """Its purpose."""


class Movements(Model):
    """A page of movements, newest first."""

    data: list[Movement]
    """The movements, newest first."""
    next_cursor: str | None = None


class Consumed(Model):
    """Credit that was spent; `balance` is what is available after it."""

    transfer_id: str
    """The transfer in the ledger."""
    consumed_usd: str
    """The amount spent, in dollars."""
    consumed_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_usd: str
    """The balance available after it, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class PriceShown(Model):
    """A price in a currency; the credit that it buys is in dollars."""

    currency: str
    """The currency, as ISO 4217 names it, in lower case."""
    price: str
    """The price in units of the currency."""
    price_micros: int
    """The same amount in millionths of the currency's unit."""


class PackageShown(Model):
    """A package; money as dollars and as integer micro-USD."""

    code: str
    """The package; send it as `packageCode`."""
    name: str
    """Its name for people."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    credit_usd: str
    """The credit it gives, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    methods: list[str]
    """How it can be paid."""
    prices: list[PriceShown] = Field(default_factory=list)
    """Its price in each currency that a card can pay in, dollars first."""


class Method(Model):
    """A payment method's availability."""

    enabled: bool
    """Whether one can pay this way now."""


class CryptoMethod(Method):
    """Payment in USDC; the fields are null if not accepted."""

    provider: Annotated[Literal["onchain", "coinbase"], Word] | None = None
    """Who took the payment."""
    network: str | None = None
    """The blockchain network, such as base-sepolia."""
    asset: Annotated[Literal["USDC"], Word] | None = None
    """The token that is accepted."""
    confirmations_required: int | None = None
    """Blocks needed before credit arrives."""


class X402Method(Method):
    """Payment by x402; the fields are empty if not accepted."""

    networks: list[str] = Field(default_factory=list)
    """The blockchain networks, such as base-sepolia."""
    asset: Annotated[Literal["USDC"], Word] | None = None
    """The token that is accepted."""
    pay_to: str | None = None
    """The address that payments go to."""


class Methods(Model):
    """The payment methods."""

    stripe: Method
    crypto: CryptoMethod
    x402: X402Method


class TaxShown(Model):
    """The tax on packages that are paid by card."""

    name: str
    """Its name."""
    included: bool
    """Whether prices contain it; else it is added to them."""
    percent: str | None = None
    """Its rate; null: it depends on the buyer's country."""


class PackageList(Model):
    """The packages for sale, and how to pay for them."""

    livemode: bool
    """True for real money, false for play money."""
    currency: Annotated[Literal["USD"], Word]
    """Always USD."""
    packages: list[PackageShown]
    """The packages for sale."""
    methods: Methods
    tax: TaxShown | None = None
    """The tax on packages; null: there is none."""


class StripeCheckout(Model):
    """An open checkout: send the person to `checkoutUrl`."""

    checkout_id: str
    """The checkout."""
    provider: Annotated[Literal["stripe"], Word]
    """Who took the payment."""
    session_id: str
    """The checkout at the payment provider."""
    checkout_url: str
    """The provider's payment page."""
    package_code: str
    """The package."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    credit_usd: str
    """The credit it gives, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    currency: str = "usd"
    """The currency of the payment."""
    price: str = ""
    """The price in that currency, before discount and tax."""
    price_micros: int = 0
    """The same amount in millionths of the currency's unit."""
    expires_at: datetime
    """When it expires, in UTC."""
    livemode: bool
    """True for real money, false for play money."""


class Claimed(Model):
    """The state of a checkout."""

    checkout_id: str
    """The checkout."""
    state: Annotated[
        Literal["creating", "open", "processing", "credited", "expired", "failed", "review"], Word
    ]
    """Its state."""
    purchase_id: str | None = None
    credited_usd: str
    """The credit that arrived, in dollars."""
    credited_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    receipt_number: str | None = None
    """The number of the receipt."""
    retry_after_seconds: int | None = None
    """Wait this many seconds, then ask again; null: it is settled."""
    api_key: str | None = Field(None, repr=False)
    """Shown only this once, if `keyLabel` created it."""


class CryptoCheckout(Model):
    """An open checkout: send `amount` of the asset to `address` before `expiresAt`.

    If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
    """

    checkout_id: str
    """The checkout."""
    provider: Annotated[Literal["onchain", "coinbase"], Word]
    """Who took the payment."""
    network: str
    """The blockchain network, such as base-sepolia."""
    chain_id: int
    """The id of the chain (EIP-155)."""
    asset: Annotated[Literal["USDC"], Word]
    """The token that is accepted."""
    asset_address: str
    """The contract of the token."""
    address: str | None = None
    """The address to pay to."""
    amount: str
    """In atomic units of the asset: 1,000,000 is one USDC."""
    package_code: str
    """The package."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    credit_usd: str
    """The credit it gives, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    uri: str | None = None
    """A payment link that wallets can open (EIP-681)."""
    qr_svg: str | None = None
    """The same link as a QR code: an SVG element."""
    checkout_url: str | None = None
    """The provider's payment page, if it has one."""
    confirmations_required: int
    """Blocks needed before credit arrives."""
    expires_at: datetime
    """When it expires, in UTC."""
    livemode: bool
    """True for real money, false for play money."""


class DepositShown(Model):
    """A transfer that arrived at the address of a checkout."""

    transaction: str
    """The hash of the transaction."""
    amount_usd: str
    """The amount of the transfer, in dollars."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    confirmations: int
    """Blocks on top of it, its own included."""
    state: Annotated[Literal["seen", "credited", "orphaned", "reversed"], Word]
    """`orphaned`: its block was replaced before it was credited. `reversed`: after."""


class CryptoClaimed(Model):
    """The state of a checkout."""

    checkout_id: str
    """The checkout."""
    state: Annotated[
        Literal[
            "open", "seen", "processing", "credited", "underpaid", "expired", "failed", "review"
        ],
        Word,
    ]
    """Its state."""
    confirmations: int
    """Of the newest deposit that is in a block."""
    confirmations_required: int
    """Blocks needed before credit arrives."""
    received_usd: str
    """The amount that arrived on the chain, in dollars."""
    received_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    credited_usd: str
    """The credit that arrived, in dollars."""
    credited_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    deposits: list[DepositShown]
    """The transfers that arrived."""
    retry_after_seconds: int | None = None
    """Wait this many seconds, then ask again; null: it is settled."""


class X402Purchase(Model):
    """A payment by x402. While `pending` it may still go through: ask again, do not pay again."""

    purchase_id: str
    """The purchase."""
    state: Annotated[Literal["credited", "pending"], Word]
    """Its state."""
    credited_usd: str
    """The credit that arrived, in dollars."""
    credited_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    transaction: str | None = None
    """The hash of the transaction; null while pending."""
    network: str
    """The blockchain network, such as base-sepolia."""
    payer: str
    """The address that paid."""
    receipt_number: str | None = None
    """The number of the receipt."""
    replayed: bool
    """Whether this payment had been received before."""


class RedemptionShown(Model):
    """A code that this account redeemed, and its credit."""

    code: str
    """The chosen word, or the beginning of a generated code."""
    state: ShownRedemptionState
    """`waiting` for the first purchase, or `lapsed`: the code ended before it."""
    credit_usd: str
    """The credit of the code, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    taken_back_usd: str
    """How much of it a refund of the purchase took back, in dollars."""
    taken_back_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    redeemed_at: datetime
    """When it was redeemed, in UTC."""
    credited_at: datetime | None = None
    """When it was credited; null while it waits."""
    expires_at: datetime | None = None
    """When the credit expires; null for never, or while it waits."""
    least_purchase_usd: str = "0.00"
    """The least price of the purchase that it waits for, in dollars; 0 for any."""
    least_purchase_microusd: int = 0
    """The same amount in micro-USD: 1,000,000 is $1."""
    waits_until: datetime | None = None
    """The first purchase must begin before this; null for any time."""
    livemode: bool
    """True for real money, false for play money."""


class RedeemedCode(RedemptionShown):
    """The redemption of a code."""

    replayed: bool
    """True if it was redeemed before: nothing was credited now."""


class Redemptions(Model):
    """The codes that this account redeemed, newest first."""

    data: list[RedemptionShown]
    """The redeemed codes."""


class SavedCardShown(Model):
    """The saved card, as its owner knows it; its number never reaches this gateway."""

    brand: str
    """Its brand, such as visa."""
    last4: str
    """Its last four digits."""
    saved_at: datetime
    """When it was saved, in UTC."""
    saved_by: str | None = None
    """The address of whoever saved it, if they have one."""


class TopUpShown(Model):
    """One top-up: a charge of the saved card, or the try of one."""

    checkout_id: str
    """The checkout; its purchase is in the list of purchases."""
    state: TopUpState
    """`charging` and `waiting` are in flight; the others are final."""
    package_code: str
    """The package."""
    currency: str
    """The currency of the amount."""
    amount: str
    """The amount with tax, in `currency`."""
    amount_micros: int
    """The same amount in millionths of `currency`."""
    card_last4: str
    """The last four digits of the card."""
    decline_code: str | None = None
    """The bank's reason, if it declined."""
    confirm_url: str | None = None
    """While `waiting`: the page where the person confirms the charge to the bank."""
    confirm_until: datetime | None = None
    """Until when it can be confirmed, in UTC."""
    created_at: datetime
    """When it was created, in UTC."""
    ended_at: datetime | None = None
    """When it ended, in UTC; null: it has not."""


class AutoTopUp(Model):
    """Auto top-up of this account in this mode; the terms are null if it was never set up."""

    livemode: bool
    """True for real money, false for play money."""
    offered: bool
    """Whether this gateway offers it now."""
    state: RuleState
    """Whether it is on."""
    off_reason: OffReason | None = None
    """Why it was turned off."""
    threshold_usd: str | None = None
    """Below this available credit it charges, in dollars."""
    threshold_microusd: int | None = None
    package_code: str | None = None
    """The package that it buys."""
    currency: str | None = None
    """The currency that it charges in."""
    monthly_maximum: str | None = None
    """The most it charges in a calendar month (UTC), tax included, in `currency`."""
    monthly_maximum_micros: int | None = None
    charged_this_month: str | None = None
    """Charged this month, with what is in flight, in `currency`."""
    charged_this_month_micros: int | None = None
    card: SavedCardShown | None = None
    declines: int
    """Declined charges in a row; after three it is turned off."""
    retry_at: datetime | None = None
    """It charges nothing before this time, in UTC."""
    in_flight: TopUpShown | None = None
    """The top-up that is under way."""


class TopUpList(Model):
    """A page of top-ups, newest first."""

    data: list[TopUpShown]
    """The top-ups."""
    next_cursor: str | None = None


class BillShown(Model):
    """The amounts of a charge in its currency, and the buyer of its tax.

    `net` and `tax` add up to `total`. If `taxIncluded`, that is `list` less `discount`; else `net`
    is.
    """

    currency: str
    """The currency, as ISO 4217 names it, in lower case."""
    list: str
    """The price before discount."""
    discount: str
    """What a promotion code took off."""
    net: str
    """The price without tax."""
    tax: str
    """The tax."""
    total: str
    """What was charged."""
    total_micros: int
    """The same amount in millionths of the currency's unit."""
    tax_included: bool
    """Whether the price contained the tax."""
    tax_name: str | None = None
    """The name of the tax."""
    tax_percent: str | None = None
    """Its rate; null: none, or several."""
    reverse_charge: bool
    """Whether the buyer accounts for the tax."""
    country: str | None = None
    """The buyer's country, as ISO 3166 names it."""
    tax_id: str | None = None
    """The buyer's tax id."""
    buyer_name: str | None = None
    """The buyer's name for the invoice."""
    promotion_code: str | None = None
    """The promotion code."""
    invoice_url: str | None = None
    """The invoice of the payment provider."""


class PurchaseShown(Model):
    """A purchase, and how much of it was refunded."""

    id: str
    """The purchase."""
    provider: str
    """Who took the payment."""
    package_code: str
    """The package."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    credit_usd: str
    """The credit it gives, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    refunded_usd: str
    """How much was refunded, in dollars."""
    refunded_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    receipt_number: str
    """The number of the receipt."""
    created_at: datetime
    """When it was created, in UTC."""
    livemode: bool
    """True for real money, false for play money."""
    refunded: str = ""
    """How much was refunded, in the bill's currency."""
    tax_usd: str = "0.00"
    """The tax, in dollars at the package's own rate."""
    tax_microusd: int = 0
    """The same amount in micro-USD: 1,000,000 is $1."""
    bill: BillShown | None = None
    """What was charged; null: the price in dollars, without tax."""


class Purchases(Model):
    """A page of purchases."""

    data: list[PurchaseShown]
    """The purchases."""
    next_cursor: str | None = None


class ReceiptLine(Model):
    """A receipt line."""

    description: str
    """The package bought."""
    quantity: int
    """How many."""
    amount_usd: str
    """The cost of the line, in dollars."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class PaidBy(Model):
    """The provider of a payment, and its reference for it."""

    provider: str
    """Who took the payment."""
    reference: str
    """The provider's reference for the payment."""


class ReceiptRefund(Model):
    """Money that was returned, or is being returned."""

    kind: Annotated[Literal["refund", "dispute", "deposit_reversed"], Word]
    """Whether it was refunded, disputed, or its deposit was undone."""
    state: RefundState
    """Its state."""
    amount_usd: str
    """The amount returned with its tax, in dollars."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    amount: str = ""
    """The amount returned, in the currency of the bill."""
    created_at: datetime
    """When it was created, in UTC."""


class Receipt(Model):
    """A receipt. `note` is set if it is for play money."""

    number: str
    """The number of the receipt."""
    purchase_id: str
    """The purchase."""
    issued_at: datetime
    """When it was issued, in UTC."""
    seller: str
    """Who sold it."""
    buyer_email: str | None = None
    """Who bought it."""
    lines: list[ReceiptLine]
    """The lines of the receipt."""
    tax_usd: str = "0.00"
    """The tax, in dollars."""
    tax_microusd: int = 0
    """The same amount in micro-USD: 1,000,000 is $1."""
    total_usd: str
    """The total, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    method: PaidBy
    credit_usd: str
    """The credit it gives, in dollars."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    bonus_usd: str
    """The bonus credit on top, in dollars."""
    bonus_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    code: str | None = None
    """The credit code that waited for this first purchase."""
    code_credit_usd: str = "0.00"
    """The credit of that code, in dollars."""
    code_credit_microusd: int = 0
    """The same amount in micro-USD: 1,000,000 is $1."""
    refunds: list[ReceiptRefund]
    """Money that was returned, or is being returned."""
    livemode: bool
    """True for real money, false for play money."""
    note: str
    """A note, such as that it is for play money."""
    bill: BillShown | None = None
    """What was charged; null: the total in dollars, without tax."""


class BillingDetailsShown(Model):
    """The buyer that the next invoices name; those issued before keep what they say."""

    name: str | None = None
    """The company or the person."""
    line1: str | None = None
    """Street and number."""
    line2: str | None = None
    """A second line of the address."""
    postal_code: str | None = None
    """The postal code."""
    city: str | None = None
    """The city."""
    region: str | None = None
    """The state or province."""
    country: str | None = None
    """The country, as in ISO 3166."""
    tax_id: str | None = None
    """The tax id, as given."""
    email: str | None = None
    """Where receipts and invoices go."""


class InvoiceShown(Model):
    """An invoice or a credit note; a credit note's amounts are those that it returns."""

    id: str
    """The document."""
    kind: Annotated[Literal["invoice", "credit_note"], Word]
    """A credit note returns a part of an invoice."""
    number: str
    """Its number; each kind counts without gaps."""
    invoice_number: str | None = None
    """The invoice it belongs to, if it is a credit note or charges one again."""
    purchase_id: str
    """The purchase."""
    currency: str
    """The currency, as in ISO 4217."""
    net: str
    """The amount without tax."""
    net_micros: int
    """The same amount in millionths of the currency."""
    tax: str
    """The tax."""
    tax_micros: int
    """The same amount in millionths of the currency."""
    total: str
    """The amount with tax."""
    total_micros: int
    """The same amount in millionths of the currency."""
    tax_name: str | None = None
    """The name of the tax; null: there is none."""
    tax_percent: str | None = None
    """Its rate; null: none, or no single one."""
    issued_at: datetime
    """When it was issued, in UTC."""
    livemode: bool
    """True for real money, false for play money."""


class Invoices(Model):
    """A page of invoices and credit notes."""

    data: list[InvoiceShown]
    """The documents."""
    next_cursor: str | None = None


class InvoiceSeller(Model):
    """The seller, as the document names them."""

    name: str
    """The name."""
    address: list[str]
    """The lines of the address."""
    tax_id: str | None = None
    """The tax id."""


class InvoiceBuyer(Model):
    """The buyer, as the document names them."""

    name: str | None = None
    """The company or the person."""
    line1: str | None = None
    """Street and number."""
    line2: str | None = None
    """A second line of the address."""
    postal_code: str | None = None
    """The postal code."""
    city: str | None = None
    """The city."""
    region: str | None = None
    """The state or province."""
    country: str | None = None
    """The country, as in ISO 3166."""
    tax_id: str | None = None
    """The tax id, as given."""
    email: str | None = None
    """Where it was sent."""


class InvoiceLine(Model):
    """A line of a document; a discount is negative."""

    description: str
    """What was bought or returned."""
    quantity: int
    """How many."""
    amount: str
    """The amount; with tax if `taxIncluded`."""
    amount_micros: int
    """The same amount in millionths of the currency."""


class InvoiceDocument(InvoiceShown):
    """An invoice or a credit note with all that it says, as it was when it was issued."""

    seller: InvoiceSeller
    buyer: InvoiceBuyer
    lines: list[InvoiceLine]
    """Its lines."""
    tax_included: bool
    """Whether the lines contain the tax."""
    reverse_charge: bool
    """Whether the buyer owes the tax."""
    reason: str | None = None
    """What it corrects the invoice for."""
    note: str | None = None
    """A note of the seller, such as why no tax is due."""
    provider: str
    """Who took the payment."""
    reference: str
    """The provider's reference for the payment."""
    paid_at: datetime
    """When the payment was credited, in UTC."""


class InvoicePdf(Model):
    """The document as a PDF file of one or more A4 pages, the same bytes each time."""


class Received(Model):
    """The event was processed; do not send it again."""

    received: Literal[True] = True
    """True: do not send it again."""
    outcome: str
    """The outcome of the event."""


class CodeValidity(Model):
    """A referral code, and if it is active."""

    valid: bool
    """Whether it is active."""
    code: str
    """The code, as it is written."""
    display_name: str | None = None
    """The name shown to visitors."""


class CapturedClick(Model):
    """A recorded click; the code of a visitor's first click counts."""

    captured: bool
    """Whether the code is active."""
    code: str
    """The code that counts: that of the first click."""
    referral_token: str | None = Field(None, repr=False)
    """Send it at sign-up if there are no cookies."""
    expires_at: datetime | None = None


class AppliedAsAffiliate(Model):
    """An application that the operator decides."""

    affiliate_id: str
    """The affiliate."""
    state: AffiliateState
    """Its state."""
    code: str
    """The referral code."""


class AffiliateShown(Model):
    """An affiliate, its link and the terms."""

    affiliate_id: str
    """The affiliate."""
    state: AffiliateState
    """Its state."""
    display_name: str
    """The name shown to visitors."""
    website: str | None = None
    """Where the links are."""
    code: str
    """The referral code."""
    link: str
    """The referral link of its code."""
    rate_bps: int
    """The commission, in hundredths of a percent."""
    cookie_days: int
    """Days for which a click counts."""
    hold_days: int
    """Days until a commission is approved."""
    min_payout_usd: str
    """The smallest payout, in dollars."""
    min_payout_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    payout_method: Annotated[Literal["usdc", "paypal", "bank", "account_credit"], Word] | None = (
        None
    )
    """How payouts are made."""
    payout_destination_masked: str | None = None
    """Where payouts go, masked."""
    payouts_blocked_until: datetime | None = None
    """When payouts resume, in UTC."""
    bound_code: str | None = None
    """The code this account is bound to, if any."""


class AffiliateCodeShown(Model):
    """A code and its link."""

    code: str
    """The referral code."""
    link: str
    """The referral link of this code."""
    state: AffiliateState
    """Its state."""


class DashboardDay(Model):
    """One UTC day."""

    date: str
    """The day, as in 2026-11-25."""
    clicks: int
    """How often a link was followed."""
    sign_ups: int
    """How many people signed up."""
    commission_usd: str
    """The commission, in dollars."""
    commission_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class Dashboard(Model):
    """Clicks and people within the days; money of all time, as the ledger has it.

    All commission ever made is pending, on hold, approved, paid or reversed.
    """

    clicks: int
    """How often a link was followed."""
    sign_ups: int
    """How many people signed up."""
    buyers: int
    """How many people bought."""
    pending_usd: str
    """Not approved yet, in dollars."""
    pending_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    approved_usd: str
    """Approved and not paid out, less clawbacks, in dollars."""
    approved_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    in_payout_usd: str
    """In requested payouts, in dollars."""
    in_payout_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    paid_usd: str
    """Paid out, in dollars."""
    paid_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    reversed_usd: str
    """Taken back by refunds and disputes, in dollars."""
    reversed_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    hold_usd: str
    """On hold until the operator decides, in dollars."""
    hold_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    available_usd: str
    """Approved less what is in a payout, in dollars."""
    available_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    series: list[DashboardDay]
    """The same by UTC day."""


class CommissionShown(Model):
    """A commission, or its change by a refund or dispute: negative if it was reduced."""

    id: str
    """The commission."""
    kind: Annotated[Literal["commission", "clawback", "restored"], Word]
    """Its kind."""
    state: CommissionState
    """Its state."""
    purchase_usd: str
    """The purchase it is for, in dollars."""
    purchase_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    commission_usd: str
    """The commission, in dollars."""
    commission_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    rate_bps: int
    """The commission, in hundredths of a percent."""
    created_at: datetime
    """When it was created, in UTC."""
    approve_at: datetime
    """When it will be approved unless refunded, in UTC."""


class Commissions(Model):
    """A page of commissions."""

    data: list[CommissionShown]
    """The commissions."""
    next_cursor: str | None = None


class PayoutShown(Model):
    """A payout that was made."""

    id: str
    """The payout."""
    amount_usd: str
    """The amount paid out, in dollars."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    method: Annotated[Literal["usdc", "paypal", "bank", "account_credit"], Word]
    """How it was paid."""
    destination_masked: str | None = None
    """Where it went, masked."""
    reference: str | None = None
    """The payment's reference at the place it was made."""
    paid_at: datetime | None = None
    """When it was paid, in UTC."""


class Payouts(Model):
    """A page of payouts."""

    data: list[PayoutShown]
    """The payouts."""
    next_cursor: str | None = None


class PayoutRequestShown(Model):
    """A payout request and its state."""

    id: str
    """The request."""
    amount_usd: str
    """The amount requested, in dollars."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    method: Annotated[Literal["usdc", "paypal", "bank", "account_credit"], Word]
    """How it is to be paid."""
    state: PayoutState
    """Its state."""
    reason: str | None = None
    """Why it was rejected or failed."""
    created_at: datetime
    """When it was created, in UTC."""
    decided_at: datetime | None = None
    """When it was decided, in UTC."""


class PayoutRequests(Model):
    """A page of payout requests."""

    data: list[PayoutRequestShown]
    """The requests."""
    next_cursor: str | None = None


class BindingShown(Model):
    """The account's referral code; without one, the time until which it can be bound."""

    bound_code: str | None = None
    """The code this account is bound to, if any."""
    bound_at: datetime | None = None
    """When the code was bound, in UTC."""
    bindable_until: datetime | None = None
    """Null if it is bound, has bought, or is too old."""


class BoundCode(Model):
    """The code that counts for this account from now on."""

    bound_code: str
    """The code this account is bound to, if any."""
    bound_at: datetime
    """When the code was bound, in UTC."""


class Modes(Model):
    """A task's availability in live and in test mode."""

    live: Availability
    """For jobs of live mode."""
    test: Availability
    """For jobs of test mode."""


class Capacity(Model):
    """A task's load; `state` is that of live mode, or of test mode before going live."""

    state: Availability
    """Its state."""
    modes: Modes
    queued_jobs: int
    """Number of queued jobs."""
    estimated_start_seconds: int | None = None
    """Seconds until a job submitted now would start, estimated."""


class PriceRule(Model):
    """A task's price rule: its rates, minimum, multipliers and formula."""

    unit: str
    """The unit that is priced."""
    rates: dict[str, int]
    """Amounts by name, in micro-USD."""
    minimum_usd: str
    """The lowest price of a job, in dollars."""
    multipliers: dict[str, str]
    """Factors by name."""
    formula: str
    """The price of a job, as an expression."""
    version: str
    """The version of the price table."""


class TaskShown(Model):
    """One media task: its input as JSON Schema, its price rule, limits, guidance, example."""

    task: str
    """The media task."""
    title: str
    """Its name for people."""
    description: str
    """A sentence about the task."""
    enabled: bool
    """Whether this gateway offers it."""
    run_limit_seconds: int
    """The longest that one attempt may run, in seconds."""
    capacity: Capacity
    input_schema: dict[str, Any]
    """The input as JSON Schema."""
    price: PriceRule
    limits: dict[str, int | list[int] | dict[str, int]]
    """Limits to know in advance."""
    guidance: list[str]
    """Advice for good results."""
    example: dict[str, Any]
    """An input that is valid."""


class Tasks(Model):
    """The media tasks of this gateway."""

    data: list[TaskShown]
    """The media tasks."""


class Adjustment(Model):
    """An input value that was adjusted, and why."""

    field: str
    """The field, as a path in the input."""
    requested: str | int | float | bool | None = None
    """The value that was sent."""
    effective: str | int | float | bool | None = None
    """The value that is used."""
    rule: str
    """The rule that moved it."""
    message: str
    """What was moved and why, as a sentence."""


class InputWarning(Model):
    """Advice on an input that is taken as it is."""

    code: str
    """The kind of advice, for programs to branch on."""
    message: str
    """The advice."""


class Breakdown(Model):
    """The parts of a price: quantity x unit price x multipliers, and at least the minimum.

    It is empty for a step that costs nothing.
    """

    unit: str | None = None
    """The unit that is priced."""
    quantity: str | None = None
    """How many units."""
    unit_price_usd: str | None = None
    """The price of one unit, in dollars."""
    unit_price_microusd: int | None = None
    multipliers: dict[str, str] | None = None
    """Factors by name."""
    minimum_usd: str | None = None
    """The lowest price, in dollars."""
    minimum_microusd: int | None = None
    tier: str | None = None
    """The size class of the output."""
    free_frames: int | None = None
    """Frames that are not charged."""
    reference_images: int | None = None
    """Reference pictures that are charged."""


class Priced(Model):
    """A job's effective input and exact price."""

    effective_input: dict[str, Any]
    """The input as it is executed."""
    input_adjustments: list[Adjustment]
    """Each value that was moved to its grid, and the rule."""
    warnings: list[InputWarning]
    """Advice that changes nothing."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    price_version: str
    """The version of the price table."""
    breakdown: Breakdown


class QuoteItem(Priced):
    """One job of a quote: what it would do, and its exact price."""

    index: int
    """Its place, from 0."""
    task: str
    """The media task."""


class PricedItems(Model):
    """Exact prices of several jobs, and whether they could be submitted now."""

    total_usd: str
    """The total, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    price_version: str
    """The version of the price table."""
    affordable: bool
    """Whether the balance and the key's caps allow it now."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    blocked_by: list[str]
    """Error codes a submit would get now."""
    items: list[QuoteItem]
    """The priced jobs, in the order they were sent."""


class Quote(PricedItems):
    """Exact prices for 15 minutes; nothing is held."""

    shown_fields: ClassVar = ("quote_id", "total_usd", "items", "expires_at")
    quote_id: str
    """The quote; send it with the submit."""
    expires_at: datetime
    """When it expires, in UTC."""


class PriceCheck(PricedItems):
    """Exact prices of now; nothing was stored."""

    dry_run: Literal[True] = True
    """Tells it from a quote."""


class Progress(Model):
    """A running job's progress."""

    percent: int | None = None
    """How far it is, in percent."""
    stage: str | None = None
    """The stage it is at."""
    step: int | None = None
    """The current step."""
    steps: int | None = None
    """Number of steps."""
    eta_seconds: int | None = None
    """Seconds left, estimated."""


class UpstreamDevice(Model):
    """The engine's compute device."""

    type: str | None = None
    """Its kind, as cuda, mps or cpu."""
    name: str | None = None
    """The model of the GPU."""
    vram_bytes: int | None = None
    """Its memory, in bytes."""


class UpstreamWorkflow(Model):
    """The workflow that ran; one of an operator's own is not shown, only named."""

    name: str | None = None
    """Its name: a model family, or an operator's own."""
    sha256: str | None = None
    """Over its nodes, links and model files: equal where the same workflow ran."""
    graph: dict[str, Any] | None = None
    """The graph as sent (API format); left out of lists, deleted with the prompt."""


class UpstreamModel(Model):
    """A model file that the workflow loads."""

    name: str | None = None
    """The name of the file."""
    folder: str | None = None
    """ComfyUI's folder of such files, as loras."""


class NodeTime(Model):
    """The run time of one workflow node."""

    node: str | None = None
    """Its id in the graph."""
    ms: int | None = None
    """Milliseconds, as its events arrived."""


class UpstreamTimings(Model):
    """Times of waiting and running, by the engine's own clock; summed over prompts."""

    queued_at: datetime | None = None
    """When the engine queued it."""
    started_at: datetime | None = None
    """When the engine began."""
    ended_at: datetime | None = None
    """When the engine ended."""
    queue_ms: int | None = None
    """Milliseconds in the engine's queue."""
    run_ms: int | None = None
    """Milliseconds from begin to end."""
    load_ms: int | None = None
    """Milliseconds before sampling: loading."""
    sample_ms: int | None = None
    """Milliseconds sampling and enlarging."""
    decode_ms: int | None = None
    """Milliseconds decoding."""
    save_ms: int | None = None
    """Milliseconds saving."""
    nodes: list[NodeTime] | None = None
    """The nodes that ran, in order; cached ones are missing."""


class UpstreamResult(Model):
    """The output, as measured after it was fetched."""

    seed: int | None = None
    """The seed it was made with, also a drawn one."""
    width: int | None = None
    """Width in pixels."""
    height: int | None = None
    """Height in pixels."""
    frames: int | None = None
    """Number of frames."""
    fps: float | None = None
    """Frames a second."""
    has_audio: bool | None = None
    """Whether it has sound."""


class Upstream(Model):
    """The engine's own report of an attempt; facts that it did not send are missing."""

    engine: str | None = None
    """`comfyui`, `openai`, `sandbox`, or `worker` for the CPU."""
    dialect: str | None = None
    """The kind of server behind the engine `openai`."""
    engine_version: str | None = None
    """The version of the engine."""
    python: str | None = None
    """The version of Python it runs on."""
    pytorch: str | None = None
    """The version of PyTorch it runs on."""
    device: UpstreamDevice | None = None
    """The device it computes on."""
    node: str | None = None
    """The alias of the node."""
    prompt_id_hash: str | None = None
    """The first 16 digits of the SHA-256 of the attempt's id."""
    workflow: UpstreamWorkflow | None = None
    """The workflow that ran."""
    models: list[UpstreamModel] | None = None
    """The model files it loads; those of an operator's own are not shown."""
    timings: UpstreamTimings | None = None
    """When it waited and ran."""
    result: UpstreamResult | None = None
    """The outputs made."""


class JobAttempt(Model):
    """One try of a job on one engine."""

    attempt: int
    """Its number, from 1."""
    node: str | None = None
    """The alias of the node, `sandbox` or `worker`."""
    engine: str | None = None
    """`comfyui`, `openai`, `sandbox`, or `worker` for the CPU."""
    started_at: datetime | None = None
    """When the engine began with it, in UTC."""
    ended_at: datetime | None = None
    """When it ended, in UTC."""
    outcome: AttemptState
    """Its state; the last five are final."""
    error_code: str | None = None
    """Why it failed."""
    charged: bool | None = None
    """Whether the job's price was captured for it: at most one."""
    upstream: Upstream | None = None
    """What the engine reported of it; no graph."""


class JobOutput(OutputMedia):
    """One file; `url` works for 48 hours after the job finished. Sound has no size in pixels."""

    index: int
    """Its place, from 0."""
    kind: Annotated[Literal["image", "audio", "video"], Word]
    """Its kind."""
    state: OutputState
    """Its state."""
    url: str | None = None
    """Its address; null when it can no longer be fetched."""
    poster_url: str | None = None
    """Address of a picture of it."""
    preview_urls: dict[str, str] = Field(default_factory=dict)
    """Small WebP pictures of it by longest side: 256, 512, 1024; {} without."""
    preview_clip_url: str | None = None
    placeholder: str | None = None
    mime_type: str
    """The media type of the bytes."""
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: int | float | None = None
    """Frames a second."""
    duration_seconds: float | None = None
    has_audio: bool | None = None
    """Whether it has sound."""
    bytes: int
    """Its size in bytes."""
    sha256: str
    """SHA-256 of the bytes, in hexadecimal."""
    asset_id: str | None = None
    """The asset that keeps it, if any."""
    expires_at: datetime
    """When its URL stops working, in UTC."""


class JobError(Model):
    """The error that ended a job, and what to do."""

    code: str
    """The kind of failure, for programs to branch on."""
    message: str
    """The reason, in words."""
    hint: str
    """The next step."""
    retryable: bool
    """Whether the same may succeed when tried again."""


class JobParent(Model):
    """The result that a job was made from."""

    job_id: str
    """The job."""
    output_index: int
    """Which output of that job, from 0."""
    relation: Relation
    """What was done with it."""


class Billing(Model):
    """A job's price: `reserved` (held) while open, `captured` on success, else `released`.

    A dry run has `none`: nothing was held.
    """

    state: BillingState
    """Its state."""
    currency: Annotated[Literal["USD"], Word] = "USD"
    """Always USD."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    charged_usd: str = "0.00"
    """The amount charged, in dollars."""
    charged_microusd: int = 0
    """The same amount in micro-USD: 1,000,000 is $1."""
    price_version: str
    """The version of the price table."""
    balance_usd: str | None = None
    """The balance after it; only on a submit."""
    balance_microusd: int | None = None
    breakdown: Breakdown


class JobUrls(Model):
    """Paths to read, follow and cancel a job."""

    get: str
    """The path to read it."""
    events: str
    """The path to follow it as server-sent events."""
    cancel: str
    """The path to cancel it, by POST."""


class Job(JobMedia):
    """A media job. A submit shows its input too, `includeDetails=1` also attempts and engine."""

    shown_fields: ClassVar = ("id", "task", "status", "progress", "outputs", "end_reason")
    id: str
    """The job, again."""
    job_id: str
    """The job."""
    external_job_id: str
    """The job, under the name older clients use."""
    task: str
    """The media task."""
    status: JobState
    """Its progress."""
    livemode: bool
    """True for real money, false for play money."""
    version: int
    """Rises with every change of it."""
    created_at: datetime
    """When it was created, in UTC."""
    started_at: datetime | None = None
    """When it first started, in UTC."""
    finished_at: datetime | None = None
    """When it ended, in UTC."""
    queue_position: int | None = None
    """Its place in the queue, from 1."""
    poll_after_seconds: int | None = None
    attempt: int = 0
    """The number of the current attempt."""
    progress: Progress | None = None
    """How far it is, while it runs."""
    effective_input: dict[str, Any] | None = None
    """The input as it is executed."""
    input_adjustments: list[Adjustment] | None = None
    """Each value that was moved to its grid, and the rule."""
    warnings: list[InputWarning] | None = None
    """Advice that changes nothing."""
    attempts: list[JobAttempt] | None = None
    """Each try; only with `includeDetails=1`."""
    upstream: Upstream | None = None
    """What the engine reported of the last try; only with `includeDetails=1`."""
    outputs: list[JobOutput] = Field(default_factory=list)
    """The files it made."""
    downloadable_output_urls: list[str] = Field(default_factory=list)
    """Addresses of the files, for 48 hours after the end; no key needed."""
    outputs_expire_at: datetime | None = None
    """When the output URLs stop working, in UTC."""
    end_reason: str | None = None
    """Why it ended as it did."""
    error: JobError | None = None
    """Why it failed: code, message, hint; null if it did not."""
    metadata: dict[str, str] | None = None
    """Returned as it was sent."""
    project_id: str | None = None
    parent: JobParent | None = None
    """The result that it was made from."""
    preset_ids: list[str] = Field(default_factory=list)
    """Presets whose words its prompt was said to hold."""
    billing: Billing
    urls: JobUrls


class DryRun(Priced):
    """The effect and price of a submit; nothing was stored."""

    dry_run: Literal[True] = True
    """Tells it from a job."""
    billing: Billing | None = None
    affordable: bool
    """Whether the balance and the key's caps allow it now."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    blocked_by: list[str]
    """Error codes a submit would get now."""


class JobPage(Model):
    """A page of jobs, newest first."""

    data: list[Job]
    """The jobs, newest first."""
    next_cursor: str | None = None


class MediaOutput(OutputMedia):
    """One result: a file that a job made, with what it was made from.

    A result whose 48 hours are over and that is not kept is `expired`: no address is left, but
    prompt and seed are, to make it again.
    """

    job_id: str
    """The job."""
    output_index: int
    """Which output of the job, from 0."""
    task: str
    """The media task."""
    kind: Annotated[Literal["image", "audio", "video"], Word]
    """Its kind."""
    state: OutputState
    """Whether its bytes can be fetched."""
    name: str | None = None
    """The name that its owner gave it."""
    prompt: str | None = None
    """Its prompt; null if it had none or was erased."""
    starred: bool
    """Whether it has a star."""
    seed: int | None = None
    """The seed that makes exactly this one again."""
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration_seconds: float | None = None
    has_audio: bool | None = None
    """Whether it has sound."""
    mime_type: str
    """The media type of the bytes."""
    bytes: int
    """Its size in bytes."""
    url: str | None = None
    """Its address; null when it can no longer be fetched."""
    poster_url: str | None = None
    """Address of a picture of it."""
    preview_urls: dict[str, str]
    """Small WebP pictures of it by longest side: 256, 512, 1024; {} without."""
    preview_clip_url: str | None = None
    placeholder: str | None = None
    asset_id: str | None = None
    """The asset that keeps it, if any."""
    project_id: str | None = None
    """The project of that asset, or of the job."""
    parent: JobParent | None = None
    """The result that it was made from."""
    cost_usd: str
    """Its share of what the job cost, in dollars."""
    cost_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    livemode: bool
    """True for real money, false for play money."""
    created_at: datetime
    """When it was created, in UTC."""
    expires_at: datetime | None = None
    """When it ends, in UTC; null if it is kept."""
    filename: str
    """The name under which a browser saves it."""


class OutputPage(Model):
    """A page of results: newest job first, and the outputs of a job in their order."""

    data: list[MediaOutput]
    """The results."""
    next_cursor: str | None = None


class NotKept(Model):
    """A result that was to be kept, but no asset keeps it, and the reason."""

    job_id: str
    """The job."""
    output_index: int
    """Which of its outputs, from 0."""
    code: str
    """The kind of reason, for programs to branch on."""
    message: str
    """The reason."""


class ChangedOutputs(Model):
    """The results as they are now, in the order in which they were sent."""

    data: list[MediaOutput]
    """The results."""
    not_kept: list[NotKept] = Field(default_factory=list)
    """Results that were starred and could not be kept."""


class DeletedOutputs(ChangedOutputs):
    """The deleted results, and the moment that names this deletion."""

    deleted_at: datetime
    """When they were deleted, in UTC; restoreOutputs takes it instead of `outputs`."""


class Prompt(Model):
    """A prompt that the account used, and its newest job."""

    prompt: str
    """The prompt."""
    task: str
    """The media task of that job."""
    job_id: str
    """The job."""
    created_at: datetime
    """When it was created, in UTC."""


class Prompts(Model):
    """Different prompts, newest first."""

    data: list[Prompt]
    """The prompts."""


class Preset(Model):
    """A style or a camera: words that the client writes into the prompt."""

    preset_id: str
    """The preset; send it in `presetIds` of a submit."""
    kind: Annotated[Literal["style", "camera"], Word]
    """Its kind."""
    title: str
    """Its new name."""
    words: str
    """The words to write into the prompt."""
    sample: str | None = None
    """What to expect of it, in a few words."""


class Presets(Model):
    """The presets of this gateway."""

    data: list[Preset]
    """The presets: styles, then cameras."""


class UsageLine(Model):
    """One day, task, key, project or member: the jobs that ended, and what they cost."""

    day: str | None = None
    """The UTC day."""
    task: str | None = None
    """The media task."""
    key_id: str | None = None
    project_id: str | None = None
    member_id: str | None = None
    """The member of the team, by id; null: the owner."""
    jobs: int
    """How many jobs ended."""
    succeeded: int
    """How many succeeded."""
    charged_usd: str
    """The amount charged, in dollars."""
    charged_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class Usage(Model):
    """The account's usage, by the UTC day on which jobs ended and were charged."""

    first: str = Field(..., alias="from")
    """First UTC day."""
    last: str = Field(..., alias="to")
    """Last UTC day, inclusive."""
    group_by: Annotated[Literal["day", "task", "key", "project", "member"], Word]
    """The property the lines are grouped by."""
    data: list[UsageLine]
    """One line per day, task, key, project or member."""
    total_usd: str
    """The total, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class UsageExportLine(Model):
    """The charges with one value of each property that was grouped by; null: without it."""

    day: str | None = None
    """The UTC day of the charges."""
    key_id: str | None = None
    key_label: str | None = None
    """The label of the key."""
    member_id: str | None = None
    """The member, by id; null: the owner of the account."""
    project_id: str | None = None
    project_name: str | None = None
    """The name of the project."""
    task: str | None = None
    """The media task; `agent`: messages to the agent, `api`: direct spending."""
    charges: int
    """How many charges were made."""
    charged_usd: str
    """The amount charged, in dollars."""
    charged_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class UsageExport(Model):
    """The charges of these days; to the micro-dollar those of the ledger."""

    first: str = Field(..., alias="from")
    """First UTC day."""
    last: str = Field(..., alias="to")
    """Last UTC day, inclusive."""
    group_by: list[Annotated[Literal["day", "key", "member", "project", "task"], Word]]
    """The properties that were grouped by."""
    data: list[UsageExportLine]
    """One line for each combination of values."""
    total_usd: str
    """The total, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class StatementSummary(Model):
    """The balances of one month."""

    month: str
    """The UTC month."""
    opening_usd: str
    """The balance at its start, in dollars."""
    opening_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    closing_usd: str
    """The balance at its end, in dollars."""
    closing_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    is_final: bool
    """False until the month is over and closed."""


class Statements(Model):
    """The statements of the account in this mode: the current month, then those before."""

    data: list[StatementSummary]
    """The months in which the balance moved, newest first, after the current month."""


class StatementLine(Model):
    """One line of a statement: movements of one kind, and their signed sum."""

    kind: LineKind
    """What the line is about."""
    detail: str | None = None
    """Of spending its task, of promotions `code` or `gift`; else null."""
    movements: int
    """How many movements it sums up."""
    amount_usd: str
    """Their sum, in dollars, with its sign."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class StatementPayment(Model):
    """A purchase of the month, or money that went back: what was charged, and the credit it moved.

    `net` and `tax` add up to `total`, in units of `currency`; what went back is negative.
    """

    kind: Annotated[
        Literal[
            "purchase",
            "refund",
            "refund_failed",
            "dispute",
            "dispute_won",
            "deposit_reversed",
            "deposit_restored",
        ],
        Word,
    ]
    """What happened; `…_failed`, `_won`, `_restored`: the credit came back."""
    at: datetime
    """When its credit moved, in UTC."""
    purchase_id: str | None = None
    """The purchase; null: it has no record of one."""
    receipt_number: str | None = None
    """The number of the purchase's receipt."""
    invoice_number: str | None = None
    """The number of our invoice or credit note; null: the provider's, or none."""
    invoice_url: str | None = None
    """The invoice of the payment provider."""
    currency: str
    """The currency, as ISO 4217 names it, in lower case."""
    net: str
    """The amount without tax."""
    tax: str
    """The tax."""
    total: str
    """What was charged, or went back."""
    tax_name: str | None = None
    """The name of the tax."""
    tax_percent: str | None = None
    """Its rate; null: none, or several."""
    reverse_charge: bool
    """Whether the buyer accounts for the tax."""
    buyer_name: str | None = None
    """The buyer's name."""
    buyer_country: str | None = None
    """The buyer's country, as ISO 3166 names it."""
    buyer_tax_id: str | None = None
    """The buyer's tax id."""
    credit_usd: str
    """The credit it moved, in dollars, with its sign."""
    credit_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class Statement(Model):
    """The statement of one month: opening balance + lines = closing balance, exactly.

    The balance is all credit, also what open jobs hold.
    """

    livemode: bool
    """True for real money, false for play money."""
    mode: Annotated[Literal["live", "test"], Word]
    """`live` is real money, `test` is play money."""
    month: str
    """The UTC month."""
    first: datetime = Field(..., alias="from")
    """The start of the month, in UTC."""
    last: datetime = Field(..., alias="to")
    """The end of the month, in UTC, exclusive."""
    seller: str
    """The operator who sold the credit."""
    is_final: bool
    """False until the month is over and closed; then it never changes."""
    issued_at: datetime | None = None
    """When it was written, in UTC; null: not final."""
    opening_usd: str
    """The balance at the start, in dollars."""
    opening_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    lines: list[StatementLine]
    """What moved the balance, in a fixed order."""
    payments: list[StatementPayment]
    """The purchases, refunds and disputes in these lines, oldest first."""
    closing_usd: str
    """The balance at the end, in dollars."""
    closing_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class Alert(Model):
    """An alert that was given in the current month."""

    percent: int
    """The part of the budget, in percent: 50, 80 or 100."""
    at: datetime
    """When it was given, in UTC."""


class Budget(Model):
    """A budget, and what was spent of it in the current UTC month. It alerts, and stops nothing."""

    budget_id: str
    """The budget."""
    subject: BudgetSubject
    """The spending it is about."""
    subject_id: str | None = None
    """The key, member or project; null: the account."""
    amount_usd: str
    """Dollars a month."""
    amount_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    month: str
    """The UTC month."""
    spent_usd: str
    """What was charged in this month, in dollars."""
    spent_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    percent: int
    """The part that is spent, in whole percent, rounded down."""
    alerts: list[Alert]
    """The alerts of this month, at 50, 80 and 100 %."""


class Budgets(Model):
    """The budgets of the account in this mode."""

    data: list[Budget]
    """The budgets, the one of the account first."""


class PlanHead(Model):
    """A plan without its steps."""

    shown_fields: ClassVar = ("plan_id", "state", "outcome", "title", "step_count", "total_usd")
    plan_id: str
    """The plan."""
    plan_hash: str
    """Binds steps, inputs and prices; execute needs it."""
    state: PlanState
    """Its state."""
    outcome: PlanOutcome | None = None
    """How it ended."""
    version: int
    """Rises with every change of it."""
    origin: Annotated[Literal["key", "session", "agent"], Word]
    """Where it came from."""
    asked_by: str
    """Id of the key, session or request that prepared it."""
    title: str | None = None
    """Its purpose."""
    project_id: str | None = None
    thread_id: str | None = None
    resume_of: str | None = None
    """The plan whose steps it retries."""
    livemode: bool
    """True for real money, false for play money."""
    step_count: int
    """Number of steps."""
    operations: dict[str, int]
    """How many steps of each kind it has, in order."""
    total_usd: str
    """The total, in dollars."""
    total_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    price_version: str
    """The version of the price table."""
    on_failure: Annotated[Literal["stop", "continue"], Word]
    """After a step that fails: skip all others, or only those that need it."""
    created_at: datetime
    """When it was created, in UTC."""
    expires_at: datetime
    """When it expires, in UTC."""
    seconds_left: int
    """Seconds until it expires."""
    decided_at: datetime | None = None
    """When it was decided, in UTC."""
    finished_at: datetime | None = None
    """When it ended, in UTC."""
    reason: str | None = None
    """Why it was rejected."""
    consent: Annotated[Literal["auto", "confirm", "approve"], Word]
    """What this caller needs to execute it: nothing, a confirmation, or an approval."""
    requires_human_approval: bool
    """Whether a person must approve it on the page."""
    approval_url: str
    """The page where a person approves or rejects it."""


class StepError(Model):
    """The reason why a step did not succeed or run."""

    code: str
    """The kind of failure, for programs to branch on."""
    message: str
    """The reason, in words."""
    hint: str | None = None
    """The next step."""
    retryable: bool | None = None
    """Whether the same may succeed when tried again."""


class PlanStep(Model):
    """One frozen step with its exact price."""

    step_id: str
    """The step."""
    key: str
    """The step's name in this plan, as in `step://KEY/n`."""
    operation: str
    """The media task, or a document step."""
    input: dict[str, Any]
    """The input of the step, as it was frozen."""
    input_adjustments: list[Adjustment]
    """Each value that was moved to its grid, and the rule."""
    warnings: list[InputWarning]
    """Advice that changes nothing."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    breakdown: Breakdown
    depends_on: list[str]
    """Keys of the steps it waits for."""
    shot_id: str | None = None
    """The shot of a storyboard."""
    state: StepState
    """Its state."""
    percent: int | None = None
    """How far it is: 100 once it has ended, null if it was left out."""
    job_id: str | None = None
    error: StepError | None = None
    """Why it failed: code, message, hint; null if it did not."""


class DroppedStep(Model):
    """A step that would not run."""

    step_id: str
    """The step."""
    needs: list[str]
    """The steps it needs and that were not asked for; empty if it was not itself."""


class AddedStep(Model):
    """A step that came along with one that needs it."""

    step_id: str
    """The step."""
    needed_by: list[str]
    """Those of `checkedStepIds` that need it."""


class PlanSelection(Model):
    """A selection of steps that can run, and what changed to make it so."""

    step_ids: list[str]
    """The steps that would run, in order."""
    dropped: list[DroppedStep]
    """All others, in order, with the reason."""
    added: list[AddedStep]
    """Steps brought along by `checkedStepIds`."""


class Plan(PlanHead):
    """A plan: frozen steps, exact prices, one hash."""

    steps: list[PlanStep]
    """The steps, in order."""
    selected_usd: str
    """Price of the steps in `stepIds`, or of all."""
    selected_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    selection: PlanSelection | None = None
    """The selection that `stepIds` led to; only with `closure`."""
    affordable: bool | None = None
    """Null once the plan is not pending."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    balance_after_usd: str | None = None
    """What these steps would leave; only while the plan is pending."""
    balance_after_microusd: int | None = None
    blocked_by: list[str]
    """Error codes executing it would get now."""
    approved_usd: str
    """The amount approved and held."""
    approved_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    charged_usd: str
    """The cost of its successful steps so far."""
    charged_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    error: StepError | None = None
    """Why it was stopped: `key_revoked` or `account_frozen`."""
    job_ids: list[str]
    """The jobs of the plan."""
    dropped_step_ids: list[str]
    """Steps left out when it was approved; they never run."""
    poll_after_seconds: int | None = None


class PlanPage(Model):
    """A page of plans, newest first."""

    data: list[PlanHead]
    """The plans, newest first."""
    next_cursor: str | None = None


class Preview(Model):
    """A JPEG picture of at most 512 pixels a side and 150 kB."""


class WebhookCounters(Model):
    """Deliveries of the last 30 days, counted by state."""

    pending: int = 0
    """Messages still to be sent."""
    delivered: int = 0
    """Messages that a receiver accepted."""
    stopped: int = 0
    """Messages a receiver permanently declined."""
    failed: int = 0
    """How many failed."""


class WebhookSettings(Model):
    """Webhook secrets of this account and mode; the previous one signs until its end."""

    secret: str = Field(..., repr=False)
    """The secret messages are signed with."""
    previous_secret: str | None = Field(None, repr=False)
    """The previous secret, which also signs until it expires."""
    previous_secret_ends_at: datetime | None = None
    """When the previous secret stops signing, in UTC."""
    deliveries: WebhookCounters


class DeliveryTry(Model):
    """One try; without `error` the receiver accepted it."""

    at: datetime
    """When it happened, in UTC."""
    http_status: int | None = None
    duration_ms: int
    """How long it took, in milliseconds."""
    error: str | None = None
    """Why it was not accepted; null if it was."""


class Delivery(Model):
    """One message to a receiver; `stopped` is by a 410, `failed` is after the last retry."""

    delivery_id: str
    """The message, also its `webhook-id`."""
    job_id: str
    """The job."""
    type: Annotated[Literal["job.started", "job.completed"], Word]
    """Which event it is."""
    url: str
    """Without its query string."""
    status: Annotated[Literal["pending", "delivered", "stopped", "failed"], Word]
    """Its progress."""
    tries: list[DeliveryTry]
    """Each attempt to send it."""
    next_try_at: datetime | None = None
    """When it is sent next, in UTC."""
    created_at: datetime
    """When it was created, in UTC."""


class DeliveryPage(Model):
    """A page of deliveries, newest first."""

    data: list[Delivery]
    """The deliveries, newest first."""
    next_cursor: str | None = None


class TestedWebhook(Model):
    """The result of the ping; without `error` it was accepted."""

    http_status: int | None = None
    duration_ms: int
    """How long it took, in milliseconds."""
    error: str | None = None
    """Why it was not accepted; null if it was."""


class ImageDefaults(Model):
    """The usual size of images."""

    width: int = 1024
    """Width in pixels."""
    height: int = 1024
    """Height in pixels."""


class VideoDefaults(Model):
    """The usual form of videos."""

    width: int = 1280
    """Width in pixels."""
    height: int = 704
    """Height in pixels."""
    fps: int = 24
    """Frames a second."""
    duration_frames: int = 121
    """Length in frames."""


class Defaults(Model):
    """The studio's defaults for images and videos."""

    image: ImageDefaults = Field(default_factory=ImageDefaults)
    video: VideoDefaults = Field(default_factory=VideoDefaults)


class AgentSettings(Model):
    """The agent's settings."""

    enabled: bool
    """Whether the agent accepts messages."""
    max_price_usd: str
    """The most that one message may cost, in dollars."""
    max_price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    instructions: str
    """Instructions the agent always follows."""


class StudioSettings(Model):
    """The settings of the studio, one set for each account and mode."""

    selected_project_id: str | None = None
    """The project that is selected."""
    selected_thread_id: str | None = None
    """The thread that is selected."""
    defaults: Defaults
    agent: AgentSettings
    revision: int
    """Rises with every change."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Counts(Model):
    """The size of a project; archived assets do not count."""

    threads: int
    """Number of threads."""
    assets: int
    """Number of assets kept."""


class Project(Model):
    """A project: threads, assets and the jobs filed under it."""

    project_id: str
    """The project."""
    name: str
    """The name of the project."""
    description: str
    """Its subject."""
    cover_asset_id: str | None = None
    """The image shown for it."""
    archived: bool
    """Whether it is archived, and therefore not listed."""
    counts: Counts
    spent_usd: str
    """The amount spent on it, in dollars."""
    spent_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    created_at: datetime
    """When it was created, in UTC."""
    updated_at: datetime
    """When it last changed, in UTC."""


class Thread(Model):
    """One conversation in a project."""

    thread_id: str
    """The thread."""
    project_id: str
    """The project."""
    title: str | None = None
    """Its name."""
    archived: bool
    """Whether it is archived, and therefore not listed."""
    message_count: int
    """How many messages it has."""
    last_message_at: datetime | None = None
    """When its newest message was written, in UTC."""
    created_at: datetime
    """When it was created, in UTC."""
    updated_at: datetime
    """When it last changed, in UTC."""


class Message(Model):
    """A message; each block is text, an asset, a plan, a job or a notice."""

    message_id: str
    """The message."""
    thread_id: str
    """The thread."""
    role: Annotated[Literal["user", "agent", "event"], Word]
    """Who said it."""
    blocks: list[dict[str, Any]]
    """The content: text, assets, plans, jobs, notices."""
    request_id: str | None = None
    """The request it belongs to."""
    created_at: datetime
    """When it was created, in UTC."""


class AssetSource(Model):
    """The origin of an asset."""

    type: Annotated[Literal["upload", "job", "url", "import", "agent", "key"], Word]
    """Its kind."""
    job_id: str | None = None
    output_index: int | None = None
    """Which output of the job."""
    plan_id: str | None = None


class Asset(OutputMedia):
    """A file that the account keeps; `asset://` and its id is a media input of jobs.

    `downloadUrl` needs no key and works for a day; each read signs a new one. It is null once the
    bytes of an archived asset are gone.
    """

    asset_id: str
    """The asset."""
    project_id: str
    """The project."""
    kind: Annotated[Literal["image", "video", "audio", "text", "storyboard"], Word]
    """Its kind."""
    name: str
    """The name of the asset."""
    filename: str
    """The name of the file."""
    mime_type: str
    """The media type of the bytes."""
    bytes: int
    """Its size in bytes."""
    sha256: str
    """SHA-256 of the stored bytes."""
    source_sha256: str | None = None
    """SHA-256 of the bytes as uploaded."""
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
    has_audio: bool | None = None
    """Whether it has sound."""
    tags: list[str]
    """Tags to find it by."""
    notes: str
    """Free-form notes."""
    rating: int
    """0 means not rated, 5 is best."""
    archived: bool
    """Whether it is archived, and therefore not listed."""
    source: AssetSource
    version: int
    """Rises with every change of it."""
    etag: str
    """Changes with each version; send it as `If-Match`."""
    preview_urls: dict[str, str] = Field(default_factory=dict)
    """Small WebP pictures of it by longest side: 256, 512, 1024; {} without."""
    preview_clip_url: str | None = None
    placeholder: str | None = None
    download_url: str | None = None
    """Address of the bytes; no key needed."""
    download_url_expires_at: datetime | None = None
    """When `downloadUrl` stops working, in UTC."""
    created_at: datetime
    """When it was created, in UTC."""
    updated_at: datetime
    """When it last changed, in UTC."""


class RequestBilling(Model):
    """The most that is held, and the final charge."""

    state: Annotated[Literal["reserved", "captured", "released"], Word]
    """Its state."""
    currency: Annotated[Literal["USD"], Word] = "USD"
    """Always USD."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    charged_usd: str
    """The amount charged, in dollars."""
    charged_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class RequestUsage(Model):
    """Tokens of the turns that were finished."""

    input_tokens: int
    """Tokens read, as the model counts them."""
    output_tokens: int
    """Tokens written, as the model counts them."""
    cache_read_tokens: int
    """Tokens read from the cache, as the model counts them."""
    cache_write_tokens: int
    """Tokens written to the cache, as the model counts them."""
    turns: int
    """Number of model calls."""


class RequestUrls(Model):
    """Paths to read, follow and cancel a request."""

    get: str
    """The path to read it."""
    events: str
    """The path to follow it as server-sent events."""
    cancel: str
    """The path to cancel it, by POST."""


class AgentRequest(Model):
    """One message to the agent: its state, its cost, and its answer in `blocks`."""

    shown_fields: ClassVar = ("request_id", "status", "model")
    request_id: str
    """The request."""
    thread_id: str
    """The thread."""
    status: RequestState
    """Its progress."""
    livemode: bool
    """True for real money, false for play money."""
    version: int
    """Rises with every change of it."""
    model: str
    """The language model."""
    billing: RequestBilling
    usage: RequestUsage
    message_id: str | None = None
    """The answer, once there is one."""
    blocks: list[dict[str, Any]]
    """The answer: text, assets, plans, jobs, notices."""
    plan_ids: list[str]
    """The plans it proposed."""
    error: dict[str, str | bool] | None = None
    """Why it failed: code, message, hint; null if it did not."""
    created_at: datetime
    """When it was created, in UTC."""
    updated_at: datetime
    """When it last changed, in UTC."""
    started_at: datetime | None = None
    """When it first started, in UTC."""
    finished_at: datetime | None = None
    """When it ended, in UTC."""
    poll_after_seconds: int | None = None
    urls: RequestUrls


class SnapshotBalance(Model):
    """Prepaid credit: balance = available + held."""

    balance_usd: str
    """All credit, also what is held, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    available_usd: str
    """The amount that can be spent, in dollars."""
    available_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    held_usd: str
    """Held for open jobs and requests, in dollars."""
    held_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""


class Quota(Model):
    """The account's storage, used and allowed."""

    bytes: int
    """Number of bytes kept."""
    bytes_max: int
    """The maximum number of bytes kept."""
    assets: int
    """Number of assets kept."""
    assets_max: int
    """The maximum number of assets kept."""


class AgentShown(Model):
    """The agent's model and availability."""

    available: bool
    """Whether it can be used now."""
    model: str
    """The language model."""
    reason: Annotated[Literal["no_model_key", "not_in_test_mode", "disabled"], Word] | None = None
    """Why it is not available."""


class StudioLimits(Model):
    """The limits of the studio, for a page or an agent."""

    message_characters: int
    """The longest message, in characters."""
    attachments: int
    """The most assets attached to one message."""
    active_requests: int
    """The most queued and running requests."""
    upload_bytes: int
    """The largest upload, in bytes."""


class StudioSnapshot(Model):
    """All a page or an agent needs to begin; the lists hold the newest, the messages newest last.

    `revision` rises with every change in the studio, every job and every movement of money.
    """

    revision: int
    """Rises with every change."""
    livemode: bool
    """True for real money, false for play money."""
    settings: StudioSettings
    projects: list[Project]
    """The projects, newest first."""
    project_id: str | None = None
    threads: list[Thread]
    """The threads."""
    thread_id: str | None = None
    messages: list[Message]
    """The messages, newest last."""
    assets: list[Asset]
    """The assets of the project, newest first."""
    pending_plans: list[PlanHead]
    """Plans waiting for approval."""
    active_requests: list[AgentRequest]
    """Queued and running agent requests."""
    active_jobs: list[Job]
    """Queued and running jobs."""
    balance: SnapshotBalance
    quota: Quota
    agent: AgentShown
    limits: StudioLimits


class AssetPage(Model):
    """A page of assets, newest first."""

    data: list[Asset]
    """The assets, newest first."""
    next_cursor: str | None = None


class AssetMade(Asset):
    """An asset that was kept; `deduplicated`: it was there before."""

    deduplicated: bool = False
    """Whether the same bytes were already stored."""


class UploadLink(Model):
    """A link to upload one file, once, without a key; of several files that of the first."""

    upload_url: str = Field(..., repr=False)
    """Address that takes the file by POST."""
    upload_urls: list[str] = Field(default_factory=list)
    """The addresses of all files, in the order of their names."""
    method: Annotated[Literal["POST"], Word] = "POST"
    """The HTTP method to upload with."""
    max_bytes: int
    """The largest file it accepts."""
    expires_at: datetime
    """When it expires, in UTC."""
    curl: str = Field(..., repr=False)
    """A command that uploads the files from their folder, up to one that fails."""


class ThreadDetail(Thread):
    """A thread with a page of its messages, the newest last."""

    messages: list[Message]
    """The messages, newest last."""
    previous_cursor: str | None = None
    """Send it as `before` for the previous page; null on the first page."""


class MessageQuote(Model):
    """The most that a message can cost: it is held when sent, and only what is used is charged."""

    quote_id: str
    """The quote; send it with the submit."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    qualifier: Annotated[Literal["upper_bound"], Word] = "upper_bound"
    """`upper_bound`: it may cost less, never more."""
    model: str
    """The language model."""
    expires_at: datetime
    """When it expires, in UTC."""
    affordable: bool
    """Whether the balance and the key's caps allow it now."""
    balance_usd: str
    """The available balance, in dollars."""
    balance_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    consent: Annotated[Literal["auto", "confirm", "approve"], Word]
    """What the caller needs to send it, as for a plan."""
    requires_human_approval: bool
    """Whether a person must approve it on the page."""
    approval_url: str
    """The page on which a person can send it instead."""


class MessageSent(Model):
    """A message that was accepted."""

    request_id: str
    """The request."""
    message_id: str
    """The message."""
    status: RequestState
    """Its progress."""
    billing: RequestBilling
    poll_after_seconds: int
    """Wait this many seconds before the first read."""
    urls: RequestUrls


class AgentRequestPage(Model):
    """A page of requests, newest first."""

    data: list[AgentRequest]
    """The requests, newest first."""
    next_cursor: str | None = None


class KeptOutputs(Model):
    """The assets that keep results, and those results that could not be kept.

    Both are in the order in which the results were sent; `source` of an asset names its result.
    """

    data: list[AssetMade]
    """The assets, of results that are kept now."""
    not_kept: list[NotKept]
    """Results that are not kept."""


class TextDocument(Asset):
    """A text document with its content."""

    content: str
    """The text itself."""


class CreatedBy(Model):
    """A version's author; the id is null where a file was uploaded."""

    type: Annotated[Literal["key", "session", "agent", "plan"], Word]
    """Who made it."""
    id: str | None = None
    """Its id; null where a file was uploaded."""


class Version(Model):
    """One version of a document."""

    version: int
    """Its number; send it as `version`."""
    etag: str
    """Changes with each version; send it as `If-Match`."""
    created_at: datetime
    """When it was created, in UTC."""
    created_by: CreatedBy
    bytes: int
    """Its size in bytes."""


class VersionPage(Model):
    """A page of versions, newest first."""

    data: list[Version]
    """The versions, newest first."""
    next_cursor: str | None = None


class Measures(Model):
    """Defaults for every shot."""

    width: int | None = None
    """Pixels, as of video.generate."""
    height: int | None = None
    """Pixels, as of video.generate."""
    fps: Annotated[Literal[24, 25, 30, 48, 50], Word] | None = None
    """Frames a second."""
    duration_frames: int | None = None
    """Frames, 8n + 1; instead of `durationSeconds`."""
    duration_seconds: float | None = None
    """Instead of `durationFrames`; `inputAdjustments` of the plan says how it was rounded."""
    seed: int | None = None
    """Seed of the randomness."""
    generate_audio: bool | None = None
    """Sound for the clip."""


class Character(Model):
    """A character of the storyboard."""

    id: str
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    name: str | None = None
    """One line."""
    references: tuple[str, ...] = ()
    """Pictures of it."""
    description: str | None = None
    """What it looks like."""


class Continuity(Model):
    """A shot that continues an earlier one."""

    from_shot_id: str
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    overlap_frames: int = 9
    """Frames of the earlier shot at its start; moved to the nearest 8n + 1."""


class Dialogue(Model):
    """One line of dialogue."""

    character: str
    """Who speaks."""
    parenthetical: str | None = None
    """How it is said."""
    line: str
    """The line."""


class Shot(Measures):
    """One shot: what is seen and heard, and how it is made.

    To be rendered it needs a `prompt` or an `action`. The model is told the prompt, or without one
    the action and the dialogue; then `camera`, and a sentence for `movement`. Title, status, size,
    angle, lens, characters, references, sfx, music and notes are for people.

    `durationSeconds` is floor(s * fps / 8) * 8 + 1 frames of a new clip, and ceil(s * fps / 8) * 8
    new frames of one that continues another.
    """

    id: str
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    title: str | None = None
    """One line."""
    status: Annotated[Literal["draft", "approved", "rejected"], Word] | None = None
    """Its review status."""
    size: (
        Annotated[
            Literal["ECU", "CU", "MCU", "MS", "MLS", "LS", "ELS", "OTS", "POV", "INSERT"], Word
        ]
        | None
    ) = None
    """Size of the shot."""
    angle: Annotated[Literal["eye", "low", "high", "overhead", "dutch"], Word] | None = None
    """Angle of the camera."""
    movement: (
        Annotated[
            Literal[
                "dolly_in",
                "dolly_out",
                "dolly_left",
                "dolly_right",
                "jib_up",
                "jib_down",
                "static",
                "focus_shift",
                "pan_left",
                "pan_right",
                "tilt_up",
                "tilt_down",
                "handheld",
                "orbit",
                "zoom_in",
                "zoom_out",
            ],
            Word,
        ]
        | None
    ) = None
    """Movement of the camera."""
    lens: str | None = None
    """One line, as 35mm."""
    camera: str | None = None
    """One line in your own words, which follows the prompt; or a word of `movement`."""
    characters: tuple[str, ...] = ()
    """Ids of the characters seen."""
    start_frame: str | None = None
    """Frame 0."""
    final_frame: str | None = None
    """The last frame."""
    reference_audio: str | None = None
    """Soundtrack that drives the motion."""
    references: tuple[str, ...] = ()
    """Reference pictures."""
    continuity: Continuity | None = None
    """Which earlier shot it continues."""
    take: str | None = None
    """The chosen take."""
    action: str | None = None
    """What happens."""
    dialogue: tuple[Dialogue, ...] = ()
    """What is said."""
    prompt: str | None = None
    """The prompt for the model; composed if missing."""
    negative_prompt: str | None = None
    """What to keep out."""
    sfx: str | None = None
    """Sounds."""
    music: str | None = None
    """Music."""
    notes: str | None = None
    """Free-form notes."""


class Scene(Model):
    """Shots in one place."""

    id: str
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    heading: str | None = None
    """One line, as INT. AIRLOCK - NIGHT."""
    notes: str | None = None
    """Free-form notes."""
    shots: tuple[Shot, ...] = ()
    """In order."""


class Storyboard(Model):
    """A whole storyboard: scenes of shots, in order. Whatever is empty may be left out."""

    title: str
    """The name of the storyboard."""
    logline: str | None = None
    """One line: what it is about."""
    notes: str | None = None
    """Free-form notes."""
    defaults: Measures | None = None
    """Defaults for every shot."""
    characters: tuple[Character, ...] = ()
    """The characters."""
    scenes: tuple[Scene, ...] = ()
    """In order."""


class TakeShown(Model):
    """A clip that was made for a shot."""

    shot_id: str
    """The shot of a storyboard."""
    job_id: str
    """The job."""
    asset_id: str | None = None
    plan_id: str | None = None
    status: TakeState
    """The progress of its job."""
    price_usd: str
    """The price, in dollars."""
    price_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    created_at: datetime
    """When it was created, in UTC."""


class StoryboardShown(Asset):
    """A storyboard with its document, and the takes of its shots."""

    document: Storyboard
    takes: list[TakeShown]
    """The clips made from its shots."""


class ReadingWarning(Model):
    """Something that was read otherwise than it was written; lines count from 1."""

    line: int
    """The line."""
    message: str
    """How it was read."""


class StoryboardImported(StoryboardShown):
    """A storyboard that was made of a text."""

    warnings: list[ReadingWarning]
    """Advice that changes nothing."""


class MarkdownShown(Model):
    """A storyboard as Markdown."""

    markdown: str
    """The storyboard as Markdown."""
    etag: str
    """Changes with each version; send it as `If-Match`."""


class FilmOutput(Model):
    """The newest render of a film."""

    number: int
    """How many times the film was rendered, this time included."""
    job_id: str | None = None
    """The job that made it; null if it was uploaded."""
    output_index: int
    """Which output of the job."""
    asset_id: str | None = None
    """The asset that keeps it; null if there was no room: then read the job."""
    url: str | None = None
    """Address of the bytes; no key needed, works for a day."""
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    created_at: datetime
    """When it was created, in UTC."""


class FilmHead(Model):
    """A film without its cut."""

    film_id: str
    """The film."""
    title: str
    """The name of the film."""
    project_id: str
    """The project."""
    storyboard_asset_id: str
    """The storyboard it is made of."""
    shot_count: int
    """Shots of the storyboard."""
    missing_shots: list[str]
    """Shots in the cut whose takes are to be made."""
    rendering_plan_id: str | None = None
    """The newest plan that is rendering it now; null if none is."""
    final_output: FilmOutput | None = None
    """The finished film; null before."""
    poster: str | None = None
    """A clip or picture to show for it: the `ref` of getPreview."""
    thread_id: str | None = None
    """The thread of its talk; null before createFilmThread."""
    seconds: float | None = None
    """Of the finished film; null before."""
    cost_usd: str
    """The cost of its takes and renders."""
    cost_microusd: int
    """The same amount in micro-USD: 1,000,000 is $1."""
    version: int
    """Rises with every change of it."""
    etag: str
    """Changes with board, cut and render; send it as `If-Match`."""
    created_at: datetime
    """When it was created, in UTC."""
    updated_at: datetime
    """When it last changed, in UTC."""


class FilmClip(Model):
    """One clip of a cut, with the measures of its source."""

    shot_id: str | None = None
    """The shot of the storyboard that it shows."""
    source: str | None = None
    """The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot."""
    head_frames: int
    """Frames cut off the head, beyond `overlapFrames`."""
    tail_frames: int
    """Frames cut off the tail."""
    overlap_frames: int
    """Frames at the head that repeat the clip before it."""
    clip: str | None = None
    """Its source now; null while its take is to be made."""
    url: str | None = None
    """Address of its bytes; null if it is no kept asset."""
    frames: int | None = None
    """Frames before the cut; null if not known yet."""
    fps: float | None = None
    seconds: float | None = None
    """What the cut leaves of it; of a take to be made, what the storyboard plans."""


class Film(FilmHead):
    """A film: one storyboard, the cut of its takes, and what was rendered from it."""

    cut: list[FilmClip]
    """The clips in order."""
    cut_edited: bool
    """False while the cut follows the storyboard."""


class FilmPage(Model):
    """A page of films, newest first."""

    data: list[FilmHead]
    """The films, newest first."""
    next_cursor: str | None = None


class ShareShow(Model):
    """The choices of what the page of a share tells."""

    prompt: bool
    """Whether the prompt is shown."""
    seed: bool
    """Whether the seed is shown."""
    cost: bool
    """Whether the cost is shown."""
    showcase: bool
    """Whether the operator may show it on the front page."""


class Share(Model):
    """A result that anybody with its link can see, until it expires or is revoked."""

    share_id: str
    """The share."""
    kind: ShareKind
    """The kind of thing shared."""
    ref: str
    """The result, as it was named when it was shared."""
    state: ShareState
    """`active` while the link works; `ended`: its result was deleted."""
    url: str | None = Field(None, repr=False)
    """The secret link; null when it no longer works or cannot be shown again."""
    show: ShareShow
    remix: bool
    """Whether the page offers Remix."""
    featured: bool
    """Whether it is on the front page now."""
    media_kind: Annotated[Literal["image", "audio", "video"], Word]
    """`image`, `video` or `audio`."""
    asset_id: str
    """The asset that keeps the result."""
    job_id: str
    """The job that made it."""
    output_index: int
    """Which output of the job."""
    livemode: bool
    """False: made in test mode, drawn by the sandbox."""
    created_at: datetime
    """When it was created, in UTC."""
    expires_at: datetime
    """When it expires, in UTC."""
    revoked_at: datetime | None = None
    """When it was revoked, in UTC; null: it was not."""


class SharePage(Model):
    """A page of shares, newest first."""

    data: list[Share]
    """The shares, newest first."""
    next_cursor: str | None = None


__all__ = [
    "AccountSettings",
    "AccountState",
    "AddedStep",
    "Adjustment",
    "AffiliateCodeShown",
    "AffiliateShown",
    "AffiliateState",
    "AgentRequest",
    "AgentRequestPage",
    "AgentSettings",
    "AgentShown",
    "Alert",
    "AppliedAsAffiliate",
    "Asset",
    "AssetMade",
    "AssetPage",
    "AssetSource",
    "AttemptState",
    "AutoTopUp",
    "Availability",
    "BalanceShown",
    "BillShown",
    "Billing",
    "BillingDetailsShown",
    "BillingState",
    "BindingShown",
    "BoundCode",
    "Breakdown",
    "Bucket",
    "Budget",
    "BudgetSubject",
    "Budgets",
    "Capacity",
    "CapturedClick",
    "ChangedOutputs",
    "Character",
    "Claimed",
    "CodeValidity",
    "CommissionShown",
    "CommissionState",
    "Commissions",
    "ConnectedApp",
    "Consumed",
    "Continuity",
    "Counts",
    "CreatedBy",
    "CreatedKey",
    "CryptoCheckout",
    "CryptoClaimed",
    "CryptoMethod",
    "Dashboard",
    "DashboardDay",
    "Defaults",
    "DeletedOutputs",
    "Delivery",
    "DeliveryPage",
    "DeliveryTry",
    "DepositShown",
    "Dialogue",
    "DroppedStep",
    "DryRun",
    "EmailStarted",
    "Film",
    "FilmClip",
    "FilmHead",
    "FilmOutput",
    "FilmPage",
    "Health",
    "HealthSkillVersion",
    "ImageDefaults",
    "InputWarning",
    "InvoiceBuyer",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoicePdf",
    "InvoiceSeller",
    "InvoiceShown",
    "Invoices",
    "Job",
    "JobAttempt",
    "JobError",
    "JobOutput",
    "JobPage",
    "JobParent",
    "JobState",
    "JobUrls",
    "KeptOutputs",
    "Key",
    "KeyShown",
    "Keys",
    "LineKind",
    "LinkedKey",
    "MarkdownShown",
    "Measures",
    "MediaOutput",
    "MemberLimits",
    "MemberSpending",
    "MemberSpent",
    "Message",
    "MessageQuote",
    "MessageSent",
    "Method",
    "Methods",
    "Modes",
    "Movement",
    "Movements",
    "NodeTime",
    "NotKept",
    "OffReason",
    "OutputPage",
    "OutputState",
    "PackageList",
    "PackageShown",
    "PaidBy",
    "PayoutRequestShown",
    "PayoutRequests",
    "PayoutShown",
    "PayoutState",
    "Payouts",
    "Phase",
    "Plan",
    "PlanHead",
    "PlanOutcome",
    "PlanPage",
    "PlanSelection",
    "PlanState",
    "PlanStep",
    "Preset",
    "Presets",
    "Preview",
    "PriceCheck",
    "PriceRule",
    "PriceShown",
    "Priced",
    "PricedItems",
    "Progress",
    "Project",
    "Prompt",
    "Prompts",
    "PurchaseShown",
    "Purchases",
    "Quota",
    "Quote",
    "QuoteItem",
    "ReadingWarning",
    "Receipt",
    "ReceiptLine",
    "ReceiptRefund",
    "Received",
    "RedeemedCode",
    "RedemptionShown",
    "Redemptions",
    "RefundState",
    "Relation",
    "RequestBilling",
    "RequestState",
    "RequestUrls",
    "RequestUsage",
    "RevokedKey",
    "RuleState",
    "SavedCardShown",
    "Scene",
    "Share",
    "ShareKind",
    "SharePage",
    "ShareShow",
    "ShareState",
    "Shot",
    "ShownRedemptionState",
    "SignedInWithKey",
    "SnapshotBalance",
    "SpendPolicyShown",
    "Spent",
    "StartedLink",
    "Statement",
    "StatementLine",
    "StatementPayment",
    "StatementSummary",
    "Statements",
    "StepError",
    "StepState",
    "Storyboard",
    "StoryboardImported",
    "StoryboardShown",
    "StripeCheckout",
    "StudioLimits",
    "StudioSettings",
    "StudioSnapshot",
    "TakeShown",
    "TakeState",
    "TaskShown",
    "Tasks",
    "TaxShown",
    "TestedWebhook",
    "TextDocument",
    "Thread",
    "ThreadDetail",
    "TopUpList",
    "TopUpShown",
    "TopUpState",
    "UploadLink",
    "Upstream",
    "UpstreamDevice",
    "UpstreamModel",
    "UpstreamResult",
    "UpstreamTimings",
    "UpstreamWorkflow",
    "Usage",
    "UsageExport",
    "UsageExportLine",
    "UsageLine",
    "Version",
    "VersionPage",
    "VideoDefaults",
    "WebhookCounters",
    "WebhookSettings",
    "X402Method",
    "X402Purchase",
]
