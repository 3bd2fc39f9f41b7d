"""Kafka as the services use it: topics, records, wake-ups, and the loop that carries out what is due."""
