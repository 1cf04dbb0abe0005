"""Manifests: the small JSON documents, field by field."""

from agent_skill import render
from mcp_server.server_card import build_server_card
from wellknown.facts import SiteFacts, to_json_bytes

HUMAN_DESCRIPTION = "Prepaid AI media generation: exact prices, charged only on success"
MODEL_DESCRIPTION = (
    "Generates, edits, upscales, extends and combines images and videos, and makes sound, from "
    "prepaid credit. Quote before you run and tell the user the price. Send one X-Idempotency-Key"
    " per intended job and the SAME key when you retry it. Submit with POST /api/v1/media/jobs, "
    "then poll GET /api/v1/media/jobs?jobId= until the job has ended; never resubmit because a "
    "wait ended. For several jobs prepare an approval plan, show its total, and execute it with "
    "planId and planHash after the user has approved. `retryable` in a problem says whether to "
    "send the same request again; `hint` says what to do otherwise."
)
INDEX_SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json"


def render_ai_plugin(facts: SiteFacts) -> bytes:
    """Render the plugin manifest, which chat plugins and scanners still read."""
    return to_json_bytes(
        {
            "schema_version": "v1",
            "name_for_human": "Killa Tamata AI",
            "name_for_model": render.NAME,
            "description_for_human": HUMAN_DESCRIPTION,
            "description_for_model": MODEL_DESCRIPTION,
            "auth": {
                "type": "user_http",
                "authorization_type": "bearer",
                "instructions": f"Get an API key as described at {facts.site}/api-docs#keys.",
            },
            # Readers of this manifest give the whole document to a model.
            "api": {"type": "openapi", "url": f"{facts.site}/openapi-agent.json"},
            "logo_url": f"{facts.site}/skills/{render.NAME}/assets/icon.png",
            "contact_email": facts.settings.contact_email,
            "legal_info_url": f"{facts.site}/legal/terms",
        }
    )


def render_skills_index(facts: SiteFacts) -> bytes:
    """Render the index of Agent Skills; it names the archive, so clients get the references too."""
    return to_json_bytes(
        {
            "$schema": INDEX_SCHEMA,
            "skills": [
                {
                    "name": render.NAME,
                    "type": "archive",
                    "description": render.DESCRIPTION,
                    "url": render.get_archive_path(facts.skill),
                    "digest": render.hash_bytes(render.build_archive(facts.skill)),
                }
            ],
        }
    )


def render_skills_list(_facts: SiteFacts) -> bytes:
    """Render the names of the skills, for HTTP skill providers."""
    return to_json_bytes({"skills": [render.NAME]})


def render_api_catalog(facts: SiteFacts) -> bytes:
    """Render the API catalog, a link set (RFC 9727)."""
    return to_json_bytes(
        {
            "linkset": [
                {
                    "anchor": f"{facts.api}/api/v1",
                    "service-desc": [
                        {"href": f"{facts.site}/openapi.json", "type": "application/json"}
                    ],
                    "service-doc": [{"href": f"{facts.site}/api-docs", "type": "text/html"}],
                    "status": [{"href": f"{facts.api}/api/v1/health", "type": "application/json"}],
                    "terms-of-service": [
                        {"href": f"{facts.site}/legal/terms", "type": "text/html"}
                    ],
                }
            ]
        }
    )


def render_ai_catalog(facts: SiteFacts) -> bytes:
    """Render the catalogue of resources for agents: the MCP server and the skill."""
    urn = f"urn:air:{facts.host}"
    return to_json_bytes(
        {
            "specVersion": "1.0",
            "host": {
                "displayName": "Killa Tamata",
                "documentationUrl": f"{facts.site}/api-docs",
            },
            "entries": [
                {
                    "identifier": f"{urn}:mcp:{render.NAME}",
                    "type": "application/mcp-server-card+json",
                    "url": f"{facts.api}/mcp/server-card",
                    "version": render.VERSION,
                },
                {
                    "identifier": f"{urn}:skill:{render.NAME}",
                    "type": "application/agent-skills+zip",
                    "url": f"{facts.site}{render.get_archive_path(facts.skill)}",
                    "version": render.VERSION,
                    "displayName": "Killa Tamata",
                },
            ],
        }
    )


def render_server_card(facts: SiteFacts) -> bytes:
    """Render the card of the MCP server, with the names that the running server reports."""
    return to_json_bytes(build_server_card(facts.api, facts.site))
