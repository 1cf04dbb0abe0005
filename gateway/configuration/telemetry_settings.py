"""Settings of metrics, logs and traces."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from gateway.configuration.setting_types import SiteUrl


class TelemetrySettings(BaseModel):
    """The settings of what a process shows of itself, and of where it sends that."""

    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token of `GET /metrics`; empty: there is no such page."
    )
    worker_metrics: str = Field(
        "127.0.0.1:9191",
        description="Address where a worker process shows its metrics; empty: nowhere.",
    )
    otlp_endpoint: SiteUrl = Field(
        "",
        description="`http://…:4318`: OpenTelemetry collector that traces, metrics and logs are "
        "sent to by OTLP over HTTP; needs the extra `otel`; empty: none.",
    )
    otlp_headers: SecretStr = Field(
        SecretStr(""), description="`name=value,…`: headers for the collector, such as a key."
    )
    otlp_sampled_share: float = Field(
        1, ge=0, le=1, description="Share of the traces that are sent; 1: all of them."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum log level."
    )
