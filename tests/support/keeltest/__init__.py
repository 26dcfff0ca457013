# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests need in order to use the product from outside.

A test makes a House (a private session bus, private home, the service activated on demand), points
it at a web server of its own (Nginx, or tests/server), and drives the public command `keel`. All is
gone when the test ends, however it ends.
"""

from .consumer import Consumer
from .display import Display, display_class
from .files import contents_of, make_file, sha256_of
from .house import House, KeelResult
from .nginx import Nginx
from .tap import Case, main, rows, skip_all
from .waiting import Timeout, scaled, wait_until

__all__ = [
    'Case', 'Consumer', 'Display', 'House', 'KeelResult', 'Nginx', 'Timeout', 'contents_of',
    'display_class', 'main', 'make_file', 'rows', 'scaled', 'sha256_of', 'skip_all', 'wait_until',
]
