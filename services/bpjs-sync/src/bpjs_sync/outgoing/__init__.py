"""Messages to BPJS: derived from the ledger, stored, encrypted to their readers, published and replayed."""
