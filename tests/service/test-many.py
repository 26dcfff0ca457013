#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many tasks at once: what is told of them is complete, whatever is left out on the way."""

import os

from gi.repository import GLib
from keelserver import Server
from keeltest import Case, House, Nginx, contents_of, main, wait_until
from keeltest.bus import PATH, Listener

FILES = 150


class Many(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)
        self.files = {f'{i}.bin': os.urandom(1000 + i) for i in range(FILES)}
        for name, contents in self.files.items():
            with open(self.nginx.file(name), 'wb') as file:
                file.write(contents)

    def list_of(self, *names):
        path = os.path.join(self.house.root, 'links')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(''.join(self.nginx.url(*name) + '\n' for name in names))
        return path

    def watch(self):
        listener = Listener(self.house.bus.address, [])
        self.addCleanup(listener.end)
        listener.connection.call('io.github.keelboat.Keelboat.Service', PATH,
                                 'io.github.keelboat.Transfers1.Manager', 'Watch',
                                 GLib.Variant('(ua{sv})', (200, {})))
        return listener

    def test_each_is_told_to_the_end(self):
        listener = self.watch()
        self.house.keel('add', '--wait', '--input', self.list_of(*[(name,) for name in self.files]))

        def last_rows():
            return {row['id']: row for _, _, changed, _ in listener.members('TasksChanged')
                    for row in changed}

        # Seldom, because looking keeps the listener from listening.
        wait_until('all ends are told', lambda: all(
            row['state'] == 'finished' for row in last_rows().values()), 60, interval=0.3)
        self.assertEqual(sorted((row['name'], row['received']) for row in last_rows().values()),
                         sorted((name, len(contents)) for name, contents in self.files.items()))
        numbers = [body[:2] for body in listener.members('TasksChanged')]
        self.assertEqual([previous for previous, _ in numbers[1:]],
                         [generation for _, generation in numbers[:-1]])
        for name, contents in self.files.items():
            self.assertEqual(contents_of(os.path.join(self.house.downloads, name)), contents)

    def test_one_that_runs_is_told_among_them(self):
        """What is passed over once, because it may only pass through, is told the next time."""
        server = Server(self)
        listener = self.watch()
        names = [(name,) for name in self.files]
        links = self.list_of(*names[:FILES // 2])
        with open(links, 'a', encoding='utf-8') as file:
            file.write(server.url('gated', 'long.bin') + '\n')
            file.write(''.join(self.nginx.url(*name) + '\n' for name in names[FILES // 2:]))
        self.house.keel('add', '--input', links)

        def states():
            return [row['state'] for _, _, changed, _ in listener.members('TasksChanged')
                    for row in changed if row['name'] == 'long.bin']
        wait_until('it is told', lambda: 'running' in states(), 60, interval=0.3)
        server.switches['long.bin'].set()
        wait_until('its end is told', lambda: 'finished' in states(), 60, interval=0.3)

    def test_json_is_whole(self):
        tasks = self.house.keel('add', '--wait', '--json', '--input',
                                self.list_of(*[(name,) for name in self.files])).objects
        self.assertEqual([(task['name'], task['state'], task['received']) for task in tasks],
                         [(name, 'finished', len(contents))
                          for name, contents in self.files.items()])
        self.assertEqual([task['id'] for task in self.house.tasks()],
                         [task['id'] for task in tasks])


if __name__ == '__main__':
    main()
