"""The engine for servers that speak the OpenAI API of images and videos."""
