from pathlib import Path

import pytest

from tests.contract.judge import judge_all
from tests.gateway import Gateway


@pytest.mark.promise("house: contract")
def test_the_gateway_keeps_to_its_openapi_document(gateway: Gateway, tmp_path: Path) -> None:
    with gateway.account("1000") as client:
        judge_all(gateway, client, examples=8, folder=tmp_path)
