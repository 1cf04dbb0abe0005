from typing import Any

import pytest

from agent_skill.render import render_skill
from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.openapi import build_openapi
from wellknown.facts import SiteFacts

SITE, API = "https://media.example.com", "https://api.example.com"


def build_facts(**given: Any) -> SiteFacts:  # noqa: ANN401 - settings
    settings = Settings(public_url=SITE, api_url=API, **given)
    operations = list_operations()
    document = build_openapi(settings, operations)
    skill = render_skill(settings, operations)
    return SiteFacts(settings=settings, operations=operations, openapi=document, skill=skill)


@pytest.fixture(scope="session")
def facts() -> SiteFacts:
    """The facts of an operator with own addresses, from which the documents are built."""
    return build_facts()
