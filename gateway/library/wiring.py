"""The wiring of the library: its parts, built from the settings."""

from gateway.configuration.settings import Settings
from gateway.kit.database.sessions import Database
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.library.inspection.turns import InspectionBudgets
from gateway.library.quota import Allowance, Quotas
from gateway.library.uploads.intake import Uploads
from gateway.storage import Storage


def build_uploads(
    settings: Settings,
    database: Database,
    storage: Storage,
    ids: Ids,
    urls: SignedUrls,
    fetcher: SafeFetch,
) -> Uploads:
    """Build the uploads; files pass through a folder in the data directory."""
    folder = settings.data_dir / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Uploads(
        database=database,
        storage=storage,
        ids=ids,
        urls=urls,
        fetcher=fetcher,
        quotas=build_quotas(settings),
        inspection_budgets=build_inspection_budgets(settings, database),
        folder=folder,
        api_url=settings.api_url,
    )


def build_inspection_budgets(settings: Settings, database: Database) -> InspectionBudgets:
    """Build the look-up of how much processor time an account's media may take."""
    return InspectionBudgets(database, settings.unpaid_inspect_seconds)


def build_quotas(settings: Settings) -> Quotas:
    """Build the storage quotas of both books."""
    return Quotas(
        {
            "live": Allowance(settings.live_studio_bytes, settings.live_studio_assets),
            "test": Allowance(settings.test_studio_bytes, settings.test_studio_assets),
        }
    )
