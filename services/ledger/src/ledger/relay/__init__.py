"""What stands in the event store is published on Kafka."""
