"""What the views of the schema `report` need besides the rows of the clocks: names, standards, and what is late now."""
