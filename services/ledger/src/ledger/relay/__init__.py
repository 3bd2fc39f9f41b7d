"""Publishes the event store on Kafka."""
