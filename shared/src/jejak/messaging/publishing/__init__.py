"""A stretch of the event store published on a topic."""
