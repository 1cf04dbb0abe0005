"""The engines, which turn a legal plan into pictures, films and sound."""
