#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar on the application's icon in a dock: what a dock hears."""

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import Listener

INTERFACE = 'com.canonical.Unity.LauncherEntry'
ENTRY = 'application://io.github.keelboat.Keelboat.desktop'
MB = 1000 * 1000


class Dock(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)
        self.dock = Listener(self.house.bus.address, [f"interface='{INTERFACE}'"])
        self.addCleanup(self.dock.end)

    def faces(self):
        """(number, percent) as they were told; None where nothing is shown."""
        found = []
        for entry, face in self.dock.members('Update'):
            self.assertEqual(entry, ENTRY)
            self.assertEqual(set(face), {'count', 'count-visible', 'progress', 'progress-visible'})
            percent = round(100 * face['progress']) if face['progress-visible'] else None
            found.append((face['count'], percent) if face['count-visible'] else None)
        return found

    def wait_rest(self):
        wait_until('it is taken away', lambda: self.faces() and self.faces()[-1] is None)
        return self.faces()[:-1]

    def url(self, name):
        return self.server.url('good', name, size=2 * MB)

    def test_one_file(self):
        self.house.keel('add', '--wait', '--limit=500k', self.url('a.bin'))
        shown = self.wait_rest()
        self.assertEqual({count for count, _ in shown}, {1})
        percents = [percent for _, percent in shown]
        self.assertNotIn(None, percents)
        self.assertEqual(percents, sorted(set(percents)), 'twice the same, or back')
        self.assertGreater(len(percents), 1)

    def test_several_do_not_jump_back(self):
        self.house.keel('limit', '--active=1')
        self.house.keel('add', '--wait', '--limit=1M',
                        *[self.url(f'{i}.bin') for i in range(3)])
        shown = self.wait_rest()
        self.assertEqual({count for count, _ in shown}, {1, 2, 3})
        percents = [percent for _, percent in shown]
        self.assertEqual(percents, sorted(percents))

    def test_who_leaves_takes_it_away(self):
        task, = self.house.keel('add', '--json', '--limit=10k', self.url('a.bin')).objects
        wait_until('it is shown', self.faces)
        self.house.keel('pause', str(task['id']))
        self.wait_rest()
        self.house.keel('resume', str(task['id']))
        wait_until('it is shown again', lambda: self.faces()[-1] is not None)
        self.house.keel('quit')
        self.wait_rest()


if __name__ == '__main__':
    main()
