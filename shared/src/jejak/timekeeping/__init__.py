"""Three clocks: wait, touch and elapsed, on the working calendar of each party. Pure; no clock is read here."""
