"""The counter's pages: a new application, its receipt, and whom to tell."""
