# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial of a sweep: folders, crash-run with a fault in it, what was left, and what must hold.

A trial is a run that dies or fails at a point, perhaps one that dies while it recovers from that,
and one without any fault. After each the folders are looked at; what is wrong is a list of
sentences. Files that are not ours lie in the folder from the start, one of them under a name that
a task wants; and one that a task is to replace.
"""

import collections
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

from crashserver import CHANGED, CODED, FILES, OVERLAP, contents
from keeltest import processes, scaled

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get('KEEL_BUILD_ROOT', '')
SHIM = os.path.join(BUILD, 'tests/crash/libkeel-shim.so')
PROGRAM = os.path.join(BUILD, 'tests/crash/crash-run')
SECONDS = 20
# What may have been written since the last checkpoint: what comes in two seconds, and this server
# sends each of its files in less. test-sigkill.py has servers that take longer.
LOSS = max(size for size, _ in FILES.values()) + OVERLAP
MOST_FAILURES = 3

TAKEN = 'small-1.bin'
BYSTANDERS = {
    TAKEN: b'somebody was here before\n',
    'notes.txt': b'not a download\n' * 100,
    '.0123456789abcdef.part': b'another program calls its files so as well\n' * 50,
}
# Its name stands for the old file or for the new one at any moment.
REPLACED = 'small-2.bin'
OLD = b'to be replaced\n' * 1000
GONE = 'discarded.bin'
GIVEN_UP = ('cancelled', 'deleting')
CANCELLED = 'cancelled.bin'
SANITIZER = re.compile(r'Sanitizer|runtime error:')
PART = re.compile(r'\.[0-9a-f]{16}\.part')
# `folders.new` is written over, or goes, at the next start after an orderly end.
STATE_FILES = re.compile(r'transfers\.db(-wal|-shm|-journal)?|folders(\.new)?|labels')
VERSIONS = {name: [contents(name, version) for version in (1, 2) if version == 1 or name == CHANGED]
            for name in FILES}

DEATHS = {'kill', 'torn', 'stall'}

Point = collections.namedtuple('Point', 'place action lasts lacks', defaults=['kill', 1, ''])


def preloaded():
    """What goes in front of libc: a sanitizer insists on being the first."""
    if not os.environ.get('KEEL_TEST_SANITIZED'):
        return SHIM
    linked = subprocess.run(['ldd', PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    return ' '.join(re.findall(r'=> (\S*/lib[a-z]*san\.so\S*)', linked) + [SHIM])


def tell_point(point):
    """The words by which KEEL_CRASH_POINT repeats it."""
    return ' '.join([point.place, point.action, str(point.lasts), point.lacks]).strip()


def parse_point(text):
    words = text.split() + [''] * 3
    return Point(words[0], words[1] or 'kill', int(words[2] or 1), words[3])


PRELOADED = preloaded()


class Served:
    """The server, in a process of its own."""

    def __init__(self):
        self.process = processes.start([sys.executable, os.path.join(HERE, 'crashserver.py')],
                                       stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def url(self, run):
        return f'http://127.0.0.1:{self.port}/{run}'

    def end(self):
        processes.end(self.process)
        self.process.stdout.close()


class Told:
    """What crash-run said; also that of a run that died."""

    def __init__(self, status, out, err):
        self.status = status
        self.err = err
        self.accepted = {}
        self.ended = []
        self.checkpoints = {}
        self.pressed = collections.defaultdict(set)
        self.tasks = []
        self.left = None
        for line in out.splitlines():
            if line.startswith('{'):
                self.tasks.append(json.loads(line))
                continue
            word, _, rest = line.partition(' ')
            if word == 'accepted':
                number, name = rest.split()
                self.accepted[int(number)] = name
            elif word == 'ended':
                number, state = rest.split()
                self.ended.append((int(number), state))
            elif word == 'checkpoint':
                number, count = rest.split()
                self.checkpoints[int(number)] = int(count)
            elif word == 'left':
                self.left = int(rest)
            elif rest.isdigit():
                self.pressed[word].add(int(rest))

    @property
    def was_killed(self):
        return self.status == -signal.SIGKILL


def ranges_of(row):
    """What is durable of a part file, as its row says: the first bytes, and those behind gaps."""
    islands = [island.split(':')[0].split('-')
               for island in (row['islands'] or '').split(',') if island]
    return [(0, row['durable'])] + [(int(start), int(to)) for start, to in islands]


def file_name(name):
    """The name of the task's file, given that of a file in the folder."""
    return name.replace(' (1).', '.') if name == 'small-1 (1).bin' else name


