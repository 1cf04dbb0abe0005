"""The engines: whatever turns a legal plan into pictures, frames and sound."""
