"""The officials' pages: cases, worklist, sign-in, and what they share."""
