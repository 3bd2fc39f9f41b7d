"""PostgreSQL beneath the event store: roles, schemas, health, leadership, outages."""
