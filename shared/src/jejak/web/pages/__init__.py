"""The layout of every page: base template, form parts, stylesheet and scripts."""
