"""Colours are readable, and the files that every page loads stay small."""

import re

import pytest

from gateway.pages.assets import FILES
from gateway.pages.render import ENVIRONMENT

TOKEN = re.compile(r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\);")
TOKENS = {name: colours for name, *colours in TOKEN.findall(FILES["css/tokens.css"].decode())}
TEXT = ("ink", "ink-2", "moon", "link", "ok", "warn", "danger", "focus")
LOADED = ("css/tokens.css", "css/base.css", "css/parts.css", "js/theme.js", "js/app.js")


def compute_luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def compute_contrast(one: str, other: str) -> float:
    low, high = sorted((compute_luminance(one), compute_luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_each_colour_can_be_told_from_its_ground(theme: int) -> None:
    shade = {name: colours[theme] for name, colours in TOKENS.items()}
    grounds = [shade[name] for name in ("bg", "surface", "sunken")]
    for ground in grounds:
        assert compute_contrast(shade["ink"], ground) >= 13
        assert compute_contrast(shade["control"], ground) >= 3.1
        for name in TEXT:
            assert compute_contrast(shade[name], ground) >= 4.6, (name, ground)
    for name in ("c1", "c2", "c3"):
        assert compute_contrast(shade[name], shade["surface"]) >= 4.3, name
    assert compute_contrast(shade["action"], shade["on-action"]) >= 4.6


def list_template_files(template: str) -> set[str]:
    """List the static files of a template and of its parents."""
    text = ENVIRONMENT.loader.get_source(ENVIRONMENT, template)[0] if ENVIRONMENT.loader else ""
    named = set(re.findall(r'asset\("([^"]+)"\)', text))
    for other in re.findall(r'{% (?:extends|include) "([^"]+)" %}', text):
        named |= list_template_files(other)
    return named | {imported for name in named for imported in list_imported_modules(name)}


def list_imported_modules(name: str) -> set[str]:
    """List the modules that a module imports statically; later imports do not count."""
    folder, text = name.rpartition("/")[0], FILES[name].decode() if name.endswith(".js") else ""
    return {f"{folder}/{each}" for each in re.findall(r'^import .*"\./(.+)";$', text, re.MULTILINE)}


@pytest.mark.parametrize(("kind", "most"), [("css/", 45_000), ("js/", 40_000)])
def test_a_page_loads_little(kind: str, most: int) -> None:
    for template in ENVIRONMENT.list_templates(extensions=["html"]):
        own = [name for name in list_template_files(template) if name.startswith(kind)]
        assert sum(len(FILES[name]) for name in own) < most, (template, own)


def test_what_every_page_loads_is_small() -> None:
    fonts = [name for name in FILES if name.endswith(".woff2")]
    loaded = sum(len(FILES[name]) for name in (*LOADED, *fonts, "vendor/htmx.min.js"))
    assert loaded < 160_000


SCALE = {0.8125, 0.875, 1.0, 1.125, 1.375, 2.0}
FONT_SIZE = re.compile(r"font(?:-size)?:\s*(?:[^;{}(]*\s)?([\d.]+)rem")
OWN_SCALE = {"css/account.css", "css/docs.css"}  # the first page, and the reference


def test_text_has_one_of_six_sizes() -> None:
    for name, data in FILES.items():
        if name.endswith(".css") and name not in OWN_SCALE and not name.startswith("vendor/"):
            sizes = {float(each) for each in FONT_SIZE.findall(data.decode())}
            assert sizes <= SCALE, (name, sizes - SCALE)
