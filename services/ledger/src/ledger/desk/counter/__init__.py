"""The counter: a new application, its receipt, and whom to tell."""
