"""The guide in front of the reference: first steps, money, errors, installation."""

from gateway.kit.release import CLIENT_WHEEL_PATH, NPM_PACKAGE_PATH
from gateway.pages.render import HERE

Chapter = tuple[str, str, list[str]]
GUIDE_FILE = HERE / "templates" / "docs" / "guide.txt"


def read_chapters() -> list[Chapter]:
    """Read the guide; return anchor, title and paragraphs of each chapter."""
    guide_chapters: list[Chapter] = []
    for part in GUIDE_FILE.read_text(encoding="utf-8").split("\n\n"):
        words = " ".join(part.split())
        if words.startswith("# "):
            anchor, _, title = words.removeprefix("# ").partition(": ")
            guide_chapters.append((anchor, title, []))
        else:
            guide_chapters[-1][2].append(words)
    return guide_chapters


def build_install_lines(site: str, api: str) -> tuple[tuple[str, str], ...]:
    """Build the instructions by which each kind of agent installs skill, MCP server or client."""
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
        (
            "Python",
            (
                f"pip install 'killatamata[cli] @ {site}{CLIENT_WHEEL_PATH}'\n"
                f"killatamata login --base-url {api}"
            ),
        ),
        ("TypeScript", f"npm install {site}{NPM_PACKAGE_PATH}"),
        ("npm", f"npx skills add {site} --skill killatamata"),
        ("MCP", config),
    )
