#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody did to the part files of paused tasks: taken away, cut, made longer, written into,
replaced by another file, a link, a folder or a pipe. Each task still ends with its file byte-exact,
and what is not the service's is neither written to nor removed.
"""

import os
import shutil
import signal
import stat

from keeltest import Case, House, Nginx, contents_of, main, rows, wait_until

MIB = 1 << 20
SIZE = 16 * MIB + 321
# So they are on their way for long enough to be paused there.
RATE = MIB
FOREIGN = 'foreign'


def take_away(part):
    os.unlink(part)


def move_away(part):
    os.rename(part, os.path.join(os.path.dirname(part), FOREIGN))


def empty(part):
    os.truncate(part, 0)


def shorten(part):
    os.truncate(part, os.path.getsize(part) // 2)


def lengthen(part):
    with open(part, 'ab') as file:
        file.write(b'x' * (SIZE + MIB))


def alter(part):
    with open(part, 'r+b') as file:
        file.seek(MIB // 2)
        file.write(b'altered')


def make_hole(part):
    contents = contents_of(part)
    with open(part, 'r+b') as file:
        file.truncate(0)
        file.seek(MIB)
        file.write(contents[MIB:])


def replace(part):
    size = os.path.getsize(part)
    with open(part + '.new', 'wb') as file:
        file.write(b'y' * size)
    os.rename(part + '.new', part)


def link_to(part):
    """Its name is a symbolic link to a file of somebody else."""
    foreign = os.path.join(os.path.dirname(part), FOREIGN)
    os.rename(part, foreign)
    os.symlink(foreign, part)


def link_too(part):
    """Somebody else has it too."""
    os.link(part, os.path.join(os.path.dirname(part), FOREIGN))


def make_folder(part):
    os.unlink(part)
    os.mkdir(part)


def make_pipe(part):
    os.unlink(part)
    os.mkfifo(part)


# What is done, and whether something that is not ours is then under the name.
TAMPERINGS = {
    take_away: False, move_away: False, empty: False, shorten: False, lengthen: False,
    alter: False, make_hole: False, replace: True, link_to: True, link_too: True,
    make_folder: True, make_pipe: True,
}


def picture(path):
    """What must not change: kind, inode, bytes."""
    info = os.lstat(path)
    contents = contents_of(path) if stat.S_ISREG(info.st_mode) else None
    return stat.S_IFMT(info.st_mode), info.st_ino, contents


class Tampered(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)
        self.nginx.make('t.bin', SIZE)

    def folder(self, tamper):
        return os.path.join(self.house.downloads, tamper.__name__)

    def part(self, tamper):
        name, = os.listdir(self.folder(tamper))
        return os.path.join(self.folder(tamper), name)

    def begin(self):
        """Each task has something on disk, and is paused."""
        self.ids = {}
        for tamper in TAMPERINGS:
            os.mkdir(self.folder(tamper))
            self.ids[tamper] = self.house.add(self.nginx.url('t.bin', f'rate/{RATE}'),
                                              '--dir', self.folder(tamper), '--connections', '1')
        waiting = set(self.ids.values())

        def all_paused():
            ready = {task['id'] for task in self.house.tasks() if task['durable'] > MIB}
            if ready & waiting:
                self.house.keel('pause', *ready & waiting)
                waiting.difference_update(ready)
            return not waiting
        wait_until('each task has something', all_paused, 120, interval=0.1)
        self.nginx.hurry()

    def nothing(self):
        pass

    def crash(self):
        self.house.signal_service(signal.SIGKILL)

    def leave(self):
        self.house.keel('quit')
        self.house.wait_service_gone()

    @rows({'while_it_lives': (nothing,), 'after_a_crash': (crash,), 'after_it_left': (leave,)})
    def test_part_files(self, end):
        self.begin()
        end(self)
        foreign = {}
        for tamper, is_foreign in TAMPERINGS.items():
            part = self.part(tamper)
            tamper(part)
            for name in os.listdir(self.folder(tamper)):
                path = os.path.join(self.folder(tamper), name)
                if is_foreign or name == FOREIGN:
                    foreign[path] = picture(path)
        self.house.keel('resume', *self.ids.values())
        for tamper, number in self.ids.items():
            with self.subTest(tamper.__name__):
                self.check(tamper, number, foreign)

    def check(self, tamper, number, foreign):
        task = self.house.wait_task(number, 'finished', 60)
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('t.bin')))
        own = {path: seen for path, seen in foreign.items()
               if os.path.dirname(path) == self.folder(tamper)}
        self.assertEqual({path: picture(path) for path in own}, own)
        self.assertEqual({os.path.join(self.folder(tamper), name)
                          for name in os.listdir(self.folder(tamper))}, {*own, task['file']})
        self.assertNotIn(os.lstat(task['file']).st_ino, [seen[1] for seen in own.values()])
        shutil.rmtree(self.folder(tamper))


if __name__ == '__main__':
    main()
