"""The client users import and the command they type."""

from killatamata import errors as errors
from killatamata import fields as fields
from killatamata import frames as frames
from killatamata import types as types
from killatamata import webhooks as webhooks
from killatamata._async.client import AsyncClient as AsyncClient
from killatamata._async.paging import AsyncPage as AsyncPage
from killatamata._sync.client import Client as Client
from killatamata._sync.paging import Page as Page
from killatamata.errors import AuthenticationFailed as AuthenticationFailed
from killatamata.errors import BadRequest as BadRequest
from killatamata.errors import ConfigRefused as ConfigRefused
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
from killatamata.local_media import UploadProgress as UploadProgress
from killatamata.one_call import generate as generate
from killatamata.progress import ProgressBar as ProgressBar
from killatamata.raw_response import RawResponse as RawResponse
from killatamata.version import __version__ as __version__

__all__ = [
    "AsyncClient",
    "AsyncPage",
    "AuthenticationFailed",
    "BadRequest",
    "Client",
    "ConfigRefused",
    "Conflict",
    "ConnectionFailed",
    "DownloadFailed",
    "ExtractionFailed",
    "Gone",
    "JobEvent",
    "JobFailed",
    "KillaTamataError",
    "NotFound",
    "Page",
    "PaymentRequired",
    "PermissionDenied",
    "PreconditionFailed",
    "ProgressBar",
    "RateLimited",
    "RawResponse",
    "ServerError",
    "SignatureInvalid",
    "StatusError",
    "TimedOut",
    "TooLarge",
    "UnexpectedResponse",
    "Unprocessable",
    "UploadProgress",
    "WaitTimedOut",
    "__version__",
    "errors",
    "fields",
    "frames",
    "generate",
    "types",
    "webhooks",
]


def __dir__() -> list[str]:
    """List the public names; the modules beside them may change."""
    return __all__
