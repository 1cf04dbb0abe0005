"""The client users import and the command they type.

A name is loaded when it is first used: `import killatamata` alone, or `killatamata --help`, loads
neither an HTTP client nor a model.
"""

from importlib import import_module

TYPE_CHECKING = False  # as `typing` has it, which loads slowly; type checkers take it for True
if TYPE_CHECKING:
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

_MODULES = ("errors", "fields", "frames", "types", "webhooks")
_PLACES = {
    "AsyncClient": "_async.client",
    "AsyncPage": "_async.paging",
    "Client": "_sync.client",
    "Page": "_sync.paging",
    "AuthenticationFailed": "errors",
    "BadRequest": "errors",
    "ConfigRefused": "errors",
    "Conflict": "errors",
    "ConnectionFailed": "errors",
    "DownloadFailed": "errors",
    "ExtractionFailed": "errors",
    "Gone": "errors",
    "JobFailed": "errors",
    "KillaTamataError": "errors",
    "NotFound": "errors",
    "PaymentRequired": "errors",
    "PermissionDenied": "errors",
    "PreconditionFailed": "errors",
    "RateLimited": "errors",
    "ServerError": "errors",
    "SignatureInvalid": "errors",
    "StatusError": "errors",
    "TimedOut": "errors",
    "TooLarge": "errors",
    "UnexpectedResponse": "errors",
    "Unprocessable": "errors",
    "WaitTimedOut": "errors",
    "JobEvent": "events",
    "UploadProgress": "local_media",
    "generate": "one_call",
    "ProgressBar": "progress",
    "RawResponse": "raw_response",
    "__version__": "version",
}
"""The module of each name that is not a module itself."""


def __getattr__(name: str) -> object:
    """Load a public name at its first use.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in _PLACES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_PLACES.get(name, name)}")
    value = globals()[name] = getattr(module, name) if name in _PLACES else module
    return value


def __dir__() -> list[str]:
    """List the public names; the modules beside them may change."""
    return __all__
