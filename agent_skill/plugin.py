"""The plugin bundle for Codex and Claude: manifests, the MCP server, and the skill."""

import json
from collections.abc import Mapping
from typing import TypeAlias

from agent_skill import render
from gateway.configuration.settings import Settings

Manifest: TypeAlias = dict[str, object]
"""A JSON file of a plugin; Codex and Claude define its shape, and we only write it."""
LONG_DESCRIPTION = (
    "Quotes, runs and follows image and video jobs at exact prices from prepaid credit; prepares "
    "approval plans that a person says yes to; charges only what succeeded."
)


def build_bundle(settings: Settings, skill: Mapping[str, bytes]) -> bytes:
    """Build the bundle as a ZIP, with equal bytes on every node like the archive of the skill."""
    files = {
        ".codex-plugin/plugin.json": to_json(build_codex_manifest(settings)),
        ".claude-plugin/plugin.json": to_json(build_common_manifest(settings)),
        ".mcp.json": to_json(build_mcp_configuration(settings)),
    }
    root = f"skills/{render.NAME}/"
    return render.build_zip(files | {root + path: data for path, data in skill.items()})


def build_common_manifest(settings: Settings) -> Manifest:
    """Build the fields that both manifests share."""
    return {
        "name": render.NAME,
        "version": render.VERSION,
        "description": render.DESCRIPTION,
        "author": {"name": render.AUTHOR, "url": settings.public_url},
        "homepage": settings.public_url,
        "license": "MIT",
        "keywords": ["images", "video", "media", "mcp", "agent-skill"],
        "skills": "./skills/",
    }


def build_codex_manifest(settings: Settings) -> Manifest:
    """Build the manifest of Codex."""
    assets = f"./skills/{render.NAME}/assets"
    return build_common_manifest(settings) | {
        "interface": {
            "displayName": render.AUTHOR,
            "developerName": render.AUTHOR,
            "shortDescription": render.SHORT_DESCRIPTION,
            "longDescription": LONG_DESCRIPTION,
            "category": "Creativity",
            "capabilities": ["Interactive", "Write"],
            "websiteURL": settings.public_url,
            "privacyPolicyURL": f"{settings.public_url}/legal/privacy",
            "termsOfServiceURL": f"{settings.public_url}/legal/terms",
            "brandColor": "#191B24",
            "defaultPrompt": [
                f"Use ${render.NAME} to make a picture, and tell me the price first."
            ],
            "composerIcon": f"{assets}/icon.svg",
            "logo": f"{assets}/icon.png",
        }
    }


def build_mcp_configuration(settings: Settings) -> Manifest:
    """Build the configuration of the MCP server; the key comes from the user's environment."""
    server = {
        "type": "http",
        "url": f"{settings.api_url}/mcp",
        "headers": {"Authorization": "Bearer ${KT_API_KEY}"},
    }
    return {"mcpServers": {render.NAME: server}}


def to_json(value: Manifest) -> bytes:
    """Serialize a file of a plugin, for people to read."""
    return (json.dumps(value, indent=2) + "\n").encode()
