"""Pages of an account: sign-in, keys, devices, connected apps, settings."""
