"""What must hold between the parts of a sheet: names, order, outcomes, no circle."""
