# SPDX-License-Identifier: GPL-3.0-or-later
"""A house whose service is the mock (mock_service.py), and speaking to the mock."""

import os
import sys

MOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'mock_service.py')
os.environ['KEELBOAT_SERVICE'] = MOCK

from gi.repository import GLib  # noqa: E402
from keeltest import House  # noqa: E402 (the variable above is read when a house is built)
from keeltest.bus import PATH, SERVICE  # noqa: E402

TYPES = {'state': 's', 'wait-reason': 's', 'pause-reason': 's', 'error-code': 's', 'name': 's',
         'error-message': 's', 'error-http-status': 'u', 'error-retryable': 'b', 'total': 't',
         'received': 't', 'durable': 't', 'rate': 't', 'file': 'ay', 'app': 's', 'session': 's',
         'resumable': 'b', 'http-status': 'u', 'mime-type': 's', 'finished': 'x', 'created': 'x',
         'wait-until': 'x', 'length-confirmed': 'b', 'checksum-algorithm': 's',
         'checksum-expected': 's', 'checksum-actual': 's', 'checksum-ok': 'b', 'title': 's',
         'effective-uri': 's', 'connections': 'u', 'max-connections': 'u', 'attempts': 'u',
         'uri': 's', 'user': 's', 'error-details': 's', 'challenge-cookie': 's',
         'challenge-origin': 's', 'challenge-realm': 's', 'challenge-scheme': 's',
         'challenge-proxy': 'b', 'challenge-tries': 'u', 'group': 's', 'collectable': 'b'}


def row(**values):
    """A row of the bus: state='running', wait_reason=None (the key is not there)."""
    found = {}
    for name, value in values.items():
        key = name.replace('_', '-')
        found[key] = GLib.Variant('y', 0) if value is None else GLib.Variant(TYPES[key], value)
    return found


class MockedHouse(House):
    def __init__(self, case=None, **options):
        super().__init__(case, **options)
        # Crashes that a test wants are exits of the mock's own making.
        self.kills = sys.maxsize

    def tell(self, method, arguments=None):
        return self.connection.call(SERVICE, PATH, 'io.github.keelboat.Mock', method, arguments)

    def fill(self, count=1, **values):
        """Makes tasks; gives the number of the first."""
        return self.tell('Fill', GLib.Variant('(ua{sv})', (count, row(**values))))[0]

    def change(self, number, **values):
        self.tell('Change', GLib.Variant('(ata{sv})', ([number], row(**values))))

    def tick(self, number, received, durable=0, rate=0):
        self.tell('Tick', GLib.Variant('(a(tttt))', ([(number, received, durable, rate)],)))

    def forget(self, number):
        self.tell('Forget', GLib.Variant('(at)', ([number],)))

    def fail(self, method, error, times=1, after=0):
        self.tell('Fail', GLib.Variant('(ssuu)', (method, error, after, times)))

    def crash_in(self, method, when):
        self.tell('CrashIn', GLib.Variant('(ss)', (method, when)))

    def calls(self, method):
        return self.tell('Calls', GLib.Variant('(s)', (method,)))[0]

    def last_call(self, method):
        return self.tell('LastCall', GLib.Variant('(s)', (method,)))[0]

    def wait_watched(self, times=1):
        """Until a client watches: from then on it sees what happens."""
        from keeltest import wait_until
        wait_until('somebody watches', lambda: self.calls('Watch') >= times and
                   self.calls('GetTasks') >= times)
