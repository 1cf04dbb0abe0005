"""Every generated file of the client, by its path in the checkout; a test checks they are fresh."""

from gateway.catalogue import list_operations
from gateway.sdk.answers import render_types
from gateway.sdk.formatting import ROOT, format_sources
from gateway.sdk.operations import render_operations
from gateway.sdk.requests import render_fields
from gateway.sdk.sync_twins import to_sync_source
from gateway.sdk.task_calls import render_client_calls, render_job_calls, render_one_call

ASYNC_FOLDER = "killatamata/_async"


def render_files() -> dict[str, str]:
    """Render every generated file, by its path in the checkout."""
    calls = {
        f"{ASYNC_FOLDER}/job_calls.py": render_job_calls(),
        f"{ASYNC_FOLDER}/client_calls.py": render_client_calls(),
    }
    written = {
        f"{ASYNC_FOLDER}/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted((ROOT / ASYNC_FOLDER).glob("*.py"))
    }
    twins = {
        path.replace("_async", "_sync"): to_sync_source(text)
        for path, text in (written | calls).items()
    }
    types = {
        "killatamata/types.py": render_types(list_operations()),
        "killatamata/fields.py": render_fields(),
        "killatamata/operations.py": render_operations(list_operations()),
        "killatamata/one_call.py": render_one_call(),
    }
    return format_sources(types | calls | twins)
