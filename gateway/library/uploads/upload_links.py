"""Upload links: permissions to upload one file without a key, for 15 minutes.

The token is the link's id and a seal (a keyed hash) over all fields of the link, so that none can
be changed; the link's row makes it valid for one asset only.
"""

import shlex
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from gateway.identity.teams.memberships import find_member_role
from gateway.kit.clock import MINUTE, to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.library.errors import UploadLinkEnded
from gateway.library.schemas import UploadLink as Shown
from gateway.library.tables import UploadLink
from gateway.library.uploads.filenames import UNSAFE_CHARACTERS, clean_filename

LINK_LIFETIME = 15 * MINUTE
UPLOAD_PATH = "/api/v1/studio/assets/upload"
CURL = r"curl --fail-early --fail-with-body -w '\n' -g -X POST"

USE_LINK = sql(
    """
    UPDATE upload_link SET asset_id = given.asset_id
    FROM {rows} WHERE upload_link.id = given.id AND upload_link.asset_id IS NULL
    """,
    id="text",
    asset_id="text",
)

END_MEMBER_LINKS = sql(
    """
    UPDATE upload_link
    SET expires_at = CASE WHEN upload_link.expires_at > kt_now() THEN kt_now() ELSE expires_at END
    FROM {rows}
    WHERE upload_link.member_id = given.member_id AND upload_link.asset_id IS NULL
    """,
    member_id="text",
)


async def create_links(
    session: Session,
    ids: Ids,
    caller: Caller,
    *,
    project_id: str,
    filenames: Sequence[str],
    max_bytes: int,
) -> list[UploadLink]:
    """Create an upload link for each of these files; the names are already cleaned."""
    expires_at = await get_database_time(session) + LINK_LIFETIME
    links = [
        UploadLink(
            id=ids.new("upl"),
            account_id=caller.ledger_account,
            book=caller.book,
            project_id=project_id,
            filename=filename,
            max_bytes=max_bytes,
            expires_at=expires_at,
            asset_id=None,
            member_id=caller.member_id,
        )
        for filename in filenames
    ]
    session.add_all(links)
    return links


async def load_link(
    session: Session, urls: SignedUrls, token: str, *, project_id: str, filename: str
) -> UploadLink:
    """Return the link of a token, for the project and file that its request names.

    Raises:
        NotFound: the token is forged, or for another project or file.
        UploadLinkEnded: the link was used, its time is over, or its member was removed.
    """
    link_id, _, seal = token.partition(".")
    link = await session.get(UploadLink, link_id)
    if link is None or not urls.is_sealed(_sealed_text(link), seal):
        raise NotFound("There is no such upload link.", field="uploadToken")
    if (link.project_id, link.filename) != (project_id, filename):
        raise NotFound("This link is for a different upload.", field="uploadToken")
    if link.asset_id is not None or link.expires_at <= await get_database_time(session):
        raise UploadLinkEnded(assetId=link.asset_id)
    await _check_holder(session, link)
    return link


async def end_member_links(session: Session, member_id: str) -> None:
    """End the unused upload links of a member, and with them the uploads that are under way.

    Such an upload records its asset on the same row, and then reads whether the member is left.
    """
    await session.change(END_MEMBER_LINKS, [(member_id,)])


async def _check_holder(session: Session, link: UploadLink) -> None:
    """Check that whoever made a link may still upload.

    Raises:
        UploadLinkEnded: they are no member any more, or a viewer.
    """
    if link.member_id is None:
        return
    role = await find_member_role(session, link.member_id)
    if role is None or not has_role(role, Role.DEVELOPER):
        raise UploadLinkEnded(assetId=None)


async def use_link(session: Session, link_id: str, asset_id: str) -> None:
    """Record the asset that a link was used for; only the first use succeeds.

    Raises:
        UploadLinkEnded: the link was used meanwhile, or its member was removed.
    """
    if not await session.change(USE_LINK, [(link_id, asset_id)]):
        raise UploadLinkEnded
    await _check_holder(session, await session.get_one(UploadLink, link_id))


def check_filenames(names: Sequence[str]) -> None:
    """Check that each name is the plain name of another file in one folder.

    A name that cleaning changes, or a second equal one, would upload a file that was not meant.

    Raises:
        InvalidInput: naming the place of the first wrong one.
    """
    plain: set[str] = set()
    for place, name in enumerate(names):
        cleaned = clean_filename(name)
        if cleaned != unicodedata.normalize("NFC", name):
            raise InvalidInput(
                f"The file is stored as {cleaned!r}, so the command would upload that one.",
                field=f"filenames.{place}",
                hint="Give plain names of files in one folder, without a path, and run the command "
                "there.",
            )
        if cleaned in plain:
            raise InvalidInput(
                "Two files have the same name.",
                field=f"filenames.{place}",
                hint="Give each file a name of its own.",
            )
        plain.add(cleaned)


def render_links(
    links: Sequence[UploadLink], paths: Sequence[str], urls: SignedUrls, api_url: str
) -> Shown:
    """Return the links of one request in their wire form, with the curl command that uses them.

    `paths` are the files as the caller named them. Curl ends at the first file that fails, or else
    its exit status would be that of the last one; each answer is a line.
    """
    addresses = [_build_url(link, urls, api_url) for link in links]
    uploads = [
        f"-T {shlex.quote(_to_local_path(path, link.filename))} {shlex.quote(url)}"
        for path, link, url in zip(paths, links, addresses, strict=True)
    ]
    return Shown(
        upload_url=addresses[0],
        upload_urls=addresses,
        max_bytes=links[0].max_bytes,
        expires_at=to_iso(links[0].expires_at),
        curl=f"{CURL} {' '.join(uploads)}",
    )


def _to_local_path(path: str, filename: str) -> str:
    """Return the path of a file as the caller gave it; with unsafe characters only its name."""
    plain = filename if UNSAFE_CHARACTERS.search(path) else path
    return plain if plain.startswith("/") else f"./{plain}"


def _build_url(link: UploadLink, urls: SignedUrls, api_url: str) -> str:
    token = f"{link.id}.{urls.seal_text(_sealed_text(link))}"
    query = {"projectId": link.project_id, "filename": link.filename, "uploadToken": token}
    return f"{api_url}{UPLOAD_PATH}?{urlencode(query, quote_via=quote)}"


def _sealed_text(link: UploadLink) -> str:
    """Return the fields of a link as one text, which the seal covers."""
    fields = (link.id, link.account_id, link.book, link.project_id, link.max_bytes, link.expires_at)
    return "\n".join(["upload", *map(str, fields), link.filename])
