"""Pages of films: the board, its takes, the script and the talk with the agent."""
