"""The MCP bundle (`.mcpb`) for desktop programs: a manifest, an icon, and a bridge to `/mcp`.

The bridge is a small program for the Node that these programs bring along, without packages. So the
bundle needs nothing else on the machine, and its tools are those of the gateway, whatever its age.
"""

from pathlib import Path

from agent_skill import render
from agent_skill.plugin import LONG_DESCRIPTION, Manifest, to_json
from gateway.configuration.settings import Settings

BRIDGE = Path(__file__).with_name("desktop_bridge.js")
BRIDGE_PATH, ICON_PATH = "server/index.js", "icon.png"
MANIFEST_VERSION, OLDEST_NODE = "0.3", ">=18.0.0"


def build_desktop_bundle(settings: Settings) -> bytes:
    """Build the bundle as a ZIP, with equal bytes on every node."""
    return render.build_zip(
        {
            "manifest.json": to_json(build_manifest(settings)),
            BRIDGE_PATH: BRIDGE.read_bytes(),
            ICON_PATH: (render.TEMPLATE / "assets" / "icon.png").read_bytes(),
        }
    )


def build_manifest(settings: Settings) -> Manifest:
    """Build the manifest; the program asks for the values of `user_config` and keeps the key."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "name": render.NAME,
        "display_name": render.AUTHOR,
        "version": render.VERSION,
        "description": render.SHORT_DESCRIPTION,
        "long_description": LONG_DESCRIPTION,
        "author": {"name": render.AUTHOR, "url": settings.public_url},
        "homepage": settings.public_url,
        "documentation": f"{settings.public_url}/api-docs",
        "icon": ICON_PATH,
        "server": {
            "type": "node",
            "entry_point": BRIDGE_PATH,
            "mcp_config": {
                "command": "node",
                "args": [f"${{__dirname}}/{BRIDGE_PATH}"],
                "env": {
                    "KT_API_BASE": "${user_config.gateway}",
                    "KT_API_KEY": "${user_config.api_key}",
                    "KT_TOOLSETS": "${user_config.toolsets}",
                    "KT_READ_ONLY": "${user_config.read_only}",
                },
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "keywords": ["images", "video", "sound", "media"],
        "license": "MIT",
        "privacy_policies": [f"{settings.public_url}/legal/privacy"],
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"node": OLDEST_NODE},
        },
        "user_config": _build_user_configuration(settings),
    }


def _build_user_configuration(settings: Settings) -> Manifest:
    keys = f"{settings.public_url}/keys"
    return {
        "api_key": {
            "type": "string",
            "title": "API key",
            "description": f"Create one with few scopes and a daily limit at {keys}",
            "sensitive": True,
            "required": True,
        },
        "gateway": {
            "type": "string",
            "title": "Gateway",
            "description": "The address of the API.",
            "default": settings.api_url,
            "required": True,
        },
        "toolsets": {
            "type": "string",
            "title": "Toolsets",
            "description": "Such as core, or media,account. Empty: media, studio and account.",
            "default": "",
            "required": False,
        },
        "read_only": {
            "type": "boolean",
            "title": "Only reading",
            "description": "Offer only tools that change nothing and spend nothing.",
            "default": False,
            "required": False,
        },
    }
