"""The parts of the shell that come from the ports: figures of the account, origins of files."""

from dataclasses import replace

from starlette.requests import Request

from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.operation import Ports
from gateway.library.uploads.intake import Uploads
from gateway.media.jobs.outputs import OutputUrls
from gateway.pages.shell import get_shell, set_shell
from gateway.pages.shell_figures import load_figures
from gateway.storage import Storage
from gateway.storage.origins import list_file_origins

PAGE_TYPES = ("text/html", "*/*")


async def add_figures(request: Request, ports: Ports) -> None:
    """Add the figures of the signed-in account to the shell of a whole page.

    Without the database the page has none: it may be one that needs no database either.
    """
    shell = get_shell(request)
    if shell.caller is None or not is_for_page(request):
        return
    try:
        figures = await load_figures(ports, shell.caller)
    except (ConnectionLost, TransactionConflict):
        return
    set_shell(request, replace(shell, figures=figures))


def is_for_page(request: Request) -> bool:
    """Return True if a whole page may be the answer: parts, pictures and streams have no shell."""
    accept = request.headers.get("accept", "*/*")
    return "hx-request" not in request.headers and accept.startswith(PAGE_TYPES)


def build_file_origins(ports: Ports, site_url: str) -> str:
    """Return the other origins that files come from, separated by spaces, for the page policy."""
    storage: Storage = ports.get(Uploads).storage
    origins = list_file_origins(ports.get(OutputUrls).files_url, storage)
    return " ".join(each for each in origins if each != site_url)
