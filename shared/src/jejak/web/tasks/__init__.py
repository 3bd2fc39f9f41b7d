"""The page of a task: the case, and the forms that its service takes."""
