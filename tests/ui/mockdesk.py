# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk whose service is the mock of tests/lib: tasks are in whatever state a test wants."""

import os
import time

from gi.repository import GLib

import keelui

os.environ['KEELBOAT_SERVICE'] = os.path.join(os.environ['KEEL_SOURCE_ROOT'],
                                              'tests/lib/mock_service.py')

SERVICE = 'io.github.keelboat.Keelboat.Service'
PATH = '/io/github/keelboat/Transfers1'
KINDS = {'received': 't', 'total': 't', 'rate': 't', 'finished': 'x', 'wait_until': 'x',
         'error_http_status': 'u', 'error_retryable': 'b', 'challenge_proxy': 'b',
         'challenge_tries': 'u', 'rank': 'x', 'checksum_ok': 'b', 'resumable': 'b'}
MB = 1000 * 1000
GB = 1000 * MB


def _variant(name, value):
    if name == 'file':
        return GLib.Variant('ay', os.fsencode(value) + b'\0')
    return GLib.Variant(KINDS.get(name, 's'), value)


def days_ago(days, hour=12):
    """Noon (or so) of that day, as the service tells times."""
    then = time.localtime(time.time() - days * 86400)
    moment = time.mktime((then.tm_year, then.tm_mon, then.tm_mday, hour, 0, 0, 0, 0, -1))
    return int(min(moment, time.time()) * 1000000)


class MockDesk(keelui.Desk):
    def _mock(self, method, arguments):
        return self.house.connection.call(SERVICE, PATH, 'io.github.keelboat.Mock', method,
                                          arguments)

    def fill(self, count=1, **row):
        """New tasks, all alike; the id of the first."""
        extra = {name.replace('_', '-'): _variant(name, value) for name, value in row.items()}
        return self._mock('Fill', GLib.Variant('(ua{sv})', (count, extra)))[0]

    def change(self, number, **changes):
        """What a task becomes."""
        values = {name.replace('_', '-'): _variant(name, value)
                  for name, value in changes.items()}
        self._mock('Change', GLib.Variant('(ata{sv})', ([number], values)))

    def tick(self, number, received, rate):
        self._mock('Tick', GLib.Variant('(a(tttt))', ([(number, received, received, rate)],)))

    def tick_all(self, numbers, received, rate):
        """All of them have come so far."""
        self._mock('Tick', GLib.Variant('(a(tttt))', ([(number, received, received, rate)
                                                       for number in numbers],)))

    def fail(self, method, error, times=1):
        """How the service answers the next calls."""
        self._mock('Fail', GLib.Variant('(ssuu)', (method, error, 0, times)))

    def calls(self, method):
        """How often the service was asked, and what last."""
        argument = GLib.Variant('(s)', (method,))
        return self._mock('Calls', argument)[0], self._mock('LastCall', argument)[0]

    def find(self, uri, **info):
        """What the service finds out about a link; others it never answers for."""
        kinds = {'size': 't', 'resumable': 'b'}
        values = {name.replace('_', '-'): GLib.Variant(kinds.get(name, 's'), value)
                  for name, value in info.items()}
        self._mock('Find', GLib.Variant('(sa{sv})', (uri, values)))

    def states(self):
        """State by id, of the first thousand."""
        empty = GLib.Variant('(a{sv}as)', ({}, []))
        rows = self.house.connection.manager('GetTasks', empty)[1]
        return {row['id']: row['state'] for row in rows}

    def forget_all(self):
        while numbers := list(self.states()):
            self._mock('Forget', GLib.Variant('(at)', (numbers,)))
