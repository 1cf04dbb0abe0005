"""The refusals of projects and assets: leaves of the tree in `gateway.kit.errors`.

409  ProjectArchived        410  UploadLinkEnded        413  StorageQuotaExceeded
415  UnsupportedMedia       422  MediaUnreadable, SourceUnreachable
"""

from gateway.kit.errors import Conflict, Problem, Unprocessable


class ProjectArchived(Conflict):
    """The project is archived."""

    code = "project_archived"
    hint = "Take it out of the archive with `archived: false`, or use another project."


class UploadLinkEnded(Problem):
    """This upload link was used, or its 15 minutes are over."""

    status = 410
    code = "upload_link_ended"
    hint = "Ask for a new link, or read the asset named in `assetId`."


class StorageQuotaExceeded(Problem):
    """There is no room left for this in the account."""

    status = 413
    code = "storage_quota_exceeded"
    hint = "Archive assets; their room is free once they are purged. Or ask for a larger quota."


class UnsupportedMedia(Problem):
    """This kind of media is not accepted here."""

    status = 415
    code = "unsupported_media"
    hint = (
        "Images: PNG, JPEG, WebP, not animated. Audio: WAV, FLAC, MP3, M4A, Ogg. "
        "Video: MP4, MOV, WebM, MKV. Text, as an asset: .md, .txt."
    )


class MediaUnreadable(Unprocessable):
    """The media does not decode, or is over the limits of size or length."""

    code = "media_unreadable"
    hint = "Check the file, and the limits of its kind."


class SourceUnreachable(Unprocessable):
    """The media could not be fetched from this URL."""

    code = "source_unreachable"
    hint = "Give a public https URL that answers 200, or upload the file as an asset: asset://…"
