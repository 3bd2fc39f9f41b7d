"""The three clocks of a case: a plain fold over its events, per task, per step, and to its ends."""
