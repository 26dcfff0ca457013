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

    def test_every_method_of_a_session_is_documented(self):
        with open(CONTRACT, encoding='utf-8') as file:
            text = file.read()
        for interface in ['Service', 'Session']:
            found = self.tree.find(f"interface[@name='{PREFIX}{interface}']")
            for member in found:
                if member.tag in ('method', 'signal'):
                    self.assertRegex(text, rf'<!--\s+{re.escape(member.get("name"))}:')
                    for arg in member.findall('arg'):
                        self.assertIn('@' + arg.get('name'), text)


if __name__ == '__main__':
    main()
