"""The API reference: HTML, Markdown and an explorer, all rendered from the OpenAPI document."""
