from pathlib import Path

from tests.contract.conftest import PATIENT
from tests.contract.judge import judge_all
from tests.gateway import serving


def test_the_gateway_keeps_to_its_openapi_document_under_many_examples(tmp_path: Path) -> None:
    with serving(tmp_path / "data", **PATIENT) as gateway, gateway.account("1000") as client:
        judge_all(gateway, client, examples=30, folder=tmp_path, wide=True)
