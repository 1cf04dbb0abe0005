"""The OpenAI door: `/v1/images`, `/v1/videos` and `/v1/models` over the media operations."""
