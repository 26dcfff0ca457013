#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program on a private display: on-display.py PROGRAM [ARG...]"""

import os
import subprocess
import sys

from keeltest import Display


def main():
    display = Display()
    environment = {**os.environ, **display.environment, 'GTK_A11Y': 'none',
                   'ADW_DISABLE_PORTAL': '1', 'DBUS_SESSION_BUS_ADDRESS': 'disabled:'}
    try:
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        display.end()


if __name__ == '__main__':
    sys.exit(main())
