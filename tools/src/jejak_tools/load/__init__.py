"""Years of synthetic cases, made by the services' own decisions and appended at the times they would have happened."""
