"""Run one of the scripts: `python run.py use_celery` with the address of a server in REDIS_URL.

The script is imported, so that its worker, which imports it too, knows its functions by the same names.
"""

import importlib
import sys

import application

application.end_with_parent()
importlib.import_module(sys.argv[1]).main()
