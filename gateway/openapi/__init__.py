"""The OpenAPI 3.1.1 document of all operations, derived from their declarations."""

from gateway.openapi.document import openapi as openapi
from gateway.openapi.problems import problems_of as problems_of
