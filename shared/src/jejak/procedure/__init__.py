"""The sheet (SOP) and the office (kantor) as data: file, loader, checker, walk. docs/sop-format.md has the keys."""
