# SPDX-License-Identifier: GPL-3.0-or-later
"""What a downloader can fall into, as data, and what it means to have fallen.

A trap is a behaviour of tests/server. In the first table the download is cut after half of version
1, and is then tried again, with version 2 on the server where the trap says so; in the second the
only answer ends too early; in the third the server wants the file to have a hostile name.
"""

import os

NAME = 'x.bin'
SIZE = 1_000_000
AFTER = 400_000

# An absolute name, where nothing must appear.
OUTSIDE = '/tmp/keel-evil'

EXACT = 'exact'
KEPT = 'error, kept'
LOST = 'error, lost'
SPOILT = 'error, spoilt'
HANGS = 'hangs'
WRONG = 'WRONG'
ESCAPED = 'ESCAPED'
CRASHED = 'CRASHED'
HIDDEN = 'hidden'
UNCLEAN = 'unclean'
CLEAN = 'clean'
REFUSED = 'refused'

RESUME_GOOD = {EXACT, KEPT}
CUT_GOOD = {EXACT, KEPT, LOST, SPOILT, HANGS}
NAME_GOOD = {HIDDEN, UNCLEAN, CLEAN, REFUSED, HANGS}


class Trap:
    """tls: over TLS; version: what the server has after the cut; size: of that."""

    def __init__(self, title, behaviour, version=1, size=SIZE, tls=False, **options):
        self.title = title
        self.behaviour = behaviour
        self.version = version
        self.size = size
        self.tls = tls
        self.options = options

    def url(self, server):
        return server.url(self.behaviour, NAME, **{'size': SIZE, 'after': AFTER, **self.options})


RESUME = [
    Trap('200, new version', 'short', version=2),
    Trap('206 in spite of If-Range, new tag', 'lying-206', version=2),
    Trap('206 of the new version, no tag', 'no-tag', version=2),
    Trap('206 of the new version, old tag', 'same-tag', version=2),
    Trap('206, bytes are shifted', 'shifted'),
    Trap('206, another total', 'other-total'),
    Trap('416, smaller total', 'shrinks', version=2, size=1000, now=1000),
    Trap('416, no total', 'unsatisfiable'),
    Trap('206 of a compressed copy', 'zipped-on-resume'),
    Trap('200, page of a hotel', 'html-flip'),
    Trap('206, multipart', 'multipart'),
    Trap('206, Content-Range is no range', 'content-range', **{'as': b'bytes some-more/all'}),
]

CUTS = [
    Trap('length, FIN', 'short'),
    Trap('length, RST', 'reset'),
    Trap('length, TLS, no close_notify', 'dropped', tls=True),
    Trap('chunks, last one missing', 'chunked-short'),
    Trap('chunks, within one', 'chunk-cut'),
    Trap('chunks, size is garbage', 'chunk-size', **{'as': b'zz'}),
    Trap('chunks, TLS, no close_notify', 'chunked-dropped', tls=True),
    Trap('no length, RST', 'close-delimited-reset'),
    Trap('no length, TLS, no close_notify', 'close-delimited-dropped', tls=True),
    Trap('gzip, cut in the middle', 'zipped-cut'),
]


def _said(title, name):
    """The server says this name in Content-Disposition."""
    return Trap(title, 'disposition', **{'as': name})


NAMES = [
    _said('../../../evil', b'../../../evil'),
    _said('..\\\\..\\\\evil', b'..\\\\..\\\\evil'),
    _said('%2e%2e%2fevil', b'%2e%2e%2fevil'),
    _said(OUTSIDE, OUTSIDE.encode()),
    _said('..', b'..'),
    _said('.bashrc', b'.bashrc'),
    _said('-rf', b'-rf'),
    _said('~root', b'~root'),
    _said('CON', b'CON'),
    _said('a, control characters, b', b'a\x01\x1b[31m\x7fb'),
    _said('right to left', 'a\u202egpj.exe'.encode()),
    _said('not UTF-8', b'\xff\xfe\xc3'),
    _said('500 characters', b'x' * 500 + b'.tar.gz'),
    _said('evil.desktop', b'evil.desktop'),
]


def files_in(folder):
    """Paths of all files below, hidden ones included."""
    return [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]


def judge_bytes(folder, ended, right, versions):
    """What has become of the file: `right` are its bytes as they should be now, `versions` those
    that a partial may be the beginning of; `ended` is whether the program said that all is well
    (None: it did not end)."""
    found = {}
    for path in files_in(folder):
        if not path.endswith('.aria2'):
            with open(path, 'rb') as file:
                found[path] = file.read()
    if ended:
        files = [data for path, data in found.items() if not path.endswith('.part')]
        return EXACT if files == [right] else WRONG
    if ended is None:
        return HANGS
    parts = [data for data in found.values() if data]
    if not parts:
        return LOST
    return KEPT if any(version.startswith(data) for data in parts
                       for version in versions) else SPOILT


def judge_name(root, folder, status):
    """What the name has become: `root` is the folder that holds `folder`, the only one in which
    there may be files."""
    found = [path for path in files_in(root) if not path.endswith('.aria2')]
    names = [os.path.basename(path) for path in found]
    if status is not None and (status < 0 or status > 128):
        return CRASHED
    if os.path.exists(OUTSIDE):
        os.unlink(OUTSIDE)
        return ESCAPED
    if not all(path.startswith(folder + os.sep) for path in found):
        return ESCAPED
    if any(name.startswith('.') and not name.endswith('.part') for name in names):
        return HIDDEN
    # What is no UTF-8 comes from the system as characters that are not printable either.
    if any(not name.isprintable() or name.startswith(('-', '~')) for name in names):
        return UNCLEAN
    return CLEAN if names and status == 0 else REFUSED
