"""Every setting: name, type, default and meaning; read once from the environment, then frozen."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.configuration.secrets_file import SECRET_SETTINGS as SECRET_SETTINGS
from gateway.configuration.secrets_file import complete_secrets
from gateway.configuration.secrets_file import parse_secret_pairs as parse_secret_pairs
from gateway.configuration.selling_settings import SellingSettings
from gateway.configuration.setting_defaults import derive_settings
from gateway.configuration.setting_types import DatabaseUrl, RedisUrl, Seconds, SiteUrl, StorageUrl
from gateway.configuration.telemetry_settings import TelemetrySettings
from gateway.kit.money import USD_PATTERN

SECRETS_FILE = "secrets.json"


class Settings(TelemetrySettings, SellingSettings, BaseSettings):
    """The settings, each as an environment variable with the prefix `KT_`."""

    model_config = SettingsConfigDict(env_prefix="KT_", frozen=True, extra="ignore")

    profile: Literal["embedded", "production"] = Field(
        "embedded",
        description="`production` refuses to start without the secrets and the public address, "
        "and never makes them.",
    )
    data_dir: Path = Field(Path("data"), description="Folder of the database, files and secrets.")
    database_url: DatabaseUrl = Field(
        "",
        description="`sqlite+aiosqlite:///…` (default: kt.db in the data folder) or "
        "`postgresql+asyncpg://…`.",
    )
    redis_url: RedisUrl = Field(
        "",
        description="`redis://…` wakes `killatamata worker` processes; empty: the gateway runs "
        "the worker itself.",
    )
    storage_url: StorageUrl = Field(
        "",
        description="`file:///…` (default: files in the data folder) or "
        "`s3://bucket/prefix?endpoint=…&region=…`; `&public_endpoint=…` is where users reach it "
        "(default: the endpoint; `none`: they do not, and the gateways send the files).",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8787, ge=0, le=65535, description="Port to listen on.")
    drain_seconds: Seconds = Field(
        0,
        description="Seconds from SIGTERM until it stops listening (default in `production`: 10).",
    )
    public_url: SiteUrl = Field(
        "",
        description="Address of the site in every document (default, in `embedded` only: host and "
        "port).",
    )
    api_url: SiteUrl = Field("", description="Address of the API (default: the public address).")
    files_url: SiteUrl = Field(
        "", description="Address of the files (default: the public address)."
    )
    allowed_hosts: str = Field("", description="Additional host names to serve, comma separated.")
    key_peppers: SecretStr = Field(
        SecretStr(""),
        description="`id:secret,…`: secrets that API keys are hashed with, newest first.",
    )
    signing_keys: SecretStr = Field(
        SecretStr(""),
        description="`id:secret,…`: secrets that file URLs are signed with, newest first.",
    )
    request_state_keys: SecretStr = Field(
        SecretStr(""),
        description="`id:secret,…`: secrets that seal questions to MCP clients, newest first; "
        "32 characters or more each.",
    )
    mcp_toolsets: str = Field(
        "",
        description="Toolsets that MCP clients may have, comma separated: media, studio, account, "
        "agent, films, outputs, shares, payments, affiliate, admin, or `core`; empty: all, the "
        "first three by default.",
    )
    mcp_read_only: bool = Field(
        default=False, description="Whether MCP clients get only read-only tools."
    )
    mcp_sse: bool = Field(
        default=False,
        description="Whether MCP sessions are kept in the process and `/sse` is served: only with "
        "one web process (default: with SQLite).",
    )
    mcp_per_minute: int = Field(
        1_200,
        ge=1,
        description="Requests to `/mcp`, `/sse` and `/messages/` per account per minute.",
    )
    mcp_sessions_per_key: int = Field(
        20, ge=1, description="Open MCP sessions and SSE streams of one key or connected app."
    )
    mcp_sessions_per_account: int = Field(
        100, ge=1, description="The same for all keys and apps of an account."
    )
    mcp_idle_seconds: int = Field(
        1_800, ge=1, description="Seconds without a request after which an MCP session ends."
    )
    live_enabled: bool = Field(
        default=False,
        description="Whether live mode (real money) is enabled (default: only in `production`).",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="`smtp://user:password@host:port` or `smtps://…`: what mail is sent through; "
        "empty: `embedded` shows mail on the console, `production` sends none.",
    )
    mail_from: str = Field(
        "", description="`Name <address>` that mail comes from (default: no-reply at the site)."
    )
    contact_email: str = Field(
        "", description="Address for questions, in the documents (default: support at the site)."
    )
    security_contact: str = Field(
        "",
        pattern="^((mailto:|https://).+)?$",
        description="`mailto:…` or `https://…` for vulnerability reports; empty: no security.txt.",
    )
    low_balance_usd: str = Field(
        "2", pattern=USD_PATTERN, description="Dollars below which a balance counts as low."
    )
    packages: Path | None = Field(None, description="JSON file with the credit packages for sale.")
    seller: str = Field(
        "Killa Tamata", max_length=200, description="Seller on receipts and invoices."
    )
    seller_address: str = Field(
        "", max_length=500, description="Address of the seller on invoices; `;` ends each line."
    )
    seller_tax_id: str = Field("", max_length=40, description="Tax id of the seller on invoices.")
    invoice_prefix: str = Field(
        "KT", pattern=r"^[A-Z0-9]{1,12}$", description="First part of the numbers of invoices."
    )
    live_stripe_key: SecretStr = Field(
        SecretStr(""), description="`sk_live_…` or `rk_live_…`: accepts cards, for real money."
    )
    live_stripe_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="`whsec_…,…`: secrets Stripe signs live events with."
    )
    test_stripe_key: SecretStr = Field(
        SecretStr(""), description="`sk_test_…` or `rk_test_…`: accepts test cards, for play money."
    )
    test_stripe_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="`whsec_…,…`: secrets Stripe signs test events with."
    )
    test_stripe_api_base: str = Field(
        "", description="Loopback URL of a stand-in for Stripe, only with the test key."
    )
    auto_top_up: bool = Field(
        default=True,
        description="Whether saved cards may be charged when a balance is low: the switch that"
        " stops every auto top-up at once.",
    )
    live_coinbase_key_id: str = Field(
        "", description="Id of a secret API key of Coinbase's developer platform: takes USDC there."
    )
    live_coinbase_key: SecretStr = Field(
        SecretStr(""), description="That key: Ed25519 in base64, or a PEM."
    )
    live_coinbase_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Secrets Coinbase signs events with, comma separated."
    )
    test_coinbase_key_id: str = Field(
        "", description="The same for play money, in Coinbase's sandbox."
    )
    test_coinbase_key: SecretStr = Field(SecretStr(""), description="That key.")
    test_coinbase_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Secrets it signs sandbox events with."
    )
    test_coinbase_api_base: str = Field(
        "", description="Loopback URL of a stand-in for Coinbase, only in test mode."
    )
    live_evm_xpub: SecretStr = Field(
        SecretStr(""),
        description="`xpub…` of an account (m/44'/60'/0'): each checkout gets an address of it, "
        "to which USDC on Base is paid; needs the node below.",
    )
    live_evm_rpc_url: SecretStr = Field(
        SecretStr(""), description="`https://…`: JSON-RPC of a trusted node of Base."
    )
    test_evm_xpub: SecretStr = Field(
        SecretStr(""),
        description="The same for play money: USDC on Base Sepolia, with a separate key.",
    )
    test_evm_rpc_url: SecretStr = Field(
        SecretStr(""), description="`https://…`: JSON-RPC of a node of Base Sepolia."
    )
    live_x402_pay_to: str = Field(
        "",
        description="`0x…`: where x402 payments on Base go, and nothing else; needs a facilitator"
        " and the node.",
    )
    live_x402_facilitator_url: str = Field(
        "", description="`https://…`: the facilitator that verifies and settles x402 payments."
    )
    live_x402_facilitator_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for the facilitator, if it requires one."
    )
    test_x402_pay_to: str = Field(
        "", description="`0x…`: the same for play money, on Base Sepolia."
    )
    test_x402_facilitator_url: str = Field(
        "", description="`https://…`: a facilitator for Base Sepolia."
    )
    test_x402_facilitator_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for that facilitator, if it requires one."
    )
    evm_confirmations: int = Field(
        12, ge=1, le=200, description="Confirmations after which a deposit is credited."
    )
    google_client_ids: str = Field(
        "",
        description="`id,…`: our client ids at Google, that of the web site first; empty: no "
        "sign-in with Google.",
    )
    google_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret of the first client id, for the redirect."
    )
    google_issuer: str = Field(
        "https://accounts.google.com", description="Issuer of the tokens (OpenID Connect)."
    )
    oauth_enabled: bool = Field(
        default=True,
        description="Whether apps may be connected to `/mcp` by OAuth; if not, only API keys work.",
    )
    stale_sign_in_usd: str = Field(
        "25", pattern=USD_PATTERN, description="Dollars a month that old sessions may give keys."
    )
    signup_grant_usd: str = Field(
        "0",
        pattern=USD_PATTERN,
        description="Free live credit of a new account; test accounts get $5 of play credit.",
    )
    affiliate_auto_approve: bool = Field(
        default=False,
        description="Whether affiliate applications are approved automatically.",
    )
    prices: Path | None = Field(
        None, description="JSON file with the price table. A job costs 1 micro-USD at least."
    )
    engines_file: Path | None = Field(
        None,
        description="TOML file with the model families of the GPU nodes; without it each node "
        "does what it has the files for.",
    )
    openai_models: Path | None = Field(
        None,
        description="TOML file with further names of models at `/v1`, such as those of other "
        "providers; without it only our own names are known there.",
    )
    openai_wait_seconds: int = Field(
        585,
        ge=1,
        le=585,
        description="Seconds that a request at `/v1` waits for its pictures at most; less where a "
        "proxy before the gateway gives up sooner.",
    )
    fetch_allow: str = Field(
        "",
        description="`address-or-cidr:port,…`: private addresses that media URLs may reach.",
    )
    moderation_url: SiteUrl = Field(
        "", description="Service that checks requests against your content rules; empty: none."
    )
    moderation_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for `KT_MODERATION_URL`."
    )
    running_jobs: int = Field(4, ge=1, le=1000, description="Running jobs allowed per account.")
    queued_jobs: int = Field(100, ge=1, le=100_000, description="Queued jobs allowed per account.")
    max_queued_jobs: int = Field(
        10_000,
        ge=1,
        description="Queued jobs allowed in the whole gateway; those of test mode do not count "
        "against live ones.",
    )
    open_quotes: int = Field(100, ge=1, le=10_000, description="Open quotes allowed per account.")
    submits_per_minute: int = Field(
        120, ge=1, description="Submits, cancels and other changes an account may ask a minute."
    )
    quotes_per_minute: int = Field(
        120, ge=1, description="Quotes and dry runs per account per minute."
    )
    reads_per_minute: int = Field(1_200, ge=1, description="Reads per account per minute.")
    running_cancels_per_hour: int = Field(
        30, ge=1, description="Cancellations of running jobs per account per hour."
    )
    unpaid_inspect_seconds: int = Field(
        30,
        ge=1,
        description="Seconds of processor time a minute that opening the media of an account may "
        "take which never bought credit.",
    )
    public_per_minute: int = Field(
        600, ge=1, description="Requests without a key that one address may send a minute."
    )
    connections_per_address: int = Field(
        200,
        ge=1,
        description="Connections of one address at a time; a trusted proxy may have more.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies, comma separated, whose `X-Forwarded-For` "
        "and `X-Forwarded-Proto` are believed; empty: nobody's.",
    )
    disk_reserve: int = Field(
        256 * 1024 * 1024,
        ge=0,
        description="Bytes of the data folder's disk kept free: below it writes are `507`. A "
        "worker takes no job while it or the folder for temporary files has less.",
    )
    job_input_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Days after its end that a job, and a plan, keeps its prompts.",
    )
    live_studio_bytes: int = Field(
        20 * 2**30, ge=0, description="Bytes of assets per account in live mode."
    )
    live_studio_assets: int = Field(10_000, ge=0, description="Assets per account in live mode.")
    test_studio_bytes: int = Field(
        2**30, ge=0, description="Bytes of assets per account in test mode."
    )
    test_studio_assets: int = Field(1_000, ge=0, description="Assets per account in test mode.")
    studio_purge_days: int = Field(
        30,
        ge=0,
        le=36_500,
        description="Days after which the bytes of archived assets are deleted.",
    )
    orphan_days: int = Field(
        7, ge=0, description="Days that a file no row names stays; 0: forever."
    )
    anthropic_api_key: SecretStr = Field(
        SecretStr(""),
        description="Key of the studio agent's model (default: `ANTHROPIC_API_KEY`); empty: there "
        "is no agent.",
    )
    agent_model: str = Field("claude-sonnet-5-5", description="Model of the studio agent.")
    agent_prices: str = Field(
        "",
        description='JSON `{"model": {"input": …, "output": …, "cacheWrite": …, "cacheRead": …}}` '
        "in micro-USD a million tokens, for models other than the usual one.",
    )
    agent_base_url: str = Field(
        "https://api.anthropic.com",
        description="Address of the model API; change it only for tests.",
    )
    agent_in_test_mode: bool = Field(
        default=False,
        description="Whether the agent answers for play money (default: only in `embedded`).",
    )
    worker_threads: int = Field(
        4,
        ge=1,
        le=256,
        description="Pictures one worker runs at a time, and as many films; in live and in test "
        "mode each.",
    )
    comfy_nodes: str = Field(
        "", description="`name=url,…`: ComfyUI nodes that are added to the pool at the start."
    )
    node_tokens: SecretStr = Field(
        SecretStr(""),
        description="`name:token,…`: bearer tokens for the proxies before ComfyUI nodes.",
    )
    engine_url: str = Field(
        "",
        description="A server of the OpenAI API for live jobs, http://host:port; its dialect and "
        "models are found out.",
    )
    engine_key: SecretStr = Field(SecretStr(""), description="The key for KT_ENGINE_URL.")
    sandbox_pace: float = Field(
        0, ge=0, le=1, description="0: the sandbox runs as fast as it can; 1: like a GPU."
    )

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, given: dict[str, Any]) -> dict[str, Any]:
        return given | derive_settings(given)

    def with_secrets(self) -> "Settings":
        """Return the settings with every secret filled in; the embedded profile makes missing ones.

        Raises:
            ValueError: a secret is malformed, or production lacks one or has a short one; the
                message names the setting.
        """
        given = {name: getattr(self, name) for name in SECRET_SETTINGS}
        is_production = self.profile == "production"
        file = self.data_dir / SECRETS_FILE
        return self.model_copy(update=complete_secrets(given, file, is_production=is_production))
