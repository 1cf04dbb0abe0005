"""Parts of a process: start-up checks, wiring of the rooms, health and metrics."""
