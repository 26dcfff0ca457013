#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power goes at any moment: whatever of the unsynced has arrived, nothing promised is lost.

crash-run drives the engine through its tasks, and the shim writes down what it does to its files.
Then, again and again: a moment is chosen; replay.py makes of the log a disk as it may be after a
cut just then; crash-run goes on with that. A file under its final name must be whole before and
after, each task that was accepted must be there and come to its end, what was said to be finished
must not be fetched again, and nothing may be left over. Tasks that end otherwise than finished must
end so again.

KEEL_CRASH_POINTS=all tries thousands of states; KEEL_CRASH_SEED makes the same choices again, but
of another recording, since threads never run alike. So the log of a state that failed is kept, and
KEEL_POWER_REPEAT, as it is printed, tries that state alone.

The replayer is tested first: with small programs of which is known what a cut may leave.
"""

import contextlib
import itertools
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from keeltest import Case, contents_of, main, processes, rows, scaled

from crashbench import ranges_of
import crashserver
import replay

BUILD = os.environ['KEEL_BUILD_ROOT']
SHIM = os.path.join(BUILD, 'tests', 'crash', 'libkeel-shim.so')
SERVER = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'tests', 'crash', 'crashserver.py')
CRASH_RUN = os.path.join(BUILD, 'tests', 'crash', 'crash-run')
SEED = int(os.environ.get('KEEL_CRASH_SEED', str(random.SystemRandom().randrange(10**6))))
ALL = os.environ.get('KEEL_CRASH_POINTS') == 'all'
REPEAT = os.environ.get('KEEL_POWER_REPEAT')
SANITIZED = 'KEEL_TEST_SANITIZED' in os.environ
# Each test makes so many rounds of recordings, one for each processor, and tries so many moments of
# each.
ROUNDS = 10 if ALL else 1
RECORDINGS = 2
MOMENTS = 15 if ALL else 4
DICE_A_MOMENT = 3
MOST_TOLD = 10
# The byte before a place where two connections meet does not count before somebody has compared
# what is around it.
MOST_SEAMS = 8
# What the file system does without, one after the other: without both of these, a name is held by
# an empty file for a moment.
LACKS = ['', 'noreplace', 'xattr', 'noreplace,link']
PLACEHOLDERS = 'noreplace,link'


def make_base():
    """A folder on a file system that has extended attributes; in memory if there is one."""
    for parent in ['/dev/shm', None]:
        if parent is None or os.access(parent, os.W_OK):
            base = processes.make_folder('keel-power-', parent)
            try:
                os.setxattr(base, 'user.keelboat.test', b'1')
                return base
            except OSError:
                continue
    raise unittest.SkipTest('no file system with extended attributes')


def run_with_shim(arguments, **variables):
    return subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=scaled(60), env={**os.environ, **variables, 'LD_PRELOAD': SHIM})


# --- the replayer ---------------------------------------------------------------------------------

WRITE_FILE = """
import os
folder = os.open('.', os.O_RDONLY)
file = os.open('.part', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.pwrite(file, b'x' * 3000, 0)
"""
# What comes after it; whether 'said' before the end may prove wrong.
PROGRAMS = {
    'everything_synced': ("""
os.fsync(file); os.rename('.part', 'file'); os.fsync(folder); os.write(1, b'said\\n')
""", False),
    'syncfs': ("""
import ctypes
os.rename('.part', 'file'); ctypes.CDLL(None).syncfs(folder); os.write(1, b'said\\n')
""", False),
    'file_unsynced': ("""
os.rename('.part', 'file'); os.fsync(folder); os.write(1, b'said\\n')
""", True),
    'folder_unsynced': ("""
os.fsync(file); os.rename('.part', 'file'); os.write(1, b'said\\n')
""", True),
    'folder_synced_before': ("""
os.fsync(file); os.fsync(folder); os.rename('.part', 'file'); os.write(1, b'said\\n')
""", True),
    'said_before': ("""
os.fsync(file); os.rename('.part', 'file'); os.write(1, b'said\\n'); os.fsync(folder)
""", True),
    'written_after': ("""
os.fsync(file); os.pwrite(file, b'y' * 100, 1000); os.pwrite(file, b'x' * 100, 1000)
os.rename('.part', 'file'); os.fsync(folder); os.write(1, b'said\\n')
""", True),
}
DICE_EACH = 60


@unittest.skipIf(SANITIZED, 'the sanitizers do not go with preloaded libraries')
class Replayer(Case):
    def setUp(self):
        self.base = make_base()
        self.addCleanup(shutil.rmtree, self.base)
        self.folder = os.path.join(self.base, 'folder')
        self.log = os.path.join(self.base, 'log')
        self.chance = random.Random(SEED)
        os.mkdir(self.folder)

    def record(self, program):
        """Runs it within the folder; gives the entries, and the disk before them."""
        disk = replay.Disk({self.folder: None})
        run = run_with_shim([sys.executable, '-c',
                             f'import os\nos.chdir({self.folder!r})\n{program}'],
                            KEEL_SHIM_DOWNLOADS=self.folder, KEEL_SHIM_RECORD=self.log)
        self.assertEqual((run.returncode, run.stderr), (0, ''))
        return replay.read_log(self.log), disk

    def leaves(self, disk, dice):
        """{name: contents} that may be left."""
        return {os.path.basename(path): bytes(node.content)
                for path, node in disk.cut(dice).items() if isinstance(node, replay.File)}

    def all_dice(self, count=DICE_EACH):
        yield from replay.EXTREMES.values()
        for _ in range(count):
            yield replay.Chance(self.chance)

    @rows(PROGRAMS)
    def test_program(self, program, may_be_lost):
        entries, disk = self.record(WRITE_FILE + program)
        lost = 0
        for entry in [None, *entries]:
            if entry is not None:
                disk.apply(entry)
            for dice in self.all_dice() if disk.promises() else ():
                lost += self.leaves(disk, dice) != {'file': b'x' * 3000}
        self.assertEqual(disk.promises(), ['said'])
        self.assertEqual(lost > 0, may_be_lost)

    def test_names(self):
        """Of changes in a folder: all that can be, and nothing else."""
        entries, disk = self.record("""
for name in 'a', 'c', 'd':
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT))
    if name == 'a': os.rename('a', 'b')
