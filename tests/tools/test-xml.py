#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The D-Bus contract is valid, complete in its documentation, and keeps its own conventions."""

import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

import source
from keeltest import Case, main

CONTRACT = os.path.join(source.ROOT, 'data/dbus/io.github.keelboat.Transfers1.xml')
PREFIX = 'io.github.keelboat.Transfers1.'


class Contract(Case):
    def setUp(self):
        self.tree = ElementTree.parse(CONTRACT)

    def test_well_formed(self):
        subprocess.run(['xmllint', '--nonet', '--noout', CONTRACT], check=True)

    def test_understood_by_the_code_generator(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(['gdbus-codegen', '--interface-prefix', PREFIX, '--header', '--output',
                            os.path.join(folder, 'x.h'), CONTRACT], check=True)

    def test_interfaces_have_a_version(self):
        interfaces = self.tree.findall('interface')
        self.assertEqual({interface.get('name') for interface in interfaces},
                         {PREFIX + name for name in ['Service', 'Session', 'Manager']})
        for interface in interfaces:
            versions = [(found.get('type'), found.get('access'))
                        for found in interface.findall('property')
                        if found.get('name') == 'Version']
            self.assertEqual(versions, [('u', 'read')], interface.get('name'))

    def test_manager_offers_what_sessions_offer(self):
        """Watch, GetTasks and the like have one shape, so that clients have one way to read it."""
        def shape(member):
            return [(arg.get('name'), arg.get('type'), arg.get('direction'))
                    for arg in member.findall('arg')]
        session, manager = [
            {member.get('name'): shape(member)
             for member in self.tree.find(f"interface[@name='{PREFIX}{name}']")
             if member.tag in ('method', 'signal')} for name in ['Session', 'Manager']]
        for name in set(session) & set(manager):
            self.assertEqual(session[name], manager[name], name)

    def test_every_member_is_documented(self):
        """Each has a comment of its own, which names it and all of its arguments; but what sessions
        have, too, is told there."""
        with open(CONTRACT, encoding='utf-8') as file:
            text = file.read()
        parts = re.split(r'<interface name="([^"]+)">', text)
        documented = set()
        for interface, part in zip(parts[1::2], parts[2::2]):
            for member in self.tree.find(f"interface[@name='{interface}']"):
                if member.tag not in ('method', 'signal', 'property'):
                    continue
                name = member.get('name')
                if interface.endswith('Manager') and name in documented:
                    continue
                before = part.partition(f'<{member.tag} name="{name}"')[0].rstrip()
                comment = before[before.rfind('<!--'):] if before.endswith('-->') else ''
                with self.subTest(f'{interface}.{name}'):
                    self.assertRegex(comment, rf'<!--\s+{re.escape(name)}:')
                    for arg in member.findall('arg'):
                        self.assertIn(f'@{arg.get("name")}:', comment)
                documented.add(name)

    def test_lines_are_not_too_long(self):
        with open(CONTRACT, encoding='utf-8') as file:
            self.assertEqual([line for line in file.read().splitlines() if len(line) > 100], [])


if __name__ == '__main__':
    main()
