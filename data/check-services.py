#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: check-services.py BUILD-FOLDER NAME...

The D-Bus service file of each name can be used.
"""

import configparser
import os
import shlex
import sys

build, names = sys.argv[1], sys.argv[2:]
assert names, __doc__
for name in names:
    file_name = name + '.service'
    places = [os.path.join(build, file_name), os.path.join(build, 'dbus', file_name)]
    found = [p for p in places if os.path.exists(p)]
    assert len(found) == 1, f'{name}: no service file, or two: {found}'
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    assert parser.read(found[0]) == found
    service = parser['D-BUS Service']
    assert service['Name'] == name, f'{found[0]}: Name is {service["Name"]}'
    assert '@' not in service['Exec'], f'{found[0]}: Exec has a hole: {service["Exec"]}'
    assert os.path.isabs(shlex.split(service['Exec'])[0]), f'{found[0]}: Exec is not absolute'
    print(f'ok {found[0]}')