os.fsync(os.open('.', os.O_RDONLY))
os.rename('b', 'e')
os.unlink('c')
os.close(os.open('b', os.O_WRONLY | os.O_CREAT))
os.link('d', 'f')
os.link('d', 'g')
os.unlink('f')
""")
        seen = set()
        for entry in entries:
            disk.apply(entry)
        for dice in self.all_dice(20_000):
            seen.add(''.join(sorted(self.leaves(disk, dice))))
        self.assertEqual(seen, {''.join(sorted(a + c + d)) for a, c, d in itertools.product(
            ['b', 'e', 'be'], ['', 'c'], ['d', 'df', 'dfg', 'dg'])})

    def test_sectors(self):
        """A write is torn at sectors, in place and behind the end, and not elsewhere."""
        entries, disk = self.record("""
file = os.open('a', os.O_RDWR | os.O_CREAT)
os.write(file, b'0' * 1500)
os.fsync(file)
os.fsync(os.open('.', os.O_RDONLY))
os.pwrite(file, b'1' * 1000, 700)
""")
        for entry in entries:
            disk.apply(entry)
        seen = {self.leaves(disk, dice)['a'] for dice in self.all_dice(2000)}
        whole = [(700, 1024), (1024, 1536), (1536, 1700)]
        possible = set()
        for arrived in itertools.product([False, True], repeat=3):
            content = bytearray(b'0' * 1500)
            for (begin, end), here in zip(whole, arrived):
                if here:
                    content.extend(bytes(max(begin - len(content), 0)))
                    content[begin:end] = b'1' * (end - begin)
            possible.add(bytes(content))
            possible.add(bytes(content.ljust(1700, b'\0')))
        self.assertEqual(seen, possible)

    def test_attributes(self):
        """fdatasync leaves them to chance, fsync does not."""
        for sync, kept in [('fdatasync', {False, True}), ('fsync', {True})]:
            for name in os.listdir(self.folder):
                os.unlink(os.path.join(self.folder, name))
            entries, disk = self.record(f"""
