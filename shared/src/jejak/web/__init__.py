"""HTTP: senders, bodies and forms within limits, problems, pages, and the tasks of a service."""
