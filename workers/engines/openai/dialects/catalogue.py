"""The list of all dialects."""

from collections.abc import Mapping

from workers.engines.openai.dialects.dialect import Dialect
from workers.engines.openai.dialects.killatamata import Killatamata
from workers.engines.openai.dialects.vllm_omni import VllmOmni

# In the order in which a server is tried for them: those with the surest marks first.
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (Killatamata(), VllmOmni())}
