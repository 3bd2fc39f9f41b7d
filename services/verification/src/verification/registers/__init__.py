"""Registers that offices import: their rows, looked up and matched."""
