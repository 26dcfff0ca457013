# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs of a desktop: a file manager, and a viewer for one kind of file."""

import os
import threading

from gi.repository import Gio, GLib

from keeltest import wait_until

NAME = 'org.freedesktop.FileManager1'
XML = '''<node><interface name="org.freedesktop.FileManager1"><method name="ShowItems">
<arg type="as" direction="in"/><arg type="s" direction="in"/></method></interface></node>'''


class FileManager:
    """Shows nothing, but remembers what it was asked to show."""

    def __init__(self, bus):
        self.shown = []
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[bus, ready], daemon=True)
        self._thread.start()
        assert ready.wait(20), 'the file manager did not start'

    def _run(self, bus, ready):
        self._context.push_thread_default()
        connection = bus.connect().bus
        info = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        connection.register_object('/org/freedesktop/FileManager1', info, self._called, None, None)
        Gio.bus_own_name_on_connection(connection, NAME, Gio.BusNameOwnerFlags.NONE,
                                       lambda *_: ready.set(), None)
        self._loop.run()
        connection.close_sync(None)

    def _called(self, bus, sender, path, interface, method, arguments, invocation):
        self.shown += arguments.unpack()[0]
        invocation.return_value(None)

    def wait_shown(self, path):
        uri = Gio.File.new_for_path(path).get_uri()
        wait_until(f'{path} is shown', lambda: uri in self.shown)

    def end(self):
        self._loop.quit()
        self._thread.join(10)


class Viewer:
    """Is the application for PDF files; writes down what it was opened with."""

    def __init__(self, house):
        folder = os.path.join(house.home, '.local/share/applications')
        os.makedirs(folder, exist_ok=True)
        self._log = os.path.join(house.root, 'viewer.log')
        script = os.path.join(house.root, 'viewer')
        with open(script, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nprintf "%s\\n" "$1" >>{self._log}\n')
        os.chmod(script, 0o755)
        with open(os.path.join(folder, 'viewer.desktop'), 'w', encoding='utf-8') as file:
            file.write('[Desktop Entry]\nType=Application\nName=Viewer\n'
                       f'Exec={script} %f\nMimeType=application/pdf;\n')
        with open(os.path.join(folder, 'mimeapps.list'), 'w', encoding='utf-8') as file:
            file.write('[Default Applications]\napplication/pdf=viewer.desktop\n'
                       '[Added Associations]\napplication/pdf=viewer.desktop;\n')

    def opened(self):
        try:
            with open(self._log, encoding='utf-8') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_opened(self, path):
        wait_until(f'{path} is opened', lambda: path in self.opened())
