"""What comes in: bodies with limits, browsers' forms, connections."""
