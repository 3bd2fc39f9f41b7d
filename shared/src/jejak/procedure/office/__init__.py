"""A kantor: its file, officials, areas, opening days, vocabularies, and who signs its letters."""
