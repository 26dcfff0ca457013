# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that listens to the events of a session, without the library."""

import os

from gi.repository import GLib

from .bus import INTERFACES, Listener
from .waiting import wait_until


class Consumer:
    """One process of an application, as the service sees it: a bus name of its own."""

    def __init__(self, house, identifier='default', app='org.example.App', listen=True, **config):
        self._listener = Listener(house.bus.address, [])
        self.connection = self._listener.connection
        if house.case is not None:
            house.case.addCleanup(self.leave)
        self.identifier, self.app = identifier, app
        self.path = self.open(**config)
        self.info = self.listen() if listen else None

    def open(self, **config):
        values = {key.replace('_', '-'): GLib.Variant({bool: 'b', str: 's'}[type(value)], value)
                  for key, value in config.items()}
        self.path, _ = self.connection.service('OpenSession', GLib.Variant(
            '(sa{sv}a{sv})', (self.identifier, values, {'app-id': GLib.Variant('s', self.app)})))
        return self.path

    def call(self, method, arguments, **options):
        return self.connection.session(self.path, method, arguments, **options)

    def listen(self, **options):
        options = {key: GLib.Variant('b', value) for key, value in options.items()}
        return self.call('Listen', GLib.Variant('(a{sv})', (options,)))[0]

    def acknowledge(self, *numbers):
        self.call('Acknowledge', GLib.Variant('(ata{sv})', (numbers, {})))

    def add(self, *uris, folder=None, start=True, nonce=None, **keys):
        keys |= {'start': GLib.Variant('b', start)}
        if folder is not None:
            keys['dir'] = GLib.Variant('ay', os.fsencode(folder) + b'\0')
        tasks = [{'uri': GLib.Variant('s', uri), **keys} for uri in uris]
        options = {} if nonce is None else {'nonce': GLib.Variant('s', nonce)}
        return self.call('AddTasks', GLib.Variant('(aa{sv}a{sv})', (tasks, options)))[0]

    def control(self, verb, *numbers):
        return self.call('Control', GLib.Variant('(sata{sv})', (verb, numbers, {})))

    def close(self, how):
        self.call('Close', GLib.Variant('(sa{sv})', (how, {})))

    def watch(self, milliseconds=100):
        self.call('Watch', GLib.Variant('(ua{sv})', (milliseconds, {})))

    def task(self, number, *fields):
        filter_ = {'ids': GLib.Variant('at', [number])}
        return self.call('GetTasks', GLib.Variant('(a{sv}as)', (filter_, fields)))[1][0]

    # What came, in its order

    @property
    def signals(self):
        """(name, arguments) of the session's signals."""
        return [(member, body) for interface, member, body in list(self._listener.signals)
                if interface == INTERFACES + 'Session']

    @property
    def events(self):
        """(number, task, kind, details)"""
        return [body for member, body in self.signals if member == 'Event']

    @property
    def drained(self):
        return [number for member, (number, *_) in self.signals if member == 'EventsDrained']

    def kinds(self, task=None):
        return [event[2] for event in self.events if task in (None, event[1])]

    def wait_events(self, count):
        return wait_until(f'{count} events', lambda: len(self.events) >= count and self.events)

    def wait_completed(self, *tasks):
        """Waits until each of the tasks has ended and the session is drained."""
        wait_until(f'{tasks} have completed', lambda: all(
            'completed' in self.kinds(task) for task in tasks))

    def wait_drained(self, number=None):
        wait_until('the session is drained', lambda: self.drained and
                   (number is None or number in self.drained))
        return self.drained

    def leave(self):
        """As its process would leave the bus, however it ends."""
        self._listener.end()
