#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn on a terminal, looked at through a pseudo-terminal and a small screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from mocked import MockedHouse
from keeltest import Case, main, wait_until
from keeltest.house import program
from keeltest.waiting import scaled

CODE = re.compile(r'\x1b\[(\?25[hl]|\d*[AJK])')


class Screen:
    """Runs a command on a terminal of its own, and knows what can be seen there."""

    def __init__(self, house, *arguments, columns=80, rows=24, term='xterm'):
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.raw = ''
        environment = house.environment | ({} if term is None else {'TERM': term})
        self.process = subprocess.Popen(
            [program('KEEL'), *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
            env=environment, cwd=house.home, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def read(self):
        """Takes in what was written so far; False at the end."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return False
            if not part:
                return False
            self.raw += part.decode('utf-8', 'replace')
        return True

    @property
    def lines(self):
        """The lines that can be seen, by the few codes that keel uses."""
        lines = ['']
        row = 0
        column = 0
        position = 0
        while position < len(self.raw):
            match = CODE.match(self.raw, position)
            if match:
                position = match.end()
                code = match[1]
                if code.endswith('A'):
                    row = max(0, row - int(code[:-1] or 1))
                elif code == 'J':
                    lines[row] = lines[row][:column]
                    del lines[row + 1:]
                continue
            character = self.raw[position]
            position += 1
            if character == '\r':
                column = 0
            elif character == '\n':
                row += 1
                if row == len(lines):
                    lines.append('')
            else:
                lines[row] = lines[row][:column] + character + lines[row][column + 1:]
                column += 1
        return lines

    def wait(self, what, condition):
        def look():
            self.read()
            return condition(self.lines)
        wait_until(f'{what} (the screen: {self.lines})', look)

    def end(self):
        deadline = time.monotonic() + scaled(30)
        while self.read() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        status = self.process.wait(timeout=scaled(30))
        self.read()
        os.close(self.master)
        return status


class Password(Case):
    """What is asked for on the terminal, in the dark."""

    def setUp(self):
        self.house = MockedHouse(self)

    def ask(self):
        screen = Screen(self.house, 'add', '--user', 'boat', 'http://h/x')
        screen.wait('the question', lambda lines: lines[0] == 'Password for boat: ')
        wait_until('the echo is off', lambda: not self.has_echo(screen))
        return screen

    def has_echo(self, screen):
        return bool(termios.tcgetattr(screen.master)[3] & termios.ECHO)

    def test_given(self):
        screen = self.ask()
        os.write(screen.master, 'p4ß w\n'.encode())
        self.assertEqual(screen.end(), 0)
        self.assertNotIn('p4ß', screen.raw)
        self.assertIn("'password': <'p4ß w'>", self.house.last_call('AddTasks'))
        self.assertIn("'user': <'boat'>", self.house.last_call('AddTasks'))

    def test_not_given(self):
        screen = self.ask()
        os.write(screen.master, b'\x04')
        self.assertEqual(screen.end(), 2)
        self.assertIn('No password was given', screen.raw)
        self.assertEqual(self.house.calls('AddTasks'), 0)

    def test_interrupted(self):
        screen = self.ask()
        os.write(screen.master, b'half\x03')
        wait_until('the echo is on again', lambda: self.has_echo(screen))
        self.assertEqual(screen.end(), 128 + signal.SIGINT)
        self.assertNotIn('half', screen.raw)
        self.assertEqual(self.house.calls('AddTasks'), 0)


class Bars(Case):
    def setUp(self):
        self.house = MockedHouse(self)

    def watch(self, *arguments, **options):
        screen = Screen(self.house, 'watch', *arguments, **options)
        self.house.wait_watched()
        return screen

    def test_a_bar(self):
        number = self.house.fill(state='running', name='big.iso', total=2_000_000)
        screen = self.watch(number)
        self.house.tick(number, 1_000_000, rate=100_000)
        screen.wait('half of it', lambda lines: ' 50%' in lines[0])
        line = screen.lines[0]
        self.assertTrue(line.startswith('big.iso'), line)
        self.assertRegex(line, r'\[#+-+\]')
        self.assertIn(line.count('-') - line.count('#'), (0, 1))
        self.assertIn('1.0\u00a0MB of 2\u00a0MB', line)
        self.assertIn('100.0\u00a0kB/s', line)
        self.assertIn('about 10 seconds', line)
        self.house.change(number, state='finished', received=2_000_000)
        self.assertEqual(screen.end(), 0)
        self.assertIn('100%', screen.lines[0])
        self.assertIn('Finished', screen.lines[0])
        self.assertEqual(screen.lines[1:], [''])

    def test_the_cursor_comes_back(self):
        number = self.house.fill(state='running')
        for end in ['finished', signal.SIGINT, signal.SIGTERM]:
            self.house.change(number, state='running')
            screen = self.watch(number)
            screen.wait('a bar', lambda lines: lines[0])
            self.assertTrue(screen.raw.startswith('\x1b[?25l'), screen.raw)
            if end == 'finished':
                self.house.change(number, state='finished')
                self.assertEqual(screen.end(), 0)
            else:
                os.kill(screen.process.pid, end)
                self.assertEqual(screen.end(), 128 + end)
            self.assertEqual(re.findall(r'\x1b\[\?25([hl])', screen.raw), ['l', 'h'])

    def test_ended_ones_stay_above(self):
        numbers = [self.house.fill(state='running', name=f'file{i}') for i in range(3)]
        screen = self.watch(*numbers)
        screen.wait('three bars', lambda lines: len(lines) == 4)
        self.house.change(numbers[2], state='failed', error_code='dns')
        screen.wait('the last is first', lambda lines: lines[0].startswith('file2'))
        self.assertIn('The server was not found', screen.lines[0])
        self.house.change(numbers[0], state='finished')
        self.house.change(numbers[1], state='finished')
        self.assertEqual(screen.end(), 1)
        self.assertEqual([line[:5] for line in screen.lines], ['file2', 'file0', 'file1', ''])

    def test_width(self):
        name = '\u4e2d\u6587' * 40
        number = self.house.fill(state='running', name=name, total=10**9, received=10**6)
        for columns in [200, 80, 40, 20, 5]:
            screen = self.watch(number, columns=columns)
            screen.wait('a bar', lambda lines: lines[0])
            width = sum(2 if '\u4e00' <= character <= '\u9fff' else 1
                        for character in screen.lines[0])
            self.assertLess(width, columns)
            self.assertGreater(width, 0)
            os.kill(screen.process.pid, signal.SIGINT)
            self.assertEqual(screen.end(), 130)

    def test_resize(self):
        number = self.house.fill(state='running', name='n', total=10**9, received=10**6)
        screen = self.watch(number, columns=120)
        screen.wait('a wide bar', lambda lines: re.search(r'\[[#-]{15}\]', lines[0]))
        screen.resize(50, 24)
        os.kill(screen.process.pid, signal.SIGWINCH)
        screen.wait('a narrow bar', lambda lines: re.search(r'\[[#-]{5}\]', lines[0]) and
                    len(lines[0]) < 50)
        self.house.change(number, state='finished')
        self.assertEqual(screen.end(), 0)

    def test_more_tasks_than_rows(self):
        self.house.fill(50, state='running')
        screen = self.watch(rows=10)
        screen.wait('as many as there is room for', lambda lines: 'and 42 more' in lines)
        self.assertEqual(len(screen.lines), 10)
        os.kill(screen.process.pid, signal.SIGINT)
        self.assertEqual(screen.end(), 130)

    def test_not_more_than_ten_times_a_second(self):
        number = self.house.fill(state='running', total=10**6)
        screen = self.watch(number)
        screen.wait('a bar', lambda lines: lines[0])
        before = screen.raw.count('\x1b[J')
        began = time.monotonic()
        for i in range(300):
            self.house.tick(number, i * 1000)
        screen.read()
        seconds = time.monotonic() - began
        self.assertLessEqual(screen.raw.count('\x1b[J') - before, seconds * 10 + 3)
        os.kill(screen.process.pid, signal.SIGINT)
        screen.end()

    def test_names_cannot_move_the_cursor(self):
        number = self.house.fill(state='running', name='\x1b[2Jevil\x1b]0;title\x07')
        screen = self.watch(number, columns=120)
        screen.wait('a bar', lambda lines: 'evil' in lines[0])
        self.assertNotIn('\x1b[2J', screen.raw)
        self.assertNotIn('\x07', screen.raw)
        self.house.change(number, state='finished')
        screen.end()

    def test_wait_draws_them_too(self):
        screen = Screen(self.house, 'add', '--wait', 'http://127.0.0.1:9/a')
        self.house.wait_watched()
        screen.wait('the id and a bar', lambda lines: lines[0] == '1' and '[' in lines[1])
        self.house.change(1, state='finished')
        self.assertEqual(screen.end(), 0)

    def test_bars_on_a_terminal_that_has_no_name(self):
        number = self.house.fill(state='running')
        for term in ['', None]:
            screen = Screen(self.house, 'watch', number, term=term)
            screen.wait('a bar', lambda lines: '[' in lines[0])
            screen.process.send_signal(signal.SIGINT)
            screen.end()

    def test_no_bars_with_json_or_on_a_dumb_terminal(self):
        number = self.house.fill(state='finished')
        for arguments, term in [(['watch', '--json', number], 'xterm'),
                                (['watch', number], 'dumb')]:
            screen = Screen(self.house, *arguments, term=term)
            self.assertEqual(screen.end(), 0)
            self.assertNotIn('\x1b', screen.raw)
            self.assertTrue(screen.raw.strip())

    def test_no_bars_in_a_pipe(self):
        number = self.house.fill(state='finished')
        result = self.house.keel('watch', number, environment={'TERM': 'xterm'})
        self.assertEqual(result.out, f'{number} {number}: Finished\n')


if __name__ == '__main__':
    main()
