"""The client users import and the command they type."""

from pathlib import Path
from typing import Any

from killatamata import frames as frames
from killatamata import webhooks as webhooks
from killatamata._async.client import AsyncClient as AsyncClient
from killatamata._async.paging import AsyncPage as AsyncPage
from killatamata._sync.client import Client as Client
from killatamata._sync.paging import Page as Page
from killatamata.errors import AuthenticationFailed as AuthenticationFailed
from killatamata.errors import BadRequest as BadRequest
from killatamata.errors import Conflict as Conflict
from killatamata.errors import ConnectionFailed as ConnectionFailed
from killatamata.errors import DownloadFailed as DownloadFailed
from killatamata.errors import ExtractionFailed as ExtractionFailed
from killatamata.errors import Gone as Gone
from killatamata.errors import JobFailed as JobFailed
from killatamata.errors import KillaTamataError as KillaTamataError
from killatamata.errors import NotFound as NotFound
from killatamata.errors import PaymentRequired as PaymentRequired
from killatamata.errors import PermissionDenied as PermissionDenied
from killatamata.errors import PreconditionFailed as PreconditionFailed
from killatamata.errors import RateLimited as RateLimited
from killatamata.errors import ServerError as ServerError
from killatamata.errors import SignatureInvalid as SignatureInvalid
from killatamata.errors import StatusError as StatusError
from killatamata.errors import TimedOut as TimedOut
from killatamata.errors import TooLarge as TooLarge
from killatamata.errors import UnexpectedResponse as UnexpectedResponse
from killatamata.errors import Unprocessable as Unprocessable
from killatamata.errors import WaitTimedOut as WaitTimedOut
from killatamata.events import JobEvent as JobEvent


def generate(prompt: str, to: str | Path = "./", **fields: Any) -> Path:  # noqa: ANN401
    """Make a picture from a prompt and save it; return where it is. See `Client.generate`."""
    with Client() as client:
        return client.generate(prompt, to, **fields)
