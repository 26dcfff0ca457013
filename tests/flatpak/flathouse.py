# SPDX-License-Identifier: GPL-3.0-or-later
"""A house in which Keelboat is installed as a Flatpak: the bus starts its service by the file that
the installation exports, `keel` runs in a sandbox of its own, and the portals are the real ones,
with a backend that is played.

What is installed is taken from KEEL_FLATPAK, a folder that flatpak/debian-app made; the home in
which it runs, with its data and Downloads, is new for each test.
"""

import json
import os
import shutil
import signal
import subprocess

from gi.repository import Gio, GLib

from keeltest import House, processes, wait_until
from keeltest.bus import SERVICE
from keeltest.house import COMPLAINT
from keeltest.played import Played

APPLICATION = 'io.github.keelboat.Keelboat'
FOLDER = os.environ.get('KEEL_FLATPAK', '')
INSTALLATION = os.path.join(FOLDER, 'home/.local/share/flatpak')
IMPL = 'org.freedesktop.impl.portal.'
DOCUMENTS = 'org.freedesktop.portal.Documents'
DOCUMENTS_PATH = '/org/freedesktop/portal/documents'
PERSISTENT, A_FOLDER = 2, 8
SERVICE_PROGRAM = '/app/libexec/keelboat-service'


class Backend(Played):
    """What a desktop does for the portals. What is asked of it is in `calls`; `chosen` is the
    folder that the person chooses."""

    NAME = IMPL + 'desktop.keeltest'
    PATH = '/org/freedesktop/portal/desktop'
    # The front end has no background portal where nobody can be asked.
    INTERFACES = ['Access', 'Background', 'FileChooser', 'Inhibit', 'Notification']
    XML = f'''<node>
      <interface name="{IMPL}Access">
        <method name="AccessDialog"><arg type="o" direction="in"/><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="s" direction="in"/>
          <arg type="a{{sv}}" direction="in"/><arg type="u" direction="out"/>
          <arg type="a{{sv}}" direction="out"/></method></interface>
      <interface name="{IMPL}Background">
        <method name="GetAppState"><arg type="a{{sv}}" direction="out"/></method>
        <method name="NotifyBackground"><arg type="o" direction="in"/>
          <arg type="s" direction="in"/><arg type="s" direction="in"/>
          <arg type="u" direction="out"/><arg type="a{{sv}}" direction="out"/></method>
        <method name="EnableAutostart"><arg type="s" direction="in"/>
          <arg type="b" direction="in"/><arg type="as" direction="in"/>
          <arg type="u" direction="in"/><arg type="b" direction="out"/></method>
        <signal name="RunningApplicationsChanged"/></interface>
      <interface name="{IMPL}FileChooser">
        <method name="OpenFile"><arg type="o" direction="in"/><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="s" direction="in"/>
          <arg type="a{{sv}}" direction="in"/><arg type="u" direction="out"/>
          <arg type="a{{sv}}" direction="out"/></method></interface>
      <interface name="{IMPL}Inhibit">
        <method name="Inhibit"><arg type="o" direction="in"/><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="u" direction="in"/>
          <arg type="a{{sv}}" direction="in"/></method></interface>
      <interface name="{IMPL}Notification">
        <method name="AddNotification"><arg type="s" direction="in"/>
          <arg type="s" direction="in"/><arg type="a{{sv}}" direction="in"/></method>
        <method name="RemoveNotification"><arg type="s" direction="in"/>
          <arg type="s" direction="in"/></method></interface></node>'''

    def __init__(self, case, address):
        self.chosen = None
        super().__init__(case, address)

    def on_AccessDialog(self, sender, *rest):  # pylint: disable=invalid-name
        return GLib.Variant('(ua{sv})', (0, {}))

    def on_GetAppState(self, sender):  # pylint: disable=invalid-name
        return GLib.Variant('(a{sv})', ({},))

    def on_NotifyBackground(self, sender, *rest):  # pylint: disable=invalid-name
        return GLib.Variant('(ua{sv})', (0, {'result': GLib.Variant('u', 1)}))

    def on_EnableAutostart(self, sender, app, enable, *rest):  # pylint: disable=invalid-name
        return GLib.Variant('(b)', (enable,))

    def on_OpenFile(self, sender, *rest):  # pylint: disable=invalid-name
        if self.chosen is None:
            return GLib.Variant('(ua{sv})', (1, {}))
        uri = GLib.filename_to_uri(self.chosen)
        return GLib.Variant('(ua{sv})', (0, {'uris': GLib.Variant('as', [uri]),
                                             'writable': GLib.Variant('b', True)}))

    def on_Inhibit(self, sender, *rest):  # pylint: disable=invalid-name
        return None

    def on_AddNotification(self, sender, *rest):  # pylint: disable=invalid-name
        return None

    def on_RemoveNotification(self, sender, *rest):  # pylint: disable=invalid-name
        return None

    def titles(self):
        """Of the notifications of our application."""
        return [notice['title'] for app, _, notice in self.named('AddNotification')
                if app == APPLICATION]


