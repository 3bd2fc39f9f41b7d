"""A letter in print: its data, the office's form, the PDF."""
