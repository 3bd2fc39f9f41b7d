"""How long things took: views, figures, and the executions behind each."""
