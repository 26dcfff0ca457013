#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program in a house of its own, whose service is the mock: in-house.py PROGRAM [ARG...]"""

import os
import subprocess
import sys

MOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'mock_service.py')
os.environ['KEELBOAT_SERVICE'] = MOCK

from keeltest import House  # noqa: E402 (the variable is read when the house is built)


def main():
    house = House()
    house.expected_exits |= {-9}
    try:
        return subprocess.run(sys.argv[1:], env=house.environment, check=False).returncode
    finally:
        house.kills = sys.maxsize
        house.close()


if __name__ == '__main__':
    sys.exit(main())
