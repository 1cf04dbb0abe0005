"""The API reference, as HTML, as Markdown and in an explorer, all read off the OpenAPI document."""
