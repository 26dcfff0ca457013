#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program in a house of its own, whose service is the mock: in-house.py PROGRAM [ARG...]"""

import subprocess
import sys

from mocked import MockedHouse


def main():
    house = MockedHouse()
    try:
        return subprocess.run(sys.argv[1:], env=house.environment, check=False).returncode
    finally:
        house.close()


if __name__ == '__main__':
    sys.exit(main())
