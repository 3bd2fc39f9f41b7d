"""Cases as people read them: status, clocks, events as sentences, and the officials by name and post."""
