# SPDX-License-Identifier: GPL-3.0-or-later
"""An application that hands folders over as descriptors, without the library."""

import contextlib
import os

from gi.repository import Gio, GLib

from .bus import ERRORS, INTERFACES, SERVICE
from .waiting import wait_until

APP = 'org.example.Fetcher'


@contextlib.contextmanager
def opened(path, flags=os.O_RDONLY | os.O_DIRECTORY):
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


class Application:
    """One of a house, with a session of its own."""

    def __init__(self, house, app=APP, connection=None):
        self.house = house
        self.connection = connection or house.bus.connect()
        self.path = self.connection.open_session('s', app=app)

    def call(self, method, arguments, fds=()):
        """Gives the unpacked answer and the descriptors that came with it, for the caller to
        close."""
        sent = Gio.UnixFDList.new()
        for fd in fds:
            sent.append(fd)
        answer, received = self.connection.bus.call_with_unix_fd_list_sync(
            SERVICE, self.path, INTERFACES + 'Session', method, arguments, None,
            Gio.DBusCallFlags.NONE, 25000, sent, None)
        return answer.unpack(), received.steal_fds() if received else []

    def add_tasks(self, tasks, fds=(), **options):
        answer, _ = self.call('AddTasks', GLib.Variant('(aa{sv}a{sv})', (tasks, options)), fds)
        return answer[0]

    def add(self, uri, fds=(), **keys):
        """A task; its keys are Variants, with _ for -."""
        task = {'uri': GLib.Variant('s', uri)}
        task |= {key.replace('_', '-'): value for key, value in keys.items()}
        return self.add_tasks([task], fds)[0]

    def add_into(self, folder, uri, **keys):
        with opened(folder) as fd:
            return self.add(uri, [fd], dir_fd=GLib.Variant('h', 0), **keys)

    def add_to_spool(self, uri, **keys):
        return self.add(uri, spool=GLib.Variant('b', True), **keys)

    def control(self, verb, number):
        self.call('Control', GLib.Variant('(sata{sv})', (verb, [number], {})))

    def row(self, number):
        filters = {'ids': GLib.Variant('at', [number])}
        answer, _ = self.call('GetTasks', GLib.Variant('(a{sv}as)', (filters, [])))
        return answer[1][0]

    def wait(self, number, condition, seconds=30):
        """Waits for a state, or until condition(row) is true; gives the row."""
        wanted = condition
        if isinstance(condition, str):
            def condition(row):
                return row['state'] == wanted

        def look():
            row = self.row(number)
            if not condition(row):
                raise AssertionError(row)
            return row
        return wait_until(f'task {number}: {wanted}', look, seconds, interval=0.02)

    def collect(self, number, fds=(), **options):
        options = {key.replace('_', '-'): value for key, value in options.items()}
        answer, received = self.call('Collect', GLib.Variant('(ta{sv})', (number, options)), fds)
        return answer[0], received

    def collect_into(self, folder, number, **options):
        """The name that the file got in the folder."""
        with opened(folder) as fd:
            info, _ = self.collect(number, [fd], dir_fd=GLib.Variant('h', 0), **options)
        return bytes(info['name']).rstrip(b'\0').decode()

    def count_descriptors(self):
        """How many files of the service are open that are folders, or parts of downloads."""
        folder = f'/proc/{self.house.service_pid()}/fd'
        count = 0
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                target = os.readlink(os.path.join(folder, name))
                count += target.startswith(self.house.root) and '/run/' not in target and \
                    'keelboat/transfers.db' not in target and os.path.basename(target) not in (
                        'service.log', 'lock', 'keelboat')
        return count


def error_of(case, call):
    """The name of the error that the call ends with."""
    with case.assertRaises(GLib.Error) as caught:
        call()
    message = caught.exception.message
    return message.partition(ERRORS)[2].partition(':')[0] if ERRORS in message else message
