"""Pages of media: jobs, the playground, webhooks."""
