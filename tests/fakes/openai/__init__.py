"""Stand-ins for servers that speak the OpenAI API: their routes, quirks and faults, no GPU.

Routes, fields and error bodies are those of the servers' own sources, named in each module.
"""

from tests.fakes.openai.dynamo import Dynamo
from tests.fakes.openai.faults import Faults as Faults
from tests.fakes.openai.localai import LocalAi
from tests.fakes.openai.openai import OpenAi
from tests.fakes.openai.sdcpp import SdCpp
from tests.fakes.openai.server import FakeUpstream as FakeUpstream
from tests.fakes.openai.sglang import SgLang
from tests.fakes.openai.vllm_omni import VllmOmni

STAND_INS = {one.name: one for one in (VllmOmni, SgLang, Dynamo, SdCpp, LocalAi, OpenAi)}
