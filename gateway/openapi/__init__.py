"""The OpenAPI 3.1.1 document of all operations, derived from their declarations."""

from gateway.openapi.document import build_openapi as build_openapi
from gateway.openapi.problems import list_problems as list_problems
