from pathlib import Path

import pytest

from tests.contract.conftest import PATIENT
from tests.contract.judge import judge_all_operations
from tests.gateway import serve_gateway

pytestmark = pytest.mark.slow


@pytest.mark.promise("house: contract")
@pytest.mark.parametrize(
    ("examples", "wide"),
    [
        pytest.param(8, False, id="brief"),
        pytest.param(30, True, id="wide", marks=pytest.mark.wide),
    ],
)
def test_the_gateway_keeps_to_its_openapi_document(
    tmp_path: Path, examples: int, *, wide: bool
) -> None:
    with serve_gateway(tmp_path / "data", **PATIENT) as gateway, gateway.account("1000") as client:
        judge_all_operations(gateway, client, examples=examples, folder=tmp_path, wide=wide)
