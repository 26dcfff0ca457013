# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be left on a disk after a power cut, made from a log of what a program did.

shim-record.c writes the log, and specifies it. A Disk follows it, call by call, and knows of each
file and each folder what is certain to be there and what is only on its way. cut() then decides
what of the latter has arrived, as pessimistically as a journaling file system is allowed to be:

  contents    What was written before the last fsync, fdatasync or syncfs of the file is there. Each
              later write or change of the size arrives by itself, or not, or torn between sectors;
              or only its size arrives, and zeros with it.
  names       What was made, renamed or removed in a folder before its last fsync is there. Of the
              later changes the first n arrive; or any of them, but none without those that touched
              the same name or the same file before: a journal keeps the count of links right. A
              rename is either done or not. Syncing a file does not sync its name, whatever some
              file systems do beyond POSIX.
  attributes  Modes and extended attributes before the last fsync (not fdatasync) are there; each
              later change arrives or not.

Nothing is synced by accident: a file that is renamed before its bytes are synced may be empty under
its new name. What SQLite keeps in memory for its readers (-shm) is never there.

A state is written over the folders that were recorded, because programs note paths. They also note
inode numbers, and files that are written anew have other ones: table() is for KEEL_SHIM_INODES,
which shows the program the numbers that it knows.
"""

import mmap
import os
import shutil
import stat
import struct
from typing import NamedTuple

MAGIC = b'KEELREC1'
HEADER = struct.Struct('<BB2xiIIIIQQqQ')
SECTOR = 512
RENAME_EXCHANGE = 2
FALLOC_FL_KEEP_SIZE = 1

# ShimOperation of shim.h, and MARK of shim-record.c.
(OPEN, WRITE, FSYNC, FDATASYNC, SYNCFS, TRUNCATE, FALLOCATE, RENAME, LINK, UNLINK, MKDIR, SETXATTR,
 REMOVEXATTR, CHMOD) = range(14)
MARK = 255
NAMES = ('open write fsync fdatasync syncfs truncate fallocate rename link unlink mkdir setxattr '
         'removexattr chmod').split()


class LogError(Exception):
    """The log does not fit to what it says was there before: something was not recorded."""


class Entry(NamedTuple):
    operation: int
    kind: int = 0
    flags: int = 0
    mode: int = 0o100600
    device: int = 0
    inode: int = 0
    offset: int = 0
    length: int = 0
    path: str = ''
    new_path: str = ''
    data: bytes = b''

    def __str__(self):
        if self.operation == MARK:
            return f'mark {bytes(self.data)!r}'
        words = [NAMES[self.operation], self.path or f'inode {self.inode}']
        words += [self.new_path] if self.new_path else []
        words += [f'{self.offset}+{self.length}'] if self.length else []
        return ' '.join(words)


def read_log(path):
    """The entries of a log. Their bytes are views into it."""
    with open(path, 'rb') as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise LogError(f'{path} is empty')
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if whole[:8] != MAGIC:
        raise LogError(f'{path} is no log')
    entries = []
    at = 8
    while at < len(whole):
        (operation, kind, flags, mode, path_length, new_length, data_length, device, inode, offset,
         length) = HEADER.unpack_from(whole, at)
        at += HEADER.size
        parts = []
        for size in (path_length, new_length, data_length):
            parts.append(whole[at:at + size])
            at += size
        entries.append(Entry(operation, kind, flags, mode, device, inode, offset, length,
                             os.fsdecode(bytes(parts[0])), os.fsdecode(bytes(parts[1])), parts[2]))
    if at != len(whole):
        raise LogError(f'{path} ends within an entry')
    return entries


# --- what decides ---------------------------------------------------------------------------------

class Fixed:
    """One extreme: of contents and attributes, of names, and of sizes, all or nothing arrives."""

    def __init__(self, data, names, sizes=False):
        self.data = data
        self.names = names
        self.sizes = sizes

    def keeps(self):
        return self.data

    def sectors(self, count):
        return [self.data] * count

    def grows(self):
        return self.sizes

    def changes(self, count):
        """Which of so many changes of names arrive."""
        return [self.names] * count


class Chance:
    """Everything by the dice, which may be loaded."""

    def __init__(self, random):
        self._random = random
        self._share = random.choice([0.1, 0.5, 0.9])
        self._in_order = random.random() < 0.5

    def keeps(self):
        return self._random.random() < self._share

    def sectors(self, count):
        """All, none, the first, the last, or any of the sectors of a write."""
        how = self._random.random()
        if how < 0.7:
            return [self.keeps()] * count
        if how < 0.9:
            at = self._random.randint(0, count)
            first = self._random.random() < 0.5
            return [(number < at) == first for number in range(count)]
        return [self.keeps() for number in range(count)]

    def grows(self):
        return self._random.random() < 0.3

    def changes(self, count):
        if self._in_order:
            most = self._random.randint(0, count)
            return [number < most for number in range(count)]
        return [self.keeps() for number in range(count)]


EXTREMES = {
    'nothing': Fixed(False, False),
    'everything': Fixed(True, True),
    'names': Fixed(False, True),
    'sizes': Fixed(False, True, True),
    'contents': Fixed(True, False),
}


# --- files and folders ----------------------------------------------------------------------------

def _put(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


def _resize(content, size):
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


class File:
    def __init__(self, inode, mode):
        self.inode = inode
        self.mode = mode
        self.content = bytearray()  # these three: certain
        self.xattrs = {}
        self._changes = []          # (offset, bytes), or a size: of content, since it was synced
        self._attributes = []       # (name, bytes or None); a mode has the name ''
        self._size = 0

    def write(self, offset, data):
        self._changes.append((offset, data))
        self._size = max(self._size, offset + len(data))

    def resize(self, size):
        if size != self._size:
            self._changes.append(size)
            self._size = size

    def grow(self, size):
        self.resize(max(self._size, size))

    def set_attribute(self, name, value):
        self._attributes.append((name, value))

    def sync_data(self):
        for change in self._changes:
            if isinstance(change, int):
                _resize(self.content, change)
            else:
                _put(self.content, *change)
        self._changes = []

    def sync(self):
        self.sync_data()
        for name, value in self._attributes:
            self._set(name, value)
        self._attributes = []

    def _set(self, name, value):
        if name == '':
            self.mode = value
        elif value is None:
            self.xattrs.pop(name, None)
        else:
            self.xattrs[name] = value

    def cut(self, dice):
        """A file as it may be after the cut."""
        left = File(self.inode, self.mode)
        left.content = bytearray(self.content)
        left.xattrs = dict(self.xattrs)
        longest = len(left.content)
        for change in self._changes:
            if isinstance(change, int):
                if dice.keeps():
                    _resize(left.content, change)
                    longest = change
            else:
                longest = max(longest, change[0] + len(change[1]))
                left._tear(dice, *change)
        if longest > len(left.content) and dice.grows():
            _resize(left.content, longest)
        for name, value in self._attributes:
            if dice.keeps():
                left._set(name, value)
        return left

    def _tear(self, dice, offset, data):
        first = offset // SECTOR
        count = (offset + len(data) - 1) // SECTOR - first + 1 if len(data) else 0
        arrived = dice.sectors(count)
        if all(arrived):
            _put(self.content, offset, data)
            return
        for number, here in enumerate(arrived):
            if here:
                begin = max((first + number) * SECTOR - offset, 0)
                end = (first + number + 1) * SECTOR - offset
                _put(self.content, offset + begin, data[begin:end])


class Folder:
    def __init__(self, inode, mode):
        self.inode = inode
        self.mode = mode
        self.now = {}       # as the program sees it
        self.certain = {}
        self._changes = []  # ({name: node or None}, nodes that must be gone)

    def change(self, names, after=()):
        """One change that happens as a whole: None is a name that goes."""
        self._changes.append((names, after))
        for name, node in names.items():
            if node is None:
                del self.now[name]
            else:
                self.now[name] = node

    def sync_data(self):
        self.certain = dict(self.now)
        self._changes = []

    def sync(self):
        self.sync_data()

    def cut(self, dice):
        """{name: node} as it may be after the cut."""
        left = dict(self.certain)
        arrived = self._close(dice.changes(len(self._changes)))
        for (names, _), here in zip(self._changes, arrived):
            for name, node in names.items() if here else ():
                if node is None:
                    left.pop(name, None)
                else:
                    left[name] = node
        return left

    def _close(self, arrived):
        """With a change came those before it that touched the same name, file or inode number."""
        arrived = list(arrived)
        names = set()
        nodes = set()
        for number in reversed(range(len(arrived))):
            own_names, own_nodes = self._touched(number)
            if arrived[number] or names & own_names or nodes & own_nodes:
                arrived[number] = True
                names |= own_names
                nodes |= own_nodes
        return arrived

    def _touched(self, number):
        names, after = self._changes[number]
        before = dict(self.certain)
        for earlier, _ in self._changes[:number]:
            before.update(earlier)
        nodes = [*names.values(), *after, *(before.get(name) for name in names)]
        return set(names), {id(node) for node in nodes if node is not None}


# --- the disk -------------------------------------------------------------------------------------

class Disk:
    """Some folders, and what a log does to them. What is in them at the beginning is certain.

    @folders: {path: inode when the log was written}; None, it is the one that it has now.
    """

    def __init__(self, folders):
        self.roots = {}
        self.said = ''
        self._nodes = {}       # inode -> node, of what has that number now
        self._roots_of = {}    # id of a node -> path of its root
        self._seen = set()     # all inodes that there ever were
        self._parents = {}
        for path, inode in folders.items():
            self.roots[path] = self._read(path, path)
            if inode is not None:
                self.roots[path].inode = inode
                self._know(self.roots[path], path)
        devices = {os.stat(path).st_dev for path in folders}
        if len(devices) > 1:
            raise LogError('the folders are on several file systems')
        self.device = devices.pop()

    def _read(self, path, root):
        info = os.lstat(path)
        if stat.S_ISDIR(info.st_mode):
            node = Folder(info.st_ino, info.st_mode)
            self._parents[path] = node
            for name in os.listdir(path):
                if not name.endswith('-shm'):
                    node.now[name] = self._read(os.path.join(path, name), root)
        else:
            node = File(info.st_ino, info.st_mode)
            with open(path, 'rb') as file:
                node.write(0, file.read())
            for name in os.listxattr(path):
                node.set_attribute(name, os.getxattr(path, name))
        node.sync()
        self._know(node, root)
        return node

    def _know(self, node, root):
        self._nodes[node.inode] = node
        self._roots_of[id(node)] = root
        self._seen.add(node.inode)

    def promises(self):
        """The lines that the program has said so far."""
        return self.said[:self.said.rfind('\n') + 1].splitlines()

    def _find(self, entry):
        node = self._nodes.get(entry.inode)
        if node is None:
            raise LogError(f'never made: {entry}')
        return node

    def _split(self, path):
        folder, name = os.path.split(path)
        if folder not in self._parents:
            raise LogError(f'not a folder that is watched: {path}')
        return self._parents[folder], name

    def _root(self, path):
        return next(root for root in self.roots if path.startswith(root + '/'))

    def apply(self, entry):
        if entry.operation == MARK:
            self.said += bytes(entry.data).decode()
        elif not entry.path.endswith('-shm'):
            getattr(self, '_' + NAMES[entry.operation])(entry)

    def _make(self, entry, node):
        """A new node with a name; the number may be one that was used before."""
        folder, name = self._split(entry.path)
        before = self._nodes.get(node.inode)
        folder.change({name: node}, (before,) if before is not None else ())
        self._know(node, self._root(entry.path))

    def _open(self, entry):
        folder, name = self._split(entry.path)
        node = folder.now.get(name)
        if node is None:
            self._make(entry, File(entry.inode, entry.mode))
        elif node.inode != entry.inode:
            raise LogError(f'another file is there: {entry}')
        elif entry.flags & os.O_TRUNC:
            node.resize(0)

    def _mkdir(self, entry):
        node = Folder(entry.inode, entry.mode)
        self._make(entry, node)
        self._parents[entry.path] = node

    def _write(self, entry):
        self._find(entry).write(entry.offset, entry.data)

    def _truncate(self, entry):
        self._find(entry).resize(entry.length)

    def _fallocate(self, entry):
        if not entry.flags & FALLOC_FL_KEEP_SIZE:
            self._find(entry).grow(entry.offset + entry.length)

    def _fsync(self, entry):
        self._find(entry).sync()

    def _fdatasync(self, entry):
        self._find(entry).sync_data()

    def _syncfs(self, entry):
        """Folders may be on file systems of their own: each root is taken for one."""
        root = self._roots_of[id(self._find(entry))]
        for node in self._nodes.values():
            if self._roots_of[id(node)] == root:
                node.sync()

    def _rename(self, entry):
        folder, old = self._split(entry.path)
        to, new = self._split(entry.new_path)
        if to is not folder:
            raise LogError(f'from one folder into another: {entry}')
        if old not in folder.now:
            raise LogError(f'nothing is there: {entry}')
        if entry.flags & RENAME_EXCHANGE:
            folder.change({old: folder.now[new], new: folder.now[old]})
        else:
            folder.change({old: None, new: folder.now[old]})

    def _link(self, entry):
        folder, old = self._split(entry.path)
        to, new = self._split(entry.new_path)
        to.change({new: folder.now[old]})

    def _unlink(self, entry):
        folder, name = self._split(entry.path)
        if name not in folder.now:
            raise LogError(f'nothing is there: {entry}')
        folder.change({name: None})

    def _setxattr(self, entry):
        self._find(entry).set_attribute(entry.new_path, bytes(entry.data))

    def _removexattr(self, entry):
        self._find(entry).set_attribute(entry.new_path, None)

    def _chmod(self, entry):
        node = self._find(entry)
        if isinstance(node, File):
            node.set_attribute('', entry.mode)

    def cut(self, dice):
        """{path: node} of all that may be there after a cut; of folders, too."""
        state = {}
        files = {}

        def walk(path, folder):
            state[path] = folder
            for name, node in folder.cut(dice).items():
                below = os.path.join(path, name)
                if isinstance(node, Folder):
                    walk(below, node)
                else:
                    # With two names it is still one file.
                    if id(node) not in files:
                        files[id(node)] = node.cut(dice)
                    state[below] = files[id(node)]

        for path, folder in self.roots.items():
            walk(path, folder)
        return state

    def write(self, state):
        """Makes the folders what @state says, and nothing else; gives the table of inodes."""
        written = {}
        shown = {}
        for path in self.roots:
            empty(path)
        for path, node in state.items():
            if isinstance(node, Folder):
                if path not in self.roots:
                    os.mkdir(path, stat.S_IMODE(node.mode))
            elif id(node) in written:
                os.link(written[id(node)], path)
            else:
                written[id(node)] = path
                _write_file(path, node)
            shown[os.lstat(path).st_ino] = node.inode
        # A new file must not by chance get a number that some database takes for another's.
        gone = self._seen - set(shown.values())
        lines = [f'{real} {known}\n' for real, known in shown.items()]
        return ''.join([f'device {self.device}\n', *lines, *(f'0 {number}\n' for number in gone)])


def empty(folder):
    """Removes what is in it, but not the folder itself: its inode is known."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def _write_file(path, node):
    with open(path, 'xb') as file:
        file.write(node.content)
        for name, value in node.xattrs.items():
            os.setxattr(file.fileno(), name, value)
        os.fchmod(file.fileno(), stat.S_IMODE(node.mode))


# --- moments --------------------------------------------------------------------------------------

def choose_moments(entries, random, count):
    """So many moments: how many of the entries have happened.

    Where something was just promised or made certain, or is about to, more can go wrong than in the
    midst of a body; most of all while names in some folder are still uncertain.
    """
    weights = [1] * (len(entries) + 1)
    uncertain = set()
    for number, entry in enumerate(entries):
        if entry.operation in (WRITE, SETXATTR, CHMOD):
            continue
        weights[number] += 3
        weights[number + 1] += 6
        if entry.operation in (OPEN, RENAME, LINK, UNLINK):
            uncertain.add(os.path.dirname(entry.path))
        elif entry.path in uncertain:
            uncertain.remove(entry.path)
        elif uncertain:
            weights[number + 1] += 12
    return sorted(random.choices(range(len(entries) + 1), weights, k=count))
