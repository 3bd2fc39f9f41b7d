"""Personal data: the NIK, and the names of a person's fields."""
