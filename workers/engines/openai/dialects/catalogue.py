"""The list of all dialects."""

from collections.abc import Mapping

from workers.engines.openai.dialects.dialect import Dialect
from workers.engines.openai.dialects.dynamo import Dynamo
from workers.engines.openai.dialects.killatamata import Killatamata
from workers.engines.openai.dialects.localai import LocalAi
from workers.engines.openai.dialects.openai import OpenAi
from workers.engines.openai.dialects.sdcpp import SdCpp
from workers.engines.openai.dialects.sglang import SgLang
from workers.engines.openai.dialects.vllm_omni import VllmOmni

# In the order in which a server is tried for them: those with the surest marks first.
DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        *(Killatamata(), SgLang(), VllmOmni(), Dynamo(), SdCpp(), OpenAi()),
        LocalAi(),  # known only by what its list lacks
    )
}
