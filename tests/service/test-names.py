#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files: nothing is overwritten, nothing leaves the folder, nothing hides."""

import os

from keelserver import Server, content
from keeltest import Case, House, contents_of, main


class Names(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def fetch(self, url, *arguments):
        task, = self.house.keel('add', '--wait', '--json', *arguments, url).objects
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(os.path.dirname(task['file']), self.house.downloads)
        return task

    def test_taken_name_gets_a_number(self):
        taken = os.path.join(self.house.downloads, 'a.tar.gz')
        with open(taken, 'w', encoding='utf-8') as file:
            file.write('mine')
        first = self.fetch(self.server.url('good', 'a.tar.gz', size=1000))
        second = self.fetch(self.server.url('good', 'a.tar.gz', size=1000))
        self.assertEqual(contents_of(taken), b'mine')
        self.assertEqual(os.path.basename(first['file']), 'a (1).tar.gz')
        self.assertEqual(os.path.basename(second['file']), 'a (2).tar.gz')
        self.assertEqual(first['name'], 'a (1).tar.gz')
        self.assertTrue(contents_of(first['file']) == content('a.tar.gz', 1000))

    def test_name_taken_while_it_runs(self):
        number = self.house.add(self.server.url('gated', 'x.bin', size=60, after=2))
        self.house.wait_task(number, lambda task: task['received'] > 0)
        taken = os.path.join(self.house.downloads, 'x.bin')
        with open(taken, 'w', encoding='utf-8') as file:
            file.write('mine')
        self.server.switches['x.bin'].set()
        task = self.house.wait_task(number, 'finished')
        self.assertEqual(contents_of(taken), b'mine')
        self.assertEqual(os.path.basename(task['file']), 'x (1).bin')
        self.assertTrue(contents_of(task['file']) == content('x.bin', 60))

    def test_same_name_at_the_same_time(self):
        urls = [self.server.url('good', 'same.bin', size=size) for size in (5000, 6000, 7000)]
        tasks = self.house.keel('add', '--wait', '--json', *urls).objects
        self.assertEqual(sorted(os.listdir(self.house.downloads)),
                         ['same (1).bin', 'same (2).bin', 'same.bin'])
        for task, size in zip(tasks, (5000, 6000, 7000)):
            self.assertTrue(contents_of(task['file']) == content('same.bin', size))

    def test_one_name_hundreds_of_times(self):
        """Each gets the next number, and nobody tries those of all the others."""
        count = 500
        url = self.server.url('good', 'a.bin', size=10)
        self.house.keel('add', '--wait', '--input', '-', input=f'{url}\n' * count)
        self.assertEqual(set(os.listdir(self.house.downloads)),
                         {'a.bin', *(f'a ({number}).bin' for number in range(1, count))})

    def test_names_from_the_link(self):
        for tail, name in [('%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'passwd'),
                           ('.bashrc', 'bashrc'),
                           ('caf%C3%A9.txt', 'café.txt'),
                           ('a%00b.txt', ('a_b.txt', 'download')),
                           ('x%22y.txt', 'x_y.txt'),
                           ('run.desktop', 'run.desktop.download')]:
            with self.subTest(tail):
                task = self.fetch(self.server.url('good', tail, size=100))
                self.assertIn(os.path.basename(task['file']),
                              [name] if isinstance(name, str) else name)

    def test_names_from_the_server(self):
        for said, name in [('../../evil.sh', 'evil.sh'), ('.profile', 'profile'),
                           ('C:\\dir\\file.txt', 'file.txt'), ('plain.iso', 'plain.iso')]:
            with self.subTest(said):
                url = self.server.url('disposition', 'link-name', size=100,
                                      **{'as': said.replace('\\', '\\\\').encode().hex()})
                self.assertEqual(os.path.basename(self.fetch(url)['file']), name)

    def test_name_from_the_command_line(self):
        for said, name in [('../up.bin', 'up.bin'), ('..', None), ('.hidden', 'hidden')]:
            with self.subTest(said):
                result = self.house.keel('add', '--wait', '--json', '--name', said,
                                         self.server.url('good', 'n.bin', size=100), status=None)
                if result.status == 2:
                    continue  # refusing is as good as mending
                task, = result.objects
                self.assertEqual(task['state'], 'finished')
                self.assertEqual(os.path.dirname(task['file']), self.house.downloads)
                if name is not None:
                    self.assertEqual(os.path.basename(task['file']), name)

    def test_very_long_name(self):
        task = self.fetch(self.server.url('good', 'x' * 400 + '.tar.gz', size=100))
        name = os.path.basename(task['file'])
        self.assertLessEqual(len(name.encode()), 255)
        self.assertTrue(name.endswith('.tar.gz'), name)

    def test_a_link_in_the_way_is_not_followed(self):
        outside = os.path.join(self.house.home, 'outside')
        os.symlink(outside, os.path.join(self.house.downloads, 's.bin'))
        task = self.fetch(self.server.url('good', 's.bin', size=100))
        self.assertEqual(os.path.basename(task['file']), 's (1).bin')
        self.assertFalse(os.path.lexists(outside))


if __name__ == '__main__':
    main()
