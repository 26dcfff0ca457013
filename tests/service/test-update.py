#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of the service is replaced while it runs, as an update of a package does it."""

import contextlib
import os
import shutil
import signal

from keeltest import Case, House, Nginx, contents_of, main, wait_until
from keeltest.bus import SERVICE, Listener
from keeltest.house import program

SIZE = 24_000_000


class Update(Case):
    """A copy of the program is what runs; a new copy in its place is the update."""

    def setUp(self):
        self.house = House(self)
        self.original = program('KEELBOAT_SERVICE')
        self.path = os.path.join(self.house.root, 'keelboat-service')
        shutil.copy(self.original, self.path)
        before = os.environ.get('KEELBOAT_SERVICE')
        os.environ['KEELBOAT_SERVICE'] = self.path
        self.addCleanup(lambda: os.environ.update({'KEELBOAT_SERVICE': before}) if before
                        else os.environ.pop('KEELBOAT_SERVICE'))
        self.house.set_service()
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', SIZE)

    def replace(self, content=None):
        """As a package manager does it: written beside it, and renamed over it."""
        new = self.path + '.new'
        if content is None:
            shutil.copy(self.original, new)
        else:
            with open(new, 'w', encoding='ascii') as file:
                file.write(content)
            os.chmod(new, 0o755)
        os.rename(new, self.path)

    def begin(self, rate='1m'):
        number = self.house.add(self.nginx.url('a.bin', f'rate/{rate}'), '--connections', '1')
        self.house.wait_task(number, lambda task: task['received'] > 3_000_000)
        return number, self.house.service_pid()

    def check_end(self, number):
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertEqual(contents_of(task['file']), contents_of(self.nginx.file('a.bin')))
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])
        return task

    def wait_other(self, pid):
        """Without asking the service anything, which would start it."""
        return wait_until('another process has the name',
                          lambda: self.house.service_pid() not in (None, pid), 30)

    def test_goes_on_in_the_new_one(self):
        number, pid = self.begin()
        self.replace()
        self.nginx.hurry()
        self.wait_other(pid)
        wait_until('the old one has left', lambda: self.house.exits() == [0])
        task = self.check_end(number)
        self.assertGreater(task['resumed_bytes'], 2_000_000)
        self.assertLess(task['refetched_bytes'], 1_000_000)
        self.assertEqual(self.house.starts(), 2)

    def test_as_a_unit_of_systemd(self):
        """Which ends a process that has given back the bus name of its unit."""
        number, pid = self.begin()
        listener = Listener(self.house.bus.address, [
            f"type='signal',member='NameOwnerChanged',arg0='{SERVICE}'"])
        self.addCleanup(listener.end)
        self.replace()
        self.nginx.hurry()
        wait_until('the name is given back', lambda: listener.members('NameOwnerChanged'), 30,
                   interval=0.0005)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        self.wait_other(pid)
        self.check_end(number)

    def test_removed(self):
        number, pid = self.begin('8m')
        os.unlink(self.path)
        self.check_end(number)
        self.assertEqual(self.house.service_pid(), pid)

    def test_a_new_one_that_cannot_run_yet(self):
        number, pid = self.begin()
        tried = os.path.join(self.house.root, 'tried')
        self.replace(f'#!/bin/sh\necho >{tried}\nexit 127\n')
        wait_until('it was tried', lambda: os.path.exists(tried), 20)
        self.assertEqual(self.house.task(number)['state'], 'running')
        self.assertEqual(self.house.service_pid(), pid)
        self.replace()
        self.nginx.hurry()
        self.wait_other(pid)
        self.check_end(number)

    def test_nothing_to_do(self):
        self.house.set_service(idle_timeout=60)
        self.house.keel('status')
        self.replace()
        self.house.wait_service_gone(30)
        self.assertEqual((self.house.starts(), self.house.exits()), (1, [0]))


if __name__ == '__main__':
    main()
