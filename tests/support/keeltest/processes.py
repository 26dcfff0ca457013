# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that end with the test.

Three nets, since a test may itself be killed at any time: children get a death signal from the
kernel when their parent goes; every process that descends from us carries a mark in its
environment, by which those that the session bus started are found; and SIGTERM (what meson sends
when a test's time is over) ends all of them and removes the folders before it ends the test. It is
no exception for that: unittest would take it for a failure of one case and go on.
"""

import atexit
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
MARK_NAME = 'KEEL_TEST_MARK_' + secrets.token_hex(6)

_libc = ctypes.CDLL(None, use_errno=True)
_started = []
_folders = []


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(arguments, **options):
    """As subprocess.Popen, for a process that must not outlive the test."""
    options.setdefault('stdin', subprocess.DEVNULL)
    process = subprocess.Popen(arguments, preexec_fn=_die_with_parent, **options)
    _started.append(process)
    return process


def end(process, seconds=5):
    """TERM, some time to leave, KILL; gives the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process in _started:
        _started.remove(process)
    return process.returncode


def make_folder(prefix, parent=None):
    """A temporary folder that does not outlive the test either."""
    folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
    _folders.append(folder)
    return folder


def marked(mark):
    """Ids of the living processes that have this variable in their environment."""
    needle = mark.encode() + b'='
    found = []
    for entry in os.listdir('/proc'):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f'/proc/{entry}/environ', 'rb') as environ:
                if any(line.startswith(needle) for line in environ.read().split(b'\0')):
                    found.append(int(entry))
        except OSError:
            pass
    return found


def end_marked(mark, seconds=3):
    """Ends what carries the mark and gives the ids of those that had to be ended."""
    first = marked(mark)
    deadline = time.monotonic() + seconds
    number = signal.SIGTERM
    pids = first
    unseen = 0
    # A process that is about to become another program has no environment for a moment.
    while first and unseen < 2:
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        for pid in pids:
            try:
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
        pids = marked(mark)
        unseen = 0 if pids else unseen + 1
    return first


def _at_exit():
    for process in list(_started):
        end(process, seconds=3)
    end_marked(MARK_NAME)
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


def _terminated(number, frame):
    _at_exit()
    os._exit(128 + number)


os.environ[MARK_NAME] = '1'
atexit.register(_at_exit)
signal.signal(signal.SIGTERM, _terminated)
