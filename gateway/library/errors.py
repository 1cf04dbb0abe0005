"""Errors of projects and assets: leaves of the tree in `gateway.kit.errors`.

409  ProjectArchived        410  UploadLinkEnded        413  StorageQuotaExceeded
415  UnsupportedMedia       422  MediaUnreadable, SourceUnreachable
"""

from gateway.kit.errors import Conflict, Problem, Unprocessable


class ProjectArchived(Conflict):
    """The project is archived."""

    code = "project_archived"
    hint = "Restore it with `archived: false`, or use another project."


class UploadLinkEnded(Problem):
    """This upload link has been used, or its 15 minutes have passed."""

    status = 410
    code = "upload_link_ended"
    hint = "Request a new link, or read the asset named in `assetId`."


class StorageQuotaExceeded(Problem):
    """This would exceed the account's storage quota."""

    status = 413
    code = "storage_quota_exceeded"
    hint = (
        "Archive assets (their space is freed once they are purged), or ask for a larger quota. "
        "What a quote was given is freed when it expires, what a job was given after 72 hours."
    )


class UnsupportedMedia(Problem):
    """This kind of media is not accepted here."""

    status = 415
    code = "unsupported_media"
    hint = (
        "Images: PNG, JPEG or still WebP. Audio: WAV, FLAC, MP3, M4A, Ogg. "
        "Video: MP4, MOV, WebM, MKV. Text, as an asset: .md, .txt."
    )


class MediaUnreadable(Unprocessable):
    """The media cannot be decoded, or exceeds a size or length limit."""

    code = "media_unreadable"
    hint = "Check the file against the limits for its kind."


class SourceUnreachable(Unprocessable):
    """The media could not be fetched from this URL."""

    code = "source_unreachable"
    hint = "Use a public https URL that answers 200, or upload the file and use asset://…"
