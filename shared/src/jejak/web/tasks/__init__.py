"""The page of a task: what there is to see, and the forms that its service takes."""
