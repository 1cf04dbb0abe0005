"""Metrics: names with our prefix, labels that cannot grow without end."""

from prometheus_client import generate_latest

from gateway.kit.telemetry import metrics

LABELS = {
    *("route", "method", "status", "task", "outcome", "state", "node", "reason", "queue"),
    *("kind", "book", "check", "provider", "type", "result", "sweep", "part"),
}


def test_every_metric_has_the_prefix_and_no_label_is_an_id() -> None:
    families = list(metrics.REGISTRY.collect())
    assert len(families) > 25
    assert all(family.name.startswith("killatamata_") for family in families)
    made = [each for each in vars(metrics).values() if hasattr(each, "_labelnames")]
    assert {label for each in made for label in each._labelnames} <= LABELS


def test_counting_is_one_line() -> None:
    metrics.WEBHOOK_DELIVERIES.labels(result="counted here").inc()
    metrics.PROVIDER_EVENTS.labels(provider="stripe", type="charge", result="credited").inc()
    shown = generate_latest(metrics.REGISTRY).decode()
    assert 'killatamata_webhook_deliveries_total{result="counted here"} 1.0' in shown
    assert "killatamata_provider_events_total{" in shown
