# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs of a desktop: a file manager, a viewer for one kind of file or for the help."""

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


def _associations(house, text):
    """What the person of the house has chosen to open things with."""
    folder = os.path.join(house.home, '.local/share/applications')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'mimeapps.list'), 'w', encoding='utf-8') as file:
        file.write(text)
    return folder


def remove_help_viewers(house):
    """Nothing shows help there, whatever the machine has."""
    ids = [info.get_id() for info in Gio.AppInfo.get_all_for_type('x-scheme-handler/help')]
    _associations(house, '[Removed Associations]\n'
                  f'x-scheme-handler/help={";".join(ids + ["none.desktop"])};\n')


class Viewer:
    """Is the application for one kind of file, or of address with the code %u; writes down what it
    was opened with."""

    def __init__(self, house, kind='application/pdf', code='%f'):
        folder = _associations(house, f'[Default Applications]\n{kind}=viewer.desktop\n'
                               f'[Added Associations]\n{kind}=viewer.desktop;\n')
        self._log = os.path.join(house.root, 'viewer.log')
        script = os.path.join(house.root, 'viewer')
        with open(script, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nprintf "%s\\n" "$1" >>{self._log}\n')
        os.chmod(script, 0o755)
        with open(os.path.join(folder, 'viewer.desktop'), 'w', encoding='utf-8') as file:
            file.write('[Desktop Entry]\nType=Application\nName=Viewer\n'
                       f'Exec={script} {code}\nMimeType={kind};\n')

    def opened(self):
        try:
            with open(self._log, encoding='utf-8') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_opened(self, path):
        wait_until(f'{path} is opened', lambda: path in self.opened())
