"""The layout of every page: base template, form parts, stylesheet and scripts, and who a page is rendered for."""