file = os.open('a', os.O_RDWR | os.O_CREAT, 0o600)
os.setxattr(file, 'user.colour', b'blue')
os.fchmod(file, 0o640)
os.{sync}(file)
os.fsync(os.open('.', os.O_RDONLY))
""")
            for entry in entries:
                disk.apply(entry)
            files = [disk.cut(dice)[os.path.join(self.folder, 'a')] for dice in self.all_dice()]
            self.assertEqual({file.xattrs == {'user.colour': b'blue'} for file in files}, kept)
            self.assertEqual({file.mode & 0o777 == 0o640 for file in files}, kept)

    def test_inodes(self):
        """A program that goes on sees the numbers that it has noted, and no other file has them."""
        entries, disk = self.record("""
for name in 'a', 'b':
    os.write(os.open(name, os.O_WRONLY | os.O_CREAT), name.encode())
print(os.stat('a').st_ino, os.stat('b').st_ino, os.stat('.').st_ino)
os.unlink('b')
""")
        known = []
        for entry in entries:
            disk.apply(entry)
            known = known or disk.promises()
        table = os.path.join(self.base, 'table')
        for name in ['other', 'others']:
            with open(os.path.join(self.base, name), 'w', encoding='utf-8') as file:
                file.write(name)
        with open(table, 'w', encoding='utf-8') as file:
            file.write(disk.write(disk.cut(replay.EXTREMES['everything'])))
        run = subprocess.run([sys.executable, '-c', """if True:
            import os
            with open('c', 'w') as file: print(os.fstat(file.fileno()).st_ino)
            print(os.stat('a').st_ino, os.lstat('a').st_ino, os.stat('.').st_ino)
            """], cwd=self.folder, capture_output=True, text=True, check=True,
            env={**os.environ, 'LD_PRELOAD': SHIM, 'KEEL_SHIM_INODES': table})
        a, b, here = known[0].split()
        new, again = run.stdout.splitlines()
        self.assertEqual(again.split(), [a, a, here])
        self.assertNotIn(new, [a, b, here])

    def test_gap(self):
        """A log in which something is missing is refused, and not replayed somehow."""
        entries, disk = self.record(WRITE_FILE)
        with self.assertRaises(replay.LogError):
            disk.apply(entries[1])
        with open(self.log, 'rb') as file:
            whole = file.read()
        with open(self.log, 'wb') as file:
            file.write(whole[:-1])
        with self.assertRaises(replay.LogError):
            replay.read_log(self.log)


# --- the product ----------------------------------------------------------------------------------

STRANGERS = {
    'bystander.txt': b'not ours',
    'small-1.bin': b'has the name that a task wants',
    '.0123456789abcdef.part': b'looks like ours',
}
# What came compressed is on disk as it came until the end.
PREFIXES = ['plain.bin', 'resumed.bin', 'segmented.bin', 'pieces.bin', 'small-0.bin', 'small-1.bin',
            'small-2.bin', 'changed.bin']
PART = re.compile(r'^\.[0-9a-f]{16}\.part$')
AFTER_CUT = 'after the cut'
BLOCK = 1 << 20
CANCELLED = 'cancelled.bin'
REMOVED = 'discarded.bin'
NUMBERED = re.compile(r'^(.*?) \(\d+\)(\.[^.]*)$')


def versions_of(name):
    if name not in _versions:
        wanted = NUMBERED.sub(r'\1\2', name)
        count = 2 if wanted == crashserver.CHANGED else 1
        _versions[name] = [crashserver.contents(wanted, number + 1) for number in range(count)] \
            if wanted in crashserver.ALL_FILES else []
    return _versions[name]


_versions = {}


def read_all(path):
    return (contents_of(path), {name: os.getxattr(path, name) for name in os.listxattr(path)},
            stat.S_IMODE(os.stat(path).st_mode))


class Recording:
    """One run of crash-run to its end, and the folders in which it is cut off again and again."""

    def __init__(self, base, url, lacks, folders=None, has_many=False):
        self.base = base
        self.url = url
        self.lacks = lacks
        self.has_many = has_many
        self.log = os.path.join(base, 'log')
        self.table = os.path.join(base, 'inodes')
        self.folders = folders or {name: None for name in (self.state, self.downloads)}
        self.entries = []
        self.kept = None

    @property
    def state(self):
        return os.path.join(self.base, 'state')

    @property
    def downloads(self):
        return os.path.join(self.base, 'downloads')

    def prepare(self):
        """The folders as they are before anything happens."""
        for folder in self.folders:
            os.makedirs(folder, exist_ok=True)
            replay.empty(folder)
        for name, content in STRANGERS.items():
            with open(os.path.join(self.downloads, name), 'wb') as file:
                file.write(content)

    def run(self, **variables):
        return run_with_shim([CRASH_RUN, '--state', self.state, '--downloads', self.downloads,
                              '--url', self.url] + (['--many'] if self.has_many else []),
                             KEEL_SHIM_SYNC_USEC='20000' if self.has_many else '0',
                             KEEL_SHIM_STATE=self.state,
                             KEEL_SHIM_DOWNLOADS=self.downloads, KEEL_SHIM_LACKS=self.lacks,
                             **variables)

    def make(self):
        self.prepare()
        run = self.run(KEEL_SHIM_RECORD=self.log)
        if run.returncode != 0:
            raise AssertionError(f'crash-run: {run.returncode}\n{run.stderr}')
        self.folders = {path: os.stat(path).st_ino for path in self.folders}
        self.after = {os.path.join(above, name): read_all(os.path.join(above, name))
                      for folder in self.folders for above, _, names in os.walk(folder)
                      for name in names}
        self.read()

    def read(self):
        self.entries = replay.read_log(self.log)

    def disk(self, moment):
        """The disk when so many entries have happened. It begins as in prepare()."""
        self.prepare()
        disk = replay.Disk(self.folders)
        for entry in self.entries[:moment]:
            disk.apply(entry)
        return disk

    def keep(self):
        """A copy for whoever wants to look."""
        if self.kept is not None:
            return
        self.kept = tempfile.mkdtemp(prefix='keel-power-failed-')
        shutil.copy(self.log, self.kept)
        with open(os.path.join(self.kept, 'recording.json'), 'w', encoding='utf-8') as file:
            json.dump({'base': self.base, 'url': self.url, 'lacks': self.lacks,
                       'folders': self.folders, 'has_many': self.has_many}, file)


class Cut:
    """The power goes at a moment of a recording, and comes back."""

    def __init__(self, recording, moment, dice):
        self.recording = recording
        self.moment = moment
        self.dice = dice
        self.wrong = []
        self.durable = {}    # these two: id -> bytes, as recorded at the cut; at most in the end
        self.refetched = {}

    def complain(self, what):
        self.wrong.append(what)

    def run(self):
        recording = self.recording
        disk = recording.disk(self.moment)
        dice = replay.EXTREMES.get(self.dice) or replay.Chance(random.Random(int(self.dice)))
        table = disk.write(disk.cut(dice))
        with open(recording.table, 'w', encoding='utf-8') as file:
            file.write(table)
        self.read_promises(disk.promises())
        self.look_at_names(AFTER_CUT)
        self.look_at_database()
        found = {name: self.identify(name) for name in os.listdir(recording.downloads)}
        tasks = self.recover()
        if tasks is not None:
            self.look_at_names('in the end')
            self.look_at_tasks(tasks, found)
            self.look_at_folders(tasks)
        return self

    def read_promises(self, lines):
        self.accepted = {}     # id -> name
        self.ended = {}        # id -> state
        self.removed = set()
        self.checkpoints = {}  # id -> durable bytes
        for line in lines:
            verb, number, *rest = (line + '  ').split(' ')
            if verb == 'accepted':
                self.accepted[int(number)] = rest[0]
            elif verb == 'ended':
                self.ended[int(number)] = rest[0]
            elif verb in ('cancelling', 'removing'):
                self.checkpoints.pop(int(number), None)
            elif verb == 'removed':
                self.removed.add(int(number))
            elif verb == 'checkpoint':
                self.checkpoints[int(number)] = int(rest[0])

    def path(self, name):
        return os.path.join(self.recording.downloads, name)

    def identify(self, name):
        """Changes when the file does; None when there is none."""
        if not os.path.exists(self.path(name)):
            return None
        info = os.lstat(self.path(name))
        return info.st_ino, info.st_mtime_ns, info.st_size

    def look_at_names(self, when):
        """Under a name that is no part file's there is a whole file. Strangers are as they were."""
        has_placeholders = self.recording.lacks == PLACEHOLDERS and when == AFTER_CUT
        names = os.listdir(self.recording.downloads)
        for name, content in STRANGERS.items():
            if name not in names or contents_of(self.path(name)) != content:
                self.complain(f'{when}: {name}, which is not ours, is another')
        for name in set(names) - STRANGERS.keys():
            content = contents_of(self.path(name))
            if not PART.match(name) and content not in versions_of(name) and \
                    not (has_placeholders and content == b''):
                self.complain(f'{when}: {name} is not whole')

    def look_at_database(self):
        """Nothing is recorded as durable that is not there. A copy is read: the WAL stays torn."""
        copy = os.path.join(self.recording.base, 'copy')
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.recording.state, copy)
        path = os.path.join(copy, 'transfers.db')
        if not os.path.exists(path):
            if self.accepted:
                self.complain('there is no database')
            return
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.row_factory = sqlite3.Row
            try:
                has_tasks = database.execute(
                    "SELECT 1 FROM sqlite_schema WHERE name = 'tasks'").fetchone()
                tasks = database.execute('SELECT * FROM tasks').fetchall() if has_tasks else []
                word = database.execute('PRAGMA quick_check (1)').fetchone()[0]
            except sqlite3.DatabaseError as error:
                tasks = []
                word = str(error)
        if word != 'ok':
            self.complain(f'the database is damaged: {word}')
        for task in tasks:
            self.look_at_row(task)
        for number in self.removed & self.durable.keys():
            self.complain(f'task {number} was removed and is there')
        for number, promised in self.checkpoints.items():
            recorded = self.durable.get(number, promised)
            if recorded < promised:
                self.complain(f'task {number}: {promised} bytes were said to be durable,'
                              f' {recorded} are recorded')

    def look_at_row(self, task):
        """What is recorded is there, in one of the part files, or under the final name."""
        name = os.path.basename(task['uri'])
        versions = versions_of(name) if name in PREFIXES else []
        self.durable[task['id']] = max(sum(to - start for start, to in ranges_of(task)),
                                       task['aside_durable'])
        self.refetched[task['id']] = task['refetched_bytes']
        if task['part_name'] is None or not versions:
            return
        for leaf, ranges in [(task['part_name'], ranges_of(task)),
                             (task['spare_name'], [(0, task['aside_durable'])])]:
            durable = ranges[-1][1]
            path = self.path(os.fsdecode(leaf))
            if leaf == task['part_name'] and not os.path.exists(path) and task['name']:
                path = self.path(os.fsdecode(task['name']))
            content = contents_of(path) if os.path.exists(path) else b''
            # After a cut only what has a hash is believed: whole blocks.
            self.refetched[task['id']] += max(len(content) - durable // BLOCK * BLOCK, 0)
            if len(content) < durable or not any(
                    all(content[start:to] == version[start:to] for start, to in ranges)
                    for version in versions):
                self.complain(f'task {task["id"]}, {name}: {ranges} are recorded as durable,'
                              f' and not in {os.path.basename(path)}')

    def recover(self):
        try:
            run = self.recording.run(KEEL_SHIM_INODES=self.recording.table)
        except subprocess.TimeoutExpired:
            self.complain('the recovery hangs')
            return None
        if run.returncode != 0:
            self.complain(f'the recovery says {run.returncode} {run.stderr.strip()}')
        lines = run.stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith('{')]

    def look_at_tasks(self, tasks, found):
        there = {task['id']: task for task in tasks}
        for number, name in self.accepted.items():
            if number not in there and name != REMOVED:
                self.complain(f'task {number}, {name}, was accepted and is lost')
        for task in tasks:
            self.look_at_task(task)
        for number, state in self.ended.items():
            task = there.get(number)
            if task is not None and task['state'] != state:
                self.complain(f'ended as {state}, and now: {task}')
            if task is not None and state == 'finished':
                name = os.path.basename(task['path'])
                if name not in found or found[name] != self.identify(name):
                    self.complain(f'task {number}: {name} was finished, and is lost or new')

    def look_at_task(self, task):
        state = 'cancelled' if task['name'] == CANCELLED else 'finished'
        if task['state'] != state:
            self.complain(f'in the end not {state}: {task}')
        allowed = self.refetched.get(task['id'], 0) + MOST_SEAMS
        if task['refetched_bytes'] > allowed and task['name'] in PREFIXES and \
                task['name'] != crashserver.CHANGED:
            self.complain(f'task {task["id"]}, {task["name"]}: {task["refetched_bytes"]} bytes were'
                          f' fetched again, of {allowed} that may')

    def look_at_folders(self, tasks):
        wanted = {os.path.basename(task['path']) for task in tasks if task['state'] == 'finished'}
        left = set(os.listdir(self.recording.downloads)) - STRANGERS.keys()
        if left != wanted:
            self.complain(f'in the folder is {sorted(left)}, and should be {sorted(wanted)}')
        names = {NUMBERED.sub(r'\1\2', name) for name in wanted}
        every = crashserver.MANY_FILES if self.recording.has_many else crashserver.FILES
        if missing := every.keys() - names - {CANCELLED, REMOVED}:
            self.complain(f'never arrived: {sorted(missing)}')
        for name in os.listdir(self.recording.state):
            if 'damaged' in name:
                self.complain(f'the database was set aside: {name}')

    def tell(self):
        recording = self.recording
        entry = recording.entries[self.moment - 1] if self.moment else 'the beginning'
        print(f'# {self.dice} arrived of what was unsynced after {self.moment}, {entry}\n'
              f'#   KEEL_POWER_REPEAT={recording.kept}:{self.moment}:{self.dice}', flush=True)
        for what in self.wrong:
            print(f'#   {what}', flush=True)


