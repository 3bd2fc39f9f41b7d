"""The ledger: append, read, what is due, and a tail that loses nothing."""
