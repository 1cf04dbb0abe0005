"""Media: tasks, jobs, quotes, inputs, nodes and webhooks; what developers and agents buy."""
