"""What installs Jejak, written from two tables: `deploy/environment.toml` and `deploy/installations.toml`."""
