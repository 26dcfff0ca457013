#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of examples/ live the story of a background session.

They hand over, are killed, come back or are brought back, and are told each end with its file."""

import fcntl
import os
import re
import shutil
import signal
import sqlite3

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, Display, House, main, processes, wait_until

SOURCE = os.environ['KEEL_SOURCE_ROOT']
BUILD = os.environ['KEEL_BUILD_ROOT']
NAMES = ['a.bin', 'b.bin', 'c.bin']
SIZE = 70_000
GATHER = 2
TRY_AGAIN = 30
PIPE_SIZE = 4096

LAUNCHER = '''#!/bin/sh
exec {program} "$@" >>{log} 2>&1
'''


class Story:
    app = None
    program = None
    desktop = None

    def setUp(self):
        environment = self.make_environment()
        self.house = House(self, idle_timeout=10**6, service_arguments='--test-clock',
                           environment=environment)
        self.server = Server(self)
        self.log = os.path.join(self.house.root, 'log')
        self.fifo = None
        self.install()

    def make_environment(self):
        return {}

    def install(self):
        """As a package does it."""
        self.launcher = os.path.join(self.house.root, 'fetch')
        self.write_launcher()
        applications = os.path.join(self.house.environment['XDG_DATA_HOME'], 'applications')
        os.makedirs(applications, exist_ok=True)
        shutil.copy(self.desktop or os.path.join(BUILD, 'examples', self.app + '.desktop'),
                    applications)
        self.house.bus.add_service(self.app, f'{self.launcher} --gapplication-service')

    def write_launcher(self):
        with open(self.launcher, 'w', encoding='utf-8') as file:
            file.write(LAUNCHER.format(program=self.program, log=self.log))
        os.chmod(self.launcher, 0o755)

    def start(self, *links):
        return processes.start([self.launcher, *links], env=self.house.environment)

    def lines(self):
        try:
            with open(self.log, encoding='utf-8', errors='replace') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_line(self, line):
        return wait_until(f'it says "{line}"', lambda: line in self.lines())

    def hand_over(self):
        """It adds three downloads, and is killed."""
        process = self.start(*[self.server.url('hold', name, size=SIZE) for name in NAMES])
        self.wait_line('added 3')
        process.kill()
        process.wait()
        wait_until('its name is free', lambda: self.pid() is None)
        os.unlink(self.log)

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        wait_until('its name is free', lambda: self.pid() is None)

    def pid(self):
        return self.house.connection.pid_of(self.app)

    def let_go(self):
        for name in NAMES:
            self.server.switches[name].set()

    def database(self, query):
        db = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def wait_ended(self):
        wait_until('all have ended', lambda: len(self.database(
            "SELECT number FROM events WHERE kind = 'completed'")) == 3)

    def wait_acknowledged(self):
        wait_until('all is acknowledged', lambda: not self.database('SELECT number FROM events'))

    def assert_told(self, lines, *before):
        """What was said is what is before, each end with its file, and that this was all."""
        files = [os.path.join(self.house.downloads, name) for name in NAMES]
        self.assertEqual(lines[:len(before)], list(before))
        self.assertEqual(sorted(lines[len(before):-1]), [f'finished {path}' for path in files])
        self.assertEqual(lines[-1], 'events-drained')
        for path, name in zip(files, NAMES):
            with open(path, 'rb') as file:
                self.assertEqual(file.read(), content(name, SIZE))

    def make_it_hang_in_its_handler(self):
        """What it says goes into a pipe that has room for just what it says before the first
        file."""
        os.mkfifo(self.log)
        self.fifo = os.open(self.log, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.fifo, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        said = 'background-events downloads\nopened 3\nevents-began 6\n'
        os.write(self.fifo, b'x' * (PIPE_SIZE - len(said)))

    def stop_hanging(self):
        said = os.read(self.fifo, 2 * PIPE_SIZE).decode()
        os.close(self.fifo)
        os.unlink(self.log)
        self.assertTrue(said.endswith('\nevents-began 6\n'), said[-80:])


class Whole(Story):
    """What each of the three programs lives through."""

    def test_comes_back(self):
        """Case A: the program comes back before the end."""
        self.hand_over()
        process = self.start()
        self.wait_line('opened 3')
        self.wait_line('events-drained')
        self.let_go()
        wait_until('it was told again', lambda: self.lines().count('events-drained') == 2)
        self.assert_told(self.lines(), 'opened 3', 'events-drained')
        self.wait_acknowledged()
        processes.end(process)

    def test_is_brought_back(self):
        """Case B: all end while it is away."""
        self.hand_over()
        self.let_go()
        self.wait_ended()
        self.assertEqual(self.lines(), [])
        self.house.advance(GATHER)
        self.wait_line('events-drained')
        self.wait_acknowledged()
        wait_until('it goes again by itself', lambda: self.pid() is None)
        self.assert_told(self.lines(), 'background-events downloads', 'opened 3', 'events-began 6')

    def test_is_killed_in_its_handler(self):
        """And once more, until it has handled what it was told."""
        self.hand_over()
        self.let_go()
        self.wait_ended()
        self.make_it_hang_in_its_handler()
        self.house.advance(GATHER)
        pid = wait_until('it is brought back', self.pid)
        wait_until('it is in its handler', lambda: is_writing(pid))
        self.assertEqual(len(self.database('SELECT number FROM events')), 6)
        self.kill(pid)
        self.stop_hanging()
        wait_until('that it came to nothing is known', lambda: self.database(
            'SELECT wake_tries FROM sessions')[0][0] == 1)
        self.house.advance(TRY_AGAIN)
        self.wait_line('events-drained')
        self.wait_acknowledged()
        wait_until('it goes again by itself', lambda: self.pid() is None)
        self.assert_told(self.lines(), 'background-events downloads', 'opened 3', 'events-began 6')


class Tutorial(Story, Case):
    """The program in docs/tutorial.md, taken from the page."""
    app = 'org.example.Fetch'

    def install(self):
        with open(os.path.join(SOURCE, 'docs/tutorial.md'), encoding='utf-8') as file:
            page = file.read()
        block = r'```%s\n(.*?)```'
        program, *_parts = re.findall(block % 'python', page, re.DOTALL)
        desktop, service = re.findall(block % 'ini', page, re.DOTALL)
        self.assertLessEqual(len([line for line in program.splitlines() if line.strip()]), 30)
        self.assertIn('--gapplication-service', service)
        self.desktop = os.path.join(self.house.root, self.app + '.desktop')
        for path, text in [(self.desktop, desktop), (self.house.root + '/fetch.py', program)]:
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        self.program = f'/usr/bin/python3 {self.house.root}/fetch.py'
        super().install()

    def test_is_brought_back(self):
        self.hand_over()
        self.let_go()
        self.wait_ended()
        self.house.advance(GATHER)
        self.wait_acknowledged()
        wait_until('it goes again by itself', lambda: self.pid() is None)
        files = [os.path.join(self.house.downloads, name) for name in NAMES]
        self.assertEqual(sorted(self.lines()), ['added 0', *[f'finished {path}' for path in files]])


def is_writing(pid):
    with open(f'/proc/{pid}/wchan', encoding='ascii') as file:
        return 'pipe_w' in file.read()


class Python(Whole, Case):
    app = 'org.example.FetchPython'
    program = f'/usr/bin/python3 {SOURCE}/examples/python/fetch.py'


class JavaScript(Whole, Case):
    app = 'org.example.FetchJavaScript'
    program = f'gjs {SOURCE}/examples/javascript/fetch.js'

    def setUp(self):
        if not shutil.which('gjs'):
            self.skipTest('no gjs')
        super().setUp()


class C(Whole, Case):
    app = 'org.example.FetchC'
    program = f'{BUILD}/examples/fetch-c'

    def setUp(self):
        if not os.path.exists(self.program):
            self.skipTest('built without GTK')
        super().setUp()

    def make_environment(self):
        # GTK wants a display from its beginning; there is no window when it is brought back.
        self.display = Display(self)
        return {**self.display.environment, 'GTK_A11Y': 'none'}

    def test_is_brought_back(self):
        super().test_is_brought_back()
        self.assertEqual(self.display.windows('Fetch'), [])


if __name__ == '__main__':
    main()
