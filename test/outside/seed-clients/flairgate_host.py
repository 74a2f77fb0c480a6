"""Points LimaCharlie's Python packages at another host, and changes nothing else in them.

As a pytest plugin: `-p flairgate_host`. As the command: `python flairgate_host.py auth whoami`.
The host is in FLAIRGATE_URL. Works for version 5 (`limacharlie.client`) and version 4 (`limacharlie.Manager`).
"""

import importlib
import os
import sys

URL = os.environ["FLAIRGATE_URL"].rstrip("/")


def _set(module_name, **values):
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        return
    for name, value in values.items():
        if hasattr(module, name):
            setattr(module, name, value)


_set("limacharlie.client", ROOT_URL=URL, JWT_URL=URL)
_set("limacharlie.Manager", ROOT_URL=URL, API_TO_JWT_URL=URL)

if __name__ == "__main__":
    from limacharlie.cli import main

    sys.exit(main())
