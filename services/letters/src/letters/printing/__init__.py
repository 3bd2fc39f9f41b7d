"""A letter as a page: what it says, the office's form, the PDF."""
