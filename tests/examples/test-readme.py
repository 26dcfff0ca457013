#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in README.md does what is said of it, as it stands there but for the link."""

import os
import re
import select
import subprocess

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, House, main, processes, scaled, skip_all, wait_until

try:
    import gi
    gi.require_version('Keel', '1')
except (ImportError, ValueError):
    skip_all('the library was built without introspection')

SIZE = 300_000
LINK = 'https://example.org/x.iso'


class Readme(Case):
    def program(self):
        path = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'README.md')
        with open(path, encoding='utf-8') as file:
            blocks = re.findall(r'^```python\n(.*?)^```', file.read(), re.MULTILINE | re.DOTALL)
        self.assertEqual(len(blocks), 1)
        self.assertIn(LINK, blocks[0])
        self.assertLessEqual(len(blocks[0].splitlines()), 20)
        return blocks[0]

    def test_it_prints_where_the_file_is(self):
        house = House(self)
        server = Server(self)
        program = self.program().replace(LINK, server.url('good', 'x.iso', size=SIZE))
        process = processes.start(['/usr/bin/python3', '-u', '-c', program], text=True,
                                  env=house.environment, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(processes.end, process)
        path = os.path.join(house.downloads, 'x.iso')
        wait_until('the file is there', lambda: os.path.exists(path))
        self.assertTrue(select.select([process.stdout], [], [], scaled(20))[0], 'it prints nothing')
        self.assertEqual(process.stdout.readline(), path + '\n')
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), content('x.iso', SIZE))


if __name__ == '__main__':
    main()