class FlatHouse(House):
    """has_copy: for a test that changes what is installed."""

    def __init__(self, case, portals=True, has_copy=False, environment=None, **options):
        self.installation = INSTALLATION
        self.copy = None
        if has_copy:
            self.copy = processes.make_folder('copy-', FOLDER)
            self.installation = os.path.join(self.copy, 'flatpak')
            # Flatpak replaces files and writes into none, so these may be the same.
            subprocess.run(['cp', '-al', INSTALLATION, self.installation], check=True)
        super().__init__(case, environment={
            'FLATPAK_USER_DIR': self.installation,
            'XDG_DATA_DIRS': f'{self.installation}/exports/share:/usr/local/share:/usr/share',
            'GSK_RENDERER': 'cairo',
            **(environment or {})}, **options)
        # In a sandbox these are found by themselves, and shall be.
        for name in ['GSETTINGS_BACKEND', 'GSETTINGS_SCHEMA_DIR', 'GIO_USE_NETWORK_MONITOR',
                     'GI_TYPELIB_PATH', 'LD_LIBRARY_PATH']:
            self.environment.pop(name, None)
        self.backend = None
        if portals:
            self.start_portals()
        # With the environment as it is now.
        self.restart_bus_environment()

    def set_service(self, idle_timeout=10, arguments=''):
        """As it is installed, and nothing else."""
        with open(self.bus.configuration, encoding='utf-8') as file:
            text = file.read()
        if self.installation not in text:
            with open(self.bus.configuration, 'w', encoding='utf-8') as file:
                file.write(text.replace('</servicedir>', '</servicedir>\n  <servicedir>'
                                        f'{self.installation}/exports/share/dbus-1/services'
                                        '</servicedir>', 1))
            self.bus.connect().ask_bus('ReloadConfig')

    def restart_bus_environment(self):
        """What the bus starts gets what we have, and not what the bus was started with."""
        changed = {name: self.environment[name] for name in
                   ['FLATPAK_USER_DIR', 'XDG_DATA_DIRS', 'GSK_RENDERER', 'DISPLAY']
                   if name in self.environment}
        self.connection.ask_bus('UpdateActivationEnvironment',
                                GLib.Variant('(a{ss})', (changed,)))

    def start_portals(self):
        self.backend = Backend(self.case, self.bus.address)
        folder = os.path.join(self.root, 'portals')
        os.mkdir(folder)
        with open(os.path.join(folder, 'keeltest.portal'), 'w', encoding='utf-8') as file:
            interfaces = ''.join(f'{IMPL}{name};' for name in Backend.INTERFACES)
            file.write(f'[portal]\nDBusName={Backend.NAME}\nInterfaces={interfaces}\n'
                       'UseIn=keeltest\n')
        environment = {**self.environment, 'XDG_DESKTOP_PORTAL_DIR': folder,
                       'XDG_CURRENT_DESKTOP': 'keeltest', 'G_DEBUG': ''}
        self.portal_processes = []
        for program, name in [('xdg-permission-store', IMPL + 'PermissionStore'),
                              ('xdg-document-portal', 'org.freedesktop.portal.Documents'),
                              ('xdg-desktop-portal', 'org.freedesktop.portal.Desktop')]:
            with open(os.path.join(self.root, program + '.log'), 'w', encoding='utf-8') as log:
                self.portal_processes.append(processes.start(
                    [f'/usr/libexec/{program}'], env=environment, stdout=log, stderr=log))
            wait_until(f'{program} is there', lambda wanted=name:
                       self.connection.owner_of(wanted), 30)

    # Flatpak

    def flatpak(self, *arguments, seconds=120, status=0, **options):
        """Runs flatpak with its own arguments; gives what it prints."""
        # Installing tells the system's bus, if there is any.
        environment = {**self.environment, 'DBUS_SYSTEM_BUS_ADDRESS': self.bus.address,
                       **options.pop('environment', {})}
        result = subprocess.run(['flatpak', '--user', *arguments], env=environment, text=True,
                                capture_output=True, timeout=seconds, check=False,
                                stdin=subprocess.DEVNULL, cwd=self.home, **options)
        if status is not None and result.returncode != status:
            raise AssertionError(f'flatpak {" ".join(arguments)}: {result.returncode}\n'
                                 f'{result.stdout}{result.stderr}')
        return result.stdout

    def make_update(self):
        """In the place where this installation looks for updates there is one."""
        repository = os.path.join(self.copy, 'repository')
        shutil.copytree(os.path.join(FOLDER, 'repository'), repository, symlinks=True)
        ref, = [line for line in self.flatpak('list', '--columns=ref', '--app').split()
                if line.startswith(APPLICATION)]
        origin = self.flatpak('info', '--show-origin', APPLICATION).strip()
        subprocess.run(['flatpak', 'build-commit-from', '--force', f'--src-ref=app/{ref}',
                        repository, f'app/{ref}'], check=True, capture_output=True)
        self.flatpak('remote-modify', f'--url=file://{repository}', origin)

    def start(self, *arguments, command=None, **options):
        """Starts the application, or a command in its sandbox, and leaves it running."""
        options.setdefault('stdout', subprocess.DEVNULL)
        return processes.start(
            ['flatpak', '--user', 'run', *([f'--command={command}'] if command else []),
             APPLICATION, *arguments], env=self.environment, cwd=self.home, **options)

    def run(self, *arguments, command='sh', **options):
        """Runs a command in a sandbox of the application; gives what it prints."""
        return self.flatpak('run', f'--command={command}', APPLICATION, *arguments,
                            environment=self.environment, **options)

    def instances(self):
        """Ids of the sandboxes that are there."""
        return self.flatpak('ps', '--columns=instance').split()

    def grant(self, folder):
        """What the file chooser portal does with a folder that a person chose: the application
        gets it under another path, which is returned as it is in the sandbox, with its id."""
        fds = Gio.UnixFDList.new()
        fd = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        fds.append(fd)
        os.close(fd)
        reply, _ = self.connection.bus.call_with_unix_fd_list_sync(
            DOCUMENTS, DOCUMENTS_PATH, DOCUMENTS, 'AddFull', GLib.Variant(
                '(ahusas)', ([0], PERSISTENT | A_FOLDER, APPLICATION, ['read', 'write'])),
            None, Gio.DBusCallFlags.NONE, 20000, fds, None)
        (number,), _ = reply.unpack()
        return f'/run/user/{os.getuid()}/doc/{number}/{os.path.basename(folder)}', number

    def revoke(self, number):
        self.connection.call(DOCUMENTS, DOCUMENTS_PATH, DOCUMENTS, 'Delete',
                             GLib.Variant('(s)', (number,)))

    # The service

    def service_pids(self):
        """Of the service's own process, as this side of the sandbox sees it."""
        found = []
        for pid in processes.marked(self._mark):
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as file:
                    if file.read().split(b'\0')[0].decode() == SERVICE_PROGRAM:
                        found.append(pid)
            except OSError:
                pass
        return found

    def data(self, name):
        """A file of what the application keeps."""
        return os.path.join(self.home, '.var/app', APPLICATION, name)

    def keel(self, *arguments, **options):
        """A start of the sandbox more than elsewhere."""
        options.setdefault('seconds', 120)
        return super().keel(*arguments, **options)

    def kept(self):
        """Tasks, as their rows on disk are."""
        return json.loads(self.keel('list', '--all-apps', '--json').out)

    def wait_service_gone(self, seconds=30):
        wait_until('the service leaves', lambda: self.connection.owner_of(SERVICE) is None and
                   not self.service_pids(), seconds)

    def bus_log(self):
        return '\n'.join(self._lines('bus.log'))

    def close(self):
        """Ends all that lives here; raises AssertionError if something of ours was not well."""
        for pid in self.service_pids():
            os.kill(pid, signal.SIGTERM)
        complaints = []
        try:
            wait_until('the service leaves', lambda: not self.service_pids(), 10)
        except AssertionError as error:
            complaints.append(str(error))
        if self._connection is not None:
            self._connection.close()
        for process in reversed(getattr(self, 'portal_processes', [])):
            processes.end(process)
        self.bus.end()
        processes.end_marked(self._mark)
        subprocess.run(['fusermount3', '-uzq', os.path.join(self.runtime, 'doc')], check=False,
                       stderr=subprocess.DEVNULL)
        for line in self._lines('bus.log'):
            if COMPLAINT.search(line) and 'keel' in line and not any(
                    known in line for known in self.expected_complaints):
                complaints.append(line)
        if complaints or (self.case is not None and self.case.has_failed()):
            for name in ['bus.log', 'xdg-desktop-portal.log']:
                print(f'--- the last of {name}')
                print('\n'.join(self._lines(name)[-40:]), flush=True)
        for folder in [self.root, self.copy]:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        if complaints:
            raise AssertionError('the service was not well:\n' + '\n'.join(complaints))
