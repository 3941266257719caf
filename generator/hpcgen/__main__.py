"""`python -m hpcgen`."""

import sys

from hpcgen.cli import main

sys.exit(main())
