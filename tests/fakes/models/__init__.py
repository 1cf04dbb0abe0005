"""The models of real MCP hosts: a script that calls tools and decides from what it is told.

One server speaks the three wires that hosts use: Gemini, Anthropic Messages, OpenAI Responses.
"""
