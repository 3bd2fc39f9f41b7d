"""Times and amounts as sheets and letters print them: read and written in words."""
