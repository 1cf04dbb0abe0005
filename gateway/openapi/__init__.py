"""All operations as one OpenAPI 3.1.1 document; nothing in it is written twice."""

from gateway.openapi.document import openapi as openapi
from gateway.openapi.problems import problems_of as problems_of
