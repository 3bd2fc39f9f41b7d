"""How long things took: views, figures, and what stands behind each."""
