#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application that the bus starts when it is called: what it is asked and told goes to a log.

Usage: wakeable.py APP LOG. The file LOG.mode says what it does when it is woken for a session:
  drain    takes everything, acknowledges it, and leaves
  die      is killed in its handler of the first event
  deaf     leaves at once
  slow     the same, but takes its time to come up
"""

import json
import os
import signal
import sys
import time

from gi.repository import Gio, GLib

from keeltest.bus import INTERFACES, Connection

XML = '''<node><interface name="org.freedesktop.Application">
  <method name="Activate"><arg type="a{sv}" direction="in"/></method>
  <method name="ActivateAction"><arg type="s" direction="in"/><arg type="av" direction="in"/>
    <arg type="a{sv}" direction="in"/></method>
</interface></node>'''


class Wakeable:
    def __init__(self, app, log):
        self.app, self.log = app, log
        with open(log + '.mode', encoding='utf-8') as file:
            self.mode = file.read()
        self.loop = GLib.MainLoop()
        if self.mode == 'slow':
            time.sleep(2)
        self.connection = Connection(os.environ['DBUS_SESSION_BUS_ADDRESS'])
        path = '/' + app.replace('.', '/').replace('-', '_')
        self.connection.bus.register_object(
            path, Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], self.called, None, None)
        self.connection.bus.signal_subscribe(None, INTERFACES + 'Session', None, None, None,
                                             Gio.DBusSignalFlags.NONE, self.signalled)
        self.connection.ask_bus('RequestName', GLib.Variant('(su)', (app, 0)))

    def note(self, what, *arguments):
        with open(self.log, 'a', encoding='utf-8') as file:
            file.write(json.dumps([what, time.time(), *arguments]) + '\n')
            file.flush()

    def called(self, _connection, _sender, _path, _interface, method, parameters, invocation):
        invocation.return_value(None)
        if method != 'ActivateAction':
            self.note(method)
            return
        action, (identifier, *_), _ = parameters.unpack()
        self.note('woken', action, identifier)
        if self.mode in ['deaf', 'slow']:
            self.loop.quit()
            return
        self.path, _ = self.connection.service('OpenSession', GLib.Variant(
            '(sa{sv}a{sv})', (identifier, {}, {'app-id': GLib.Variant('s', self.app)})))
        self.connection.session(self.path, 'Listen', GLib.Variant('(a{sv})', ({},)))

    def signalled(self, _connection, _sender, _path, _interface, member, parameters):
        if member == 'Event':
            number, task, kind, _ = parameters.unpack()
            self.note('event', number, task, kind)
            if self.mode == 'die':
                os.kill(os.getpid(), signal.SIGKILL)
            self.connection.session(self.path, 'Acknowledge',
                                    GLib.Variant('(ata{sv})', ([number], {})))
        if member == 'EventsDrained':
            self.note('drained', *parameters.unpack())
            self.loop.quit()


if __name__ == '__main__':
    Wakeable(*sys.argv[1:]).loop.run()
