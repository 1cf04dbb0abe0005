"""Pages as people read them: texts outside code, links, forms; and a walk from link to link."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

HTML = {"Accept": "text/html"}
VOID_TAGS = frozenset(
    {"br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path", "circle"}
)
# What is in a text area is somebody's own text, or a document in its own format.
CODE_TAGS = frozenset({"code", "pre", "script", "style", "kbd", "textarea"})
TEXT_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")
CONTROL_TAGS = frozenset({"input", "select", "textarea"})
ID = re.compile(r"\b[a-z]{2,8}_[0-9A-Z]{26}\b")
REFERENCE = "/api-docs"  # rendered without a gateway by a test of its own
NAMED = re.compile(r"^(/films/ID/shots/|/playground/).+")


@dataclass
class Control:
    """A control of a form, or a button with a name."""

    name: str
    kind: str
    value: str
    checked: bool = False


@dataclass
class PageForm:
    """A form: its method, its action, its id, and its controls in order."""

    method: str = "get"
    action: str = ""
    id: str = ""
    controls: list[Control] = field(default_factory=list)

    def list_visible(self) -> list[Control]:
        """Return the controls that a person fills in."""
        return [each for each in self.controls if each.kind not in {"hidden", "button"}]

    def build_body(self) -> dict[str, str]:
        """Return what a browser would send of the form as it stands."""
        sent = [
            each
            for each in self.controls
            if each.kind != "button" and (each.checked or each.kind not in {"checkbox", "radio"})
        ]
        return {each.name: each.value for each in sent}


class PageReader(HTMLParser):
    """Reads one page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.links: list[str] = []
        self.forms: list[PageForm] = []
        self.orphans: list[tuple[str, Control]] = []
        self._open: list[str] = []
        self._form: PageForm | None = None
        self.feed(html)
        self.close()
        for form_id, control in self.orphans:
            for form in self.forms:
                if form.id == form_id:
                    form.controls.append(control)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read what an element says, where it leads, and what it sends."""
        found = {name: value or "" for name, value in attrs}
        if tag not in VOID_TAGS:
            self._open.append(tag)
        self.texts += [found[name] for name in TEXT_ATTRIBUTES if found.get(name)]
        self.links += [
            found[name] for name in ("href", "hx-get") if name in found and tag != "link"
        ]
        if tag == "form":
            self._form = PageForm(
                found.get("method", "get").lower(), found.get("action", ""), found.get("id", "")
            )
            self.forms.append(self._form)
        if found.get("name") and (tag in CONTROL_TAGS or tag == "button"):
            kind = found.get("type", "text") if tag == "input" else tag
            value = found.get("value", "on" if kind in {"checkbox", "radio"} else "")
            control = Control(found["name"], kind, value, "checked" in found)
            if "form" in found:
                self.orphans.append((found["form"], control))
            elif self._form is not None:
                self._form.controls.append(control)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read an element that closes itself, as in drawings."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those inside it that were not closed."""
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        """Keep a text that stands outside code."""
        if data.strip() and not CODE_TAGS & set(self._open):
            self.texts.append(" ".join(data.split()))


def to_shape(path: str) -> str:
    """Return the shape of an address, without ids and values: pages of one shape are alike."""
    parts = urlsplit(path)
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"mode"}
    place = NAMED.sub(r"\1", ID.sub("ID", parts.path))
    return f"{place}?{','.join(sorted(names))}"


def walk_pages(http: httpx2.Client, starts: Sequence[str]) -> Iterator[tuple[str, httpx2.Response]]:
    """Yield these pages, and one of each shape that their links lead to."""
    ahead, shapes = deque(starts), {to_shape(each) for each in starts}
    while ahead:
        path = ahead.popleft()
        answer = http.get(path, headers=HTML)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield path, answer
        for link in PageReader(answer.text).links:
            target = urlsplit(urljoin(path, link))
            to = target.path + (f"?{target.query}" if target.query else "")
            is_ours = not target.netloc and not to.startswith(REFERENCE)
            if is_ours and to_shape(to) not in shapes:
                shapes.add(to_shape(to))
                ahead.append(to)
