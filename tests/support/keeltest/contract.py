# SPDX-License-Identifier: GPL-3.0-or-later
"""The D-Bus contract as data: what an interface offers, read from XML."""

import os
import xml.etree.ElementTree

from .bus import INTERFACES

FOLDER = os.environ.get('KEEL_SOURCE_ROOT', '.')
PRESENT = os.path.join(FOLDER, 'data/dbus/io.github.keelboat.Transfers1.xml')
# Made when version 1 was released, and never edited.
FROZEN = os.path.join(FOLDER, 'tests/fixtures/transfers1-version-1.xml')


def read_text(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def frozen_text():
    """That of version 1; before it is released, that is the present one."""
    return read_text(FROZEN if os.path.exists(FROZEN) else PRESENT)


def parse(text):
    """{interface: {(kind, member): what it looks like}}, of ours only."""
    found = {}
    for interface in xml.etree.ElementTree.fromstring(text).iter('interface'):
        name = interface.get('name')
        if not name.startswith(INTERFACES):
            continue
        members = found[name.removeprefix(INTERFACES)] = {}
        for method in interface.findall('method'):
            members['method', method.get('name')] = [
                (arg.get('direction', 'in'), arg.get('name'), arg.get('type'))
                for arg in method.findall('arg')]
        for signal in interface.findall('signal'):
            members['signal', signal.get('name')] = [
                (arg.get('name'), arg.get('type')) for arg in signal.findall('arg')]
        for item in interface.findall('property'):
            members['property', item.get('name')] = [item.get('type'), item.get('access')]
    return found


def missing(old, new):
    """What is in the old one and not, or not in the same way, in the new one."""
    return [(interface, *member) for interface, members in old.items()
            for member, shape in members.items()
            if new.get(interface, {}).get(member) != shape]
