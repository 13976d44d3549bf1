"""``python -m cpm`` is the command ``cpm``."""

import sys

from cpm.cli import main

sys.exit(main())
