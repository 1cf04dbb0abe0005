"""The guide before the reference: how to begin, how money and errors work, how to install."""

from gateway.pages.render import HERE

Chapter = tuple[str, str, list[str]]
GUIDE = HERE / "templates" / "docs" / "guide.txt"


def chapters() -> list[Chapter]:
    """Return anchor, title and paragraphs of each chapter."""
    found: list[Chapter] = []
    for part in GUIDE.read_text(encoding="utf-8").split("\n\n"):
        words = " ".join(part.split())
        if words.startswith("# "):
            anchor, _, title = words.removeprefix("# ").partition(": ")
            found.append((anchor, title, []))
        else:
            found[-1][2].append(words)
    return found


def installs(site: str, api: str) -> tuple[tuple[str, str], ...]:
    """Return how each kind of agent gets the skill or the MCP server."""
    root = f"{site}/skills/killatamata/"
    config = (
        '{"mcpServers": {"killatamata": {"type": "http", "url": "'
        + api
        + '/mcp", "headers": {"Authorization": "Bearer ${KT_API_KEY}"}}}}'
    )
    return (
        (
            "Any agent",
            (
                f"Install the skill at {site}/.well-known/agent-skills.json; if you cannot, read "
                f"{root}SKILL.md. Get an API key as it says, check GET {api}/api/v1/balance, go "
                f"on with {api}/api/v1/media/jobs."
            ),
        ),
        (
            "Codex",
            (
                f"Use skill-installer with {root}, or put its files into "
                ".agents/skills/killatamata/ of your project."
            ),
        ),
        (
            "Claude Code",
            (
                f"Put the files of {root} into .claude/skills/killatamata/, SKILL.md at its root, "
                "then say /killatamata."
            ),
        ),
        ("Cursor", f"Import {root} under Agent Skills."),
        ("npm", f"npx skills add {site} --skill killatamata"),
        ("MCP", config),
    )
