"""Tables of people (CSV, XLSX, ODS), read in a process of their own."""
