"""Jejak on one machine: embedded PostgreSQL and Apache Kafka, every process."""
