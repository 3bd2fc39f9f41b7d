"""`python -m tests.guarded_code CODE` runs code: a module started as a local installation starts services."""

import sys

exec(sys.argv[1])  # noqa: S102 - the code of a test
