"""The Agent Skill: one map of files, rendered from the catalogue; `render` tells how."""
