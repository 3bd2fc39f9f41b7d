"""What a service takes and answers, as OpenAPI and as a page."""
