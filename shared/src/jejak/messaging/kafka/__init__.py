"""aiokafka beneath the broker: the consumer, records, topics, lag."""
