from tests.flows.conftest import client as client
from tests.flows.conftest import gateway as gateway
