"""HTTP at the edge: who asks, bodies and forms with limits, problems, tokens."""
