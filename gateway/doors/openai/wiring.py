"""The wiring of the OpenAI door, from the settings."""

from gateway.configuration.settings import Settings
from gateway.doors.openai.door import OpenAiDoor
from gateway.doors.openai.image_fields import ImageFields
from gateway.doors.openai.models import load_models
from gateway.doors.openai.video_fields import VideoFields
from gateway.identity.keys.call_admission import Authenticator, CallAdmission
from gateway.kit.operation import Ports
from gateway.library.uploads.intake import Uploads
from gateway.storage.base import Storage


def build_openai_door(
    settings: Settings, ports: Ports, callers: Authenticator, storage: Storage
) -> OpenAiDoor:
    """Build the door; bodies are received in the folder that uploads pass through.

    Raises:
        ValueError: the operator's names of models are not as documented.
    """
    uploads: Uploads = ports.get(Uploads)
    return OpenAiDoor(
        ports=ports,
        admission=CallAdmission(callers, ports),
        storage=storage,
        models=load_models(settings.openai_models, {"image": ImageFields, "video": VideoFields}),
        folder=uploads.folder,
        wait_seconds=settings.openai_wait_seconds,
    )
