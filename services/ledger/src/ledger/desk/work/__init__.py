"""What an official has to do: the worklist, and the forms of each task."""
