"""The files that people write, sheet (SOP) and office (kantor): their keys, and mistakes in the user's words."""