class Trial:
    def __init__(self, root, served, name):
        self.folder = os.path.join(root, name)
        self.state = os.path.join(self.folder, 'state')
        self.downloads = os.path.join(self.folder, 'downloads')
        self.url = served.url(name)
        self.port = served.port
        self.bad = []
        self.told = []
        self.tasks = []
        self.lacks = ''
        self.has_failed = False
        self.events = []
        os.makedirs(self.state)
        os.mkdir(self.downloads)
        for bystander, data in BYSTANDERS.items():
            with open(os.path.join(self.downloads, bystander), 'wb') as file:
                file.write(data)
        with open(os.path.join(self.downloads, REPLACED), 'wb') as file:
            file.write(OLD)
        self._bystanders = self._stats()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _stats(self):
        stats = {}
        for name in BYSTANDERS:
            try:
                info = os.stat(os.path.join(self.downloads, name))
                stats[name] = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_mode,
                               info.st_nlink)
            except FileNotFoundError:
                stats[name] = None
        return stats

    # Running

    def release(self):
        """From now on the server does not stop in the middle."""
        ask(self.port, self.url + '/release')

    def run(self, point=None, points=None, retry=False):
        """Runs crash-run to its end, whatever that is. Gives whether the point was reached."""
        reached = os.path.join(self.folder, 'reached')
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith('KEEL_SHIM')}
        environment |= {'G_DEBUG': 'fatal-criticals', 'KEEL_SHIM_STATE': self.state,
                        'KEEL_SHIM_DOWNLOADS': self.downloads, 'KEEL_SHIM_LACKS': self.lacks,
                        'LD_PRELOAD': PRELOADED}
        if 'ASAN_OPTIONS' in environment:
            # Who is killed, or leaves because there is no database, frees nothing.
            environment['ASAN_OPTIONS'] += ':detect_leaks=0'
        if point is not None:
            environment |= {'KEEL_SHIM_POINT': point.place, 'KEEL_SHIM_ACTION': point.action,
                            'KEEL_SHIM_LASTS': str(point.lasts), 'KEEL_SHIM_REACHED': reached}
        if points is not None:
            environment['KEEL_SHIM_POINTS'] = points
        command = [PROGRAM, '--state', self.state, '--downloads', self.downloads, '--url', self.url,
                   '--wait-seconds', str(int(scaled(SECONDS)))] + (['--retry'] if retry else [])
        try:
            process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                     errors='replace', timeout=scaled(2 * SECONDS), check=False)
            told = Told(process.returncode, process.stdout, process.stderr)
        except subprocess.TimeoutExpired as late:
            told = Told(None, (late.stdout or b'').decode(errors='replace'),
                        (late.stderr or b'').decode(errors='replace'))
            self.complain('crash-run hangs')
        if SANITIZER.search(told.err):
            self.complain(told.err[-2000:])
        self.told.append(told)
        self.has_failed = self.has_failed or (point is not None and point.action not in DEATHS)
        self.tasks = told.tasks or self.tasks
        if os.path.exists(reached):
            os.unlink(reached)
            return True
        return False

    # Looking

    def complain(self, sentence):
        self.bad.append(sentence)

    def read_rows(self):
        """The tasks in the database, which is looked at in a copy: reading repairs it."""
        copy = os.path.join(self.folder, 'copy')
        shutil.copytree(self.state, copy)
        rows = []
        self.events = []
        try:
            database = sqlite3.connect(os.path.join(copy, 'transfers.db'))
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute('SELECT * FROM tasks')]
            self.events = [tuple(event)
                           for event in database.execute('SELECT task, kind FROM events')]
            database.close()
        except sqlite3.OperationalError as error:
            # Before there is a table nothing has been promised.
            if 'no such table' not in str(error):
                self.complain(f'the database: {error}')
        except sqlite3.DatabaseError as error:
            self.complain(f'the database: {error}')
        shutil.rmtree(copy)
        for row in rows:
            row['leaf'] = row['uri'].rpartition('/')[2]
            for column in ('part_name', 'spare_name', 'name'):
                row[column] = row[column].decode() if row[column] is not None else None
        return rows

    def _read(self, name):
        with open(os.path.join(self.downloads, name), 'rb') as file:
            return file.read()

    def _is_named(self, name):
        """What cannot be removed is named in the log, for whoever wants its space back."""
        return any(f'“{name}” in “{self.downloads}” cannot be removed' in told.err
                   for told in self.told)

    def _holds_place(self, name, rows):
        """Where there are neither links nor RENAME_NOREPLACE an empty file holds the name."""
        return 'link' in self.lacks and not self._read(name) and any(
            row['name'] == name and row['state'] == 'publishing' for row in rows)

    def check_always(self):
        """What holds at any moment, after a death or an end. Gives the rows."""
        rows = self.read_rows()
        names = set(os.listdir(self.downloads))
        parts = {row[column] for row in rows for column in ('part_name', 'spare_name')}
        if self._stats() != self._bystanders or any(
                self._read(name) != data for name, data in BYSTANDERS.items() if name in names):
            self.complain('a file that is not ours was changed')
        if REPLACED not in names:
            self.complain(f'{REPLACED}: the old file is gone, and the new one is not there')
        for name in sorted(names - set(BYSTANDERS)):
            if name == REPLACED and self._read(name) == OLD and not any(
                    row['name'] == name and row['state'] == 'finished' for row in rows):
                continue
            if PART.fullmatch(name):
                if name not in parts and not self._is_named(name):
                    self.complain(f'{name}: a part file of no task')
            elif file_name(name) not in FILES:
                self.complain(f'{name}: an unknown file')
            elif self._read(name) not in VERSIONS[file_name(name)] and not self._holds_place(
                    name, rows):
                self.complain(f'{name}: not the right bytes')
        self._check_promises(rows, names)
        for row in rows:
            self._check_durable(row, row['part_name'], ranges_of(row), names)
            self._check_durable(row, row['spare_name'], [(0, row['aside_durable'])], names)
        return rows

    def _check_promises(self, rows, names):
        known = {row['id']: row for row in rows}
        for told in self.told:
            for number, name in told.accepted.items():
                if number not in known and not any(number in other.pressed['removing']
                                                   for other in self.told):
                    self.complain(f'task {number} ({name}) was accepted and is lost')
            for number in told.pressed['removed'] & set(known):
                self.complain(f'task {number} was removed and is there')
            for number in told.pressed['cancelled'] & set(known):
                if known[number]['state'] != 'cancelled':
                    self.complain(f'task {number} was cancelled and is {known[number]["state"]}')
            for number, state in told.ended:
                if state == 'finished' and number in known and (
                        known[number]['state'] != 'finished' or
                        known[number]['name'] not in names):
                    self.complain(f'task {number} had finished and is {known[number]["state"]}')
            for number, count in told.checkpoints.items():
                row = known.get(number)
                has = sum(to - start for start, to in ranges_of(row)) if row is not None else 0
                if row is not None and row['leaf'] != CHANGED and has < count and \
                        row['state'] not in GIVEN_UP and self.is_after_kill:
                    self.complain(f'task {number} had {count} durable bytes and has {has}')

    def _check_durable(self, row, part_name, ranges, names):
        durable = ranges[-1][1]
        if row['state'] in ('finished', 'publishing', *GIVEN_UP) or not durable or \
                part_name is None:
            return
        try:
            data = self._read(part_name)
        except FileNotFoundError:
            # Renamed, and told that it was not.
            if row['name'] in names and \
                    self._read(row['name']) in VERSIONS[row['leaf']]:
                return
            self.complain(f'{row["leaf"]}: {durable} bytes are durable, and there is no part file')
            return
        if len(data) < durable:
            self.complain(f'{row["leaf"]}: {durable} bytes are durable, {len(data)} are there')
        elif row['leaf'] != CODED and not any(
                all(version[start:to] == data[start:to] for start, to in ranges)
                for version in VERSIONS[row['leaf']]):
            self.complain(f'{row["leaf"]}: the durable bytes {ranges} are not the right ones')

    @property
    def is_after_kill(self):
        return not self.has_failed and self.told[-1].was_killed

    def check_end(self):
        """What holds when a run without any fault has come to its end."""
        told = self.told[-1]
        if told.status != 0 or told.left != 0:
            self.complain(f'the last run: status {told.status}, left {told.left}: '
                          f'{told.err.strip()[-300:]}')
        rows = self.check_always()
        leaves = sorted(row['leaf'] for row in rows)
        gone = set() if self._is_late(GONE) else {GONE}
        if leaves not in [sorted(set(FILES) - {GONE}), sorted(set(FILES) - gone)]:
            self.complain(f'the list has {leaves}')
        for row in rows:
            if row['state'] != 'finished' and (row['leaf'], row['state']) != (CANCELLED,
                                                                              'cancelled'):
                self.complain(f'{row["leaf"]}: {row["state"]} ({row["wait_reason"]}, '
                              f'{row["pause_reason"]}, {row["error_code"]}: '
                              f'{row["error_message"]})')
        self._check_folders(rows)
        self._check_events(rows)
        # So much for each of the runs that did not come to their end; and for each sync that
        # failed, of which there may be a few in a run.
        loss = LOSS * (max(len(self.told) - 1, 1) + (MOST_FAILURES if self.has_failed else 0))
        for task in told.tasks:
            if task['refetched_bytes'] > loss:
                self.complain(f'{task["name"]}: {task["refetched_bytes"]} bytes fetched again')

    def _is_late(self, leaf):
        """Whether a person gave it up when it had finished already: then it is hers."""
        too_late = {number for told in self.told for number in told.pressed['late']}
        too_late |= {number for told in self.told for number, state in told.ended
                     if state == 'finished'}
        return any(told.accepted.get(number) == leaf for told in self.told for number in too_late)

    def _check_folders(self, rows):
        wanted = set(FILES) - {GONE, CANCELLED, TAKEN} | {'small-1 (1).bin'} | set(BYSTANDERS)
        wanted |= {row['leaf'] for row in rows if row['state'] == 'finished'} & {CANCELLED}
        names = set(os.listdir(self.downloads))
        if self._is_late(GONE):
            wanted |= names & {GONE}
        wanted |= {name for name in names if self._is_named(name)}
        if names != wanted:
            self.complain(f'the folder has {sorted(names - wanted)} and lacks '
                          f'{sorted(wanted - names)}')
        unknown = [name for name in os.listdir(self.state) if not STATE_FILES.fullmatch(name)]
        if unknown:
            self.complain(f'beside the database: {unknown}')
        labels = os.path.join(self.state, 'labels')
        if os.path.isdir(labels) and os.listdir(labels):
            # What a death has left goes at the first start after an orderly end.
            self.run()
        if os.path.isdir(labels) and os.listdir(labels):
            self.complain(f'labels that were left: {os.listdir(labels)}')

    def _check_events(self, rows):
        counts = collections.Counter(self.events)
        for row in rows:
            if row['state'] in ('finished', 'failed') and counts[row['id'], row['state']] != 1:
                self.complain(f'{row["leaf"]}: {counts[row["id"], row["state"]]} events say that '
                              f'it is {row["state"]}')


def ask(port, url):
    """A request of which only the doing matters."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=scaled(10))
    connection.request('GET', '/' + url.split('/', 3)[3])
    connection.getresponse().read()
    connection.close()
