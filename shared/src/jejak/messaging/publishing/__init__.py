"""A window of the event store published on a topic."""
