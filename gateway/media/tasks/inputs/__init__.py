"""Fields of task inputs: their types, hints, media references and texts."""
