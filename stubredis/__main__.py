"""`python -m stubredis` is the command `stubredis`."""

import sys

from stubredis.cli import main

sys.exit(main())
