"""The wiring of the agent from the settings."""

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.queue import WakeUps
from gateway.studio.agent.messages import Agent
from gateway.studio.agent.prices import parse_rates


def build_agent(settings: Settings, ids: Ids, wakes: WakeUps) -> Agent:
    """Build the part that prices and accepts messages.

    Raises:
        ValueError: the price table is not valid, or has no row for the model.
    """
    rates = parse_rates(settings.agent_prices).get(settings.agent_model)
    if rates is None:
        raise ValueError(f"KT_AGENT_PRICES has no row for KT_AGENT_MODEL={settings.agent_model}")
    return Agent(
        ids=ids,
        public_url=settings.public_url,
        wakes=wakes,
        model=settings.agent_model,
        rates=rates,
        has_key=bool(settings.anthropic_api_key.get_secret_value()),
        in_test_mode=settings.agent_in_test_mode,
    )
