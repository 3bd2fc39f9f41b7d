"""The people of a case: participants, newborns, who signs, names in letters, their other cases."""
