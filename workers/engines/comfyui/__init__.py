"""The ComfyUI engine: a real GPU node behind HTTP and a WebSocket."""
