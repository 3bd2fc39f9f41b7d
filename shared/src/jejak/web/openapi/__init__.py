"""The API of a service, as OpenAPI and as a page."""
