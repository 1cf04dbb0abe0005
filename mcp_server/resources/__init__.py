"""Resources and prompts: readable content, subscriptions to it, completions."""
