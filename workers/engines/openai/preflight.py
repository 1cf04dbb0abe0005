"""The preflight of a server: is it well, does it list the models, how much does it work on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import httpx2

from gateway.media.nodes.node_pool import NodeAbility
from workers.engines.base import BadAnswer, NotAccepted
from workers.engines.openai.client import ServerClient
from workers.engines.openai.dialects.dialect import ServedModel
from workers.engines.openai.discovery import MODELS_CALL, discover_families
from workers.engines.openai.upstreams import Upstream

FAILING = "its last outputs were not as ordered, two in a row"
MOST_DEPTH = 10_000
_KEY_REFUSED = frozenset({httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class ServerSurvey:
    """A server as it answers now: the upstream with its families, its load and its models."""

    upstream: Upstream
    depth: int
    models: Sequence[ServedModel]

    def list_abilities(self, failing: Collection[str] = ()) -> Mapping[str, NodeAbility]:
        """List the tasks that the server does, and what it lacks for them.

        `failing` are the families whose outputs have lately not been as ordered.
        """
        listed = {model.id for model in self.models}
        dialect = self.upstream.dialect
        checked = dialect is not None and dialect.lists_models
        able = {}
        for task, family in self.upstream.families.items():
            lacks = [f"the model {family.model}"] if checked and family.model not in listed else []
            lacks += [FAILING] if family.name in failing else []
            able[task] = family.build_ability(tuple(lacks))
        return able


async def survey_server(client: ServerClient, upstream: Upstream) -> ServerSurvey:
    """Ask a server how it is.

    Raises:
        Unreachable: it does not answer, or not as such a server does.
        NotAccepted: it refuses our key.
    """
    known = await discover_families(client, upstream)
    dialect = known.dialect
    if dialect is None:
        raise BadAnswer("the server speaks no dialect that we know")
    if dialect.health_path is not None:
        health = await client.get_root(dialect.health_path)
        if not health.is_ok and health.status != httpx2.codes.NOT_FOUND:
            raise BadAnswer(f"{dialect.health_path} said {health.status}")
    answer = await client.ask(MODELS_CALL)
    if answer.status in _KEY_REFUSED:
        raise NotAccepted(f"/models said {answer.status}", off="unauthorized")
    if not answer.is_ok and dialect.lists_models:
        raise BadAnswer(f"/models said {answer.status}")
    models = dialect.list_models(answer.body)
    load = dialect.read_load(parse_metrics(await client.fetch_metrics()))
    if load is None:
        load = dialect.read_models_load(models)
    return ServerSurvey(known, min(max(0, load or 0), MOST_DEPTH), models)


def parse_metrics(text: str) -> dict[str, float]:
    """Return the samples of a page of metrics by name, summed over their labels."""
    samples: dict[str, float] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, rest = line.partition("{") if "{" in line else line.partition(" ")
        value = rest.rpartition("}")[2].split()
        try:
            number = float(value[0])
        except (IndexError, ValueError):
            continue
        if abs(number) < 2**53:  # neither NaN nor infinity
            samples[name.strip()] = samples.get(name.strip(), 0.0) + number
    return samples
