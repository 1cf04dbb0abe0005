"""The ComfyUI engine: a real GPU behind HTTP and a WebSocket."""