class Cuts(Case):
    """For those below: what is the same for one state and for many."""

    def try_all(self, recording, choices):
        """One after the other: all of them in the same folders."""
        return [Cut(recording, moment, dice).run() for moment, dice in choices]

    def check(self, recordings, choices):
        """Each recording has its own list of (moment, dice)."""
        with ThreadPoolExecutor(len(recordings)) as pool:
            cuts = [cut for done in pool.map(self.try_all, recordings, choices) for cut in done]
        for recording in {cut.recording for cut in cuts if cut.wrong}:
            recording.keep()
        return cuts

    def judge(self, cuts):
        bad = [cut for cut in cuts if cut.wrong]
        print(f'# {self.id()}: {len(cuts)} states, {len(bad)} bad', flush=True)
        for cut in bad[:MOST_TOLD]:
            cut.tell()
        self.assertEqual(len(bad), 0)


@unittest.skipIf(SANITIZED, 'the sanitizers do not go with preloaded libraries')
@unittest.skipIf(REPEAT, 'KEEL_POWER_REPEAT')
class PowerCut(Cuts):
    @classmethod
    def setUpClass(cls):
        print(f'# KEEL_CRASH_SEED={SEED}', flush=True)
        cls.chance = random.Random(SEED)
        server = processes.start([sys.executable, SERVER], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(processes.end, server)
        cls.addClassCleanup(server.stdout.close)
        cls.port = int(server.stdout.readline())
        cls.bases = [make_base() for _ in range(RECORDINGS)]
        cls.lacks = itertools.cycle(LACKS)
        cls.runs = itertools.count()

    def record(self, **options):
        recordings = [Recording(base, f'http://127.0.0.1:{self.port}/{next(self.runs)}',
                                next(self.lacks), **options) for base in self.bases]
        with ThreadPoolExecutor(RECORDINGS) as pool:
            list(pool.map(Recording.make, recordings))
        return recordings

    def try_rounds(self, dice_of, **options):
        cuts = []
        for _ in range(ROUNDS):
            recordings = self.record(**options)
            cuts += self.check(recordings, [
                [(moment, dice)
                 for moment in replay.choose_moments(recording.entries, self.chance, MOMENTS)
                 for dice in dice_of()]
                for recording in recordings])
        self.judge(cuts)

    def test_recording(self):
        """The log tells everything: if all of it arrived, the folders are as they were."""
        for recording in self.record():
            disk = recording.disk(len(recording.entries))
            state = disk.cut(replay.EXTREMES['everything'])
            there = {path: (node.content, node.xattrs, stat.S_IMODE(node.mode))
                     for path, node in state.items() if isinstance(node, replay.File)}
            self.assertEqual(recording.after.keys(), there.keys())
            for path, before in recording.after.items():
                self.assertTrue(before == there[path], path)
            self.assertEqual(disk.said.count(' finished\n'), 9)

    @rows({name: (name,) for name in replay.EXTREMES})
    def test_extreme(self, dice):
        self.try_rounds(lambda: [dice])

    def test_dice(self):
        self.try_rounds(lambda: [str(self.chance.randrange(10**9)) for _ in range(DICE_A_MOMENT)])

    def test_groups(self):
        """So many files, and so slow a disk, that they are synced together."""
        for recording in self.record(has_many=True):
            self.assertTrue(any(entry.operation == replay.SYNCFS for entry in recording.entries))
        self.try_rounds(lambda: ['nothing', 'names', str(self.chance.randrange(10**9))],
                        has_many=True)


class ServerAgain(crashserver.Server):
    """At the address that is in the recorded database."""

    def __init__(self, port):
        super().__init__()
        self._listener.close()
        self._listener = socket.create_server(('127.0.0.1', port), backlog=256)


@unittest.skipUnless(REPEAT, 'for KEEL_POWER_REPEAT')
class Repeat(Cuts):
    @classmethod
    def setUpClass(cls):
        kept, cls.moment, cls.dice = REPEAT.rsplit(':', 2)
        with open(os.path.join(kept, 'recording.json'), encoding='utf-8') as file:
            recording = Recording(**json.load(file))
        os.mkdir(recording.base)
        cls.addClassCleanup(shutil.rmtree, recording.base)
        recording.kept = kept
        recording.log = os.path.join(kept, 'log')
        recording.read()
        server = ServerAgain(urllib.parse.urlsplit(recording.url).port)
        threading.Thread(target=server.serve, daemon=True).start()
        cls.recording = recording

    def test_repeat(self):
        self.judge(self.check([self.recording], [[(int(self.moment), self.dice)]]))


if __name__ == '__main__':
    main()
