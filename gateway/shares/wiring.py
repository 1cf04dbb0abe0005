"""The wiring of shares: their parts, built from the settings."""

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.kit.http.browser import Site
from gateway.kit.operation import Ports
from gateway.library.uploads.intake import Uploads
from gateway.mail.outbox import Mailer
from gateway.shares.links import ShareLinks
from gateway.shares.reports import ShareReports
from gateway.shares.share_pictures import SharePictures
from gateway.shares.shared_results import SharedResults
from gateway.shares.sharing import Sharing


def add_shares(ports: Ports, settings: Settings) -> None:
    """Add the ports of shares."""
    uploads: Uploads = ports.get(Uploads)
    links = ShareLinks(parse_secret_pairs(settings.signing_keys), ports.get(Site))
    pictures = SharePictures(uploads)
    ports.add(links)
    ports.add(Sharing(uploads, links, pictures))
    ports.add(SharedResults(uploads.database, links, pictures))
    ports.add(
        ShareReports(
            database=uploads.database,
            ids=uploads.ids,
            mailer=ports.get(Mailer),
            operator_address=settings.contact_email,
            site=ports.get(Site),
        )
    )
