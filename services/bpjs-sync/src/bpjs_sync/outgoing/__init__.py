"""What is said to BPJS: derived from the ledger, kept, sealed for its readers, published and said again."""
