"""Pages of the site: the first page, the overview, legal texts, keyboard shortcuts."""
