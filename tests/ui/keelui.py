# SPDX-License-Identifier: GPL-3.0-or-later
"""The window, as a person at a keyboard and a screen reader have it.

A Desk is a House with a display and an accessibility bus; it is made once a test program, because
the accessibility library speaks to one bus for the life of a process. A Program is the application
on it. What is on the screen is read from the accessibility tree and pressed there; keys are real
ones. The tree changes while it is read, so everything is asked again until a deadline.
"""

import configparser
import glob
import os
import re
import signal
import subprocess
import tempfile
import time
import warnings

from keeltest import House, display_class, wait_until
from keeltest import processes
from keeltest.house import COMPLAINT, program

warnings.filterwarnings('ignore', category=DeprecationWarning)
import gi  # noqa: E402
gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

APPLICATION = 'io.github.keelboat.Keelboat'
APPLICATION_PATH = '/io/github/keelboat/Keelboat'
TITLE = 'Keelboat'

# What GTK misses in a compositor, not in the application: a warning ends no program there, but is
# found in its words afterwards.
OF_THE_DISPLAY = re.compile("Compositor doesn't support moving popups")

# For a program whose toasts are looked at and whose Undo is pressed: the five seconds that they
# stay otherwise may be over on a busy machine before a test has seen them.
LASTING_TOASTS = {'KEEL_LOOK_TOASTS': '15', 'LD_PRELOAD': os.path.join(
    os.environ['KEEL_BUILD_ROOT'], 'tests/ui/liblook.so')}

# GTK has its own names for the same action, by kind of widget.
PRESS = ('click', 'press', 'activate', 'toggle')


def _accessibility_launcher():
    for path in glob.glob('/usr/share/dbus-1/services/org.a11y.Bus.service'):
        service = configparser.ConfigParser(interpolation=None)
        service.read(path)
        return service['D-BUS Service']['Exec'].split()[0]
    raise RuntimeError('at-spi2-core is not installed')


class Desk:
    """A house with a display, in which the application can be opened."""

    def __init__(self, size='1024x900', **options):
        self.display = display_class()(size=size)
        source = os.environ['KEEL_SOURCE_ROOT']
        environment = {
            **self.display.environment,
            # Not for this process: the accessibility library warns of what comes and goes.
            'G_DEBUG': 'fatal-warnings' if self.display.kind == 'x11' else '',
            # Kept from one opening of the window to the next.
            'GSETTINGS_BACKEND': 'keyfile',
            # The application's icon, as if it were installed.
            'XDG_DATA_DIRS': f'{source}/data:/usr/local/share:/usr/share',
        }
        self.house = House(environment={**environment, **options.pop('environment', {})}, **options)
        self.house.bus.add_service('org.a11y.Bus', _accessibility_launcher())
        self._write('gtk-4.0/settings.ini', '[Settings]\ngtk-font-name=Cantarell 11\n'
                    'gtk-enable-animations=false\ngtk-decoration-layout=:close\n')
        self.set_settings()
        os.environ.update({name: self.house.environment[name] for name in
                           ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME']})
        for name in ['DISPLAY', 'WAYLAND_DISPLAY']:
            os.environ.pop(name, None)
            if name in self.display.environment:
                os.environ[name] = self.display.environment[name]
        Atspi.init()
        # Longer than a busy machine may keep the application from answering at all.
        Atspi.set_timeout(15000, 15000)

    def _write(self, name, text):
        path = os.path.join(self.house.home, '.config', name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def set_settings(self, **settings):
        """What the application finds in its settings when it starts."""
        lines = ''.join(f'{name.replace("_", "-")}={value}\n' for name, value in settings.items())
        # The desktop's own are asked before settings.ini on Wayland.
        self._write('glib-2.0/settings/keyfile', f'[io/github/keelboat/Keelboat]\n{lines}'
                    '[org/gnome/desktop/interface]\nenable-animations=false\n'
                    "font-name='Cantarell 11'\n"
                    "[org/gnome/desktop/wm/preferences]\nbutton-layout=':close'\n")

    def settings(self):
        """What it left there."""
        path = os.path.join(self.house.home, '.config/glib-2.0/settings/keyfile')
        settings = configparser.ConfigParser(interpolation=None)
        settings.read(path)
        return dict(settings['io/github/keelboat/Keelboat'])

    def call_application(self, method, arguments):
        """What the desktop and the service ask of the application."""
        return self.house.connection.call(APPLICATION, APPLICATION_PATH,
                                          'org.freedesktop.Application', method, arguments)

    def make_activatable(self):
        """The bus can start the application, as it can when it is installed."""
        launcher = os.path.join(self.house.root, 'application')
        with open(launcher, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nexec {program("KEELBOAT")} --gapplication-service '
                       f'>>{self.house.root}/application.log 2>&1\n')
        os.chmod(launcher, 0o755)
        self.house.bus.add_service(APPLICATION, launcher)

    def end(self):
        log = os.path.join(self.house.root, 'application.log')
        complaints = []
        if os.path.exists(log):
            with open(log, encoding='utf-8', errors='replace') as file:
                complaints = complaints_of(file.read())
        try:
            self.house.close()
        finally:
            self.display.end()
        assert not complaints, f'the application that the bus started complained: {complaints}'


def complaints_of(log, status=0):
    """What is wrong with what an application has printed, and with its end: it stops at its first
    warning, and may stop without a word. That tests end it is well."""
    found = [line for line in log.splitlines()
             if COMPLAINT.search(line) and not OF_THE_DISPLAY.search(line)]
    if status not in (0, -signal.SIGTERM, -signal.SIGKILL):
        found.append(f'it ended with {status}')
    return found


class Program:
    """The application, from its start to its end."""

    def __init__(self, case, desk, *arguments, environment=None):
        self.case = case
        self.desk = desk
        self._log = tempfile.TemporaryFile('w+', encoding='utf-8', errors='replace')
        self.process = processes.start([program('KEELBOAT'), *arguments], cwd=desk.house.home,
                                       env={**desk.house.environment, **(environment or {})},
                                       stdout=self._log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        self._wait_shown()
        case.addCleanup(self._clean_up)

    def _wait_shown(self):
        self.window = self.desk.display.wait_window(f'^{TITLE}$')
        # The pointer holds the row that it is over.
        self.desk.display.move_pointer(1, 1)
        self.accessible = wait_until('the application is on the accessibility bus', self._look)

    def _look(self):
        desktop = Atspi.get_desktop(0)
        try:
            for i in range(desktop.get_child_count()):
                child = desktop.get_child_at_index(i)
                if child is not None and child.get_process_id() == self.pid:
                    return child
        except GLib.Error as error:
            # The one of the test before may still be among them, though it has gone.
            raise AssertionError(f'the tree changed: {error}') from error
        return None

    def log(self):
        # Where it is read from is not where the program goes on to write.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors='replace')

    def _clean_up(self):
        if self.process.poll() is None:
            processes.end(self.process)
        complaints = complaints_of(self.log(), self.process.returncode)
        self._log.close()
        self.case.assertEqual(complaints, [], 'the application complained')

    def close(self):
        """Closes the window as a person does; the process ends by itself, and well."""
        self.desk.display.close_window(self.window)
        self.wait_end()

    def wait_end(self):
        wait_until('the application ends', lambda: self.process.poll() is not None)
        self.case.assertEqual(self.process.returncode, 0, self.log())

    # What is on the screen

    def _walk(self, role, name, inside):
        """(node, name) of everything of a role (or any) whose name contains a text (or any).

        inside: a node, or the name of a row, which is looked for each time: a row that has moved
        is another node."""
        found = []

        def walk(node):
            if node is None:
                return
            if role is None or node.get_role_name() == role:
                own = node.get_name() or ''
                if (name is None or name in own) and is_showing(node):
                    found.append((node, own))
            for i in range(node.get_child_count()):
                walk(node.get_child_at_index(i))
        if isinstance(inside, str):
            rows = self._walk('list item', inside, None)
            assert rows, f'there is no row "{inside}"'
            inside = rows[0][0]
        try:
            walk(inside or self.accessible)
        except GLib.Error as error:
            # It went while it was looked at: for those that wait, "not yet".
            raise AssertionError(f'the tree changed: {error}') from error
        # "Download" is not "Add Download…" where there are both.
        return [pair for pair in found if pair[1] == name] or found

    def find_all(self, role=None, name=None, inside=None):
        """What is there now, in reading order."""
        return [node for node, _ in self._walk(role, name, inside)]

    def names(self, role, name=None):
        """What it is called."""
        return [own for _, own in self._walk(role, name, None)]

    def find(self, role=None, name=None, inside=None, seconds=20):
        return wait_until(f'there is a {role} "{name}"',
                          lambda: self.find_all(role, name, inside), seconds)[0]

    def wait_gone(self, role, name, seconds=20):
        wait_until(f'there is no {role} "{name}"', lambda: not self.find_all(role, name), seconds)

    def press(self, role, name, inside=None):
        """Presses it once, as a screen reader does."""
        def look():
            node = self.find(role, name, inside)
            try:
                names = [Atspi.Action.get_action_name(node, i)
                         for i in range(Atspi.Action.get_n_actions(node))]
            except GLib.Error as error:
                raise AssertionError(f'it went: {error}') from error
            known = [names.index(wanted) for wanted in PRESS if wanted in names]
            assert known, f'it has only {names}'
            return node, known[0]
        node, action = wait_until(f'{role} "{name}" can be pressed', look)
        Atspi.Action.do_action(node, action)

    def row(self, name, seconds=20):
        """The row of a download."""
        return self.find('list item', name, seconds=seconds)

    def rows(self):
        """What a screen reader says of each row, headings too, from top to bottom."""
        return self.names('list item')

    def wait_row(self, name, text, seconds=20):
        """Waits until the row of a download says something."""
        def look():
            said = [row for row in self.rows() if row.startswith(name)]
            assert said and text in said[0], self.rows()
            return said[0]
        return wait_until(f'row "{name}" says "{text}"', look, seconds)

    def wait_menu(self, *items, is_whole=True):
        """Waits until a menu has these items, and no others, or begins with them."""
        def look():
            # Read one by one, while it is still being opened, some of them are missing.
            names = [name.split('\t')[0] for name in self.names('menu item')]
            assert names, 'there is no menu'
            assert tuple(names if is_whole else names[:len(items)]) == items, names
            return True
        wait_until(f'a menu has {items}', look)

    def wait_progress(self, name, at_least):
        """Waits until the bar of a row has come so far."""
        def look():
            bar = self.find('progress bar', name)
            try:
                value = Atspi.Value.get_current_value(bar)
            except GLib.Error as error:
                raise AssertionError(f'it went: {error}') from error
            assert value >= at_least, value
            return value
        return wait_until(f'the bar of "{name}" is at {at_least}', look, 30)

    def _focused(self):
        """What it is called that has the focus, with what is around it."""
        try:
            return [name for node, name in self._walk(None, None, None)
                    if node.get_state_set().contains(Atspi.StateType.FOCUSED)]
        except GLib.Error as error:
            raise AssertionError(f'the tree changed: {error}') from error

    def wait_focused(self, text, seconds=20):
        """Waits until something whose name contains the text has the focus."""
        def look():
            focused = self._focused()
            # What there is to write in tells whether the key arrived.
            assert focused and text in focused[-1], \
                f'{focused} has the focus; there is {self.names("text")}'
            return True
        return wait_until(f'"{text}" has the focus', look, seconds)

    def has_come_to(self, text, seconds=1):
        """Whether the key that was pressed last has led to something whose name contains the text.

        It has not when so much time has gone and the program has answered two whole looks since:
        the key was before them. Of time alone nobody knows whether the program has had any, and
        the next key would lead past what is wanted."""
        looks = 0
        began = time.monotonic()
        while looks < 2 or time.monotonic() - began < seconds:
            focused, = wait_until('the program answers', lambda: [self._focused()])
            if focused and text in focused[-1]:
                return True
            looks += 1
        return False

    def wait_size(self, width, height):
        """Waits until the window has this size. The program itself is asked on Wayland, where the
        display knows only what it has asked for, and the display on X11, where the program does
        not count the border by which a window is made larger."""
        def look():
            if self.desk.display.kind == 'x11':
                size = self.desk.display.size_of(self.window)
            else:
                extents = Atspi.Component.get_extents(self.find('frame', TITLE),
                                                      Atspi.CoordType.WINDOW)
                size = extents.width, extents.height
            assert size == (width, height), size
            return True
        wait_until(f'the window has {width} x {height}', look)

    # Hands

    def keys(self, *names):
        self.desk.display.keys(*names)

    def type(self, text):
        self.desk.display.type(text)

    def wait_window_gone(self, title):
        """Waits until a window is closed, without looking into it: GTK 4.8 is not ready for being
        asked about what it is taking down."""
        wait_until(f'window "{title}" is closed',
                   lambda: not self.desk.display.windows(f'^{title}$'))

    def tab_to(self, name, limit=30):
        """Moves the focus by the Tab key until it is there: what the tree of GTK 4.8 cannot press
        is reached like this."""
        for _ in range(limit):
            self.keys('Tab')
            if self.has_come_to(name):
                return
        raise AssertionError(f'Tab does not lead to "{name}"')

    def activate(self, title=TITLE):
        """Gives a window the keyboard."""
        number = self.desk.display.wait_window(f'^{title}$')
        self.desk.display.focus(number)
        return number


class Activated(Program):
    """The application that the bus has started, from when its window is there. What it says is
    looked at when the desk ends."""

    def __init__(self, case, desk):
        self.case = case
        self.desk = desk
        self._wait_pid()
        case.addCleanup(self._clean_up)
        self._wait_shown()

    def _wait_pid(self):
        self.pid = wait_until('the application is on the bus',
                              lambda: self.desk.house.connection.pid_of(APPLICATION))

    def _is_there(self):
        return os.path.exists(f'/proc/{self.pid}')

    def _clean_up(self):
        if self._is_there():
            os.kill(self.pid, signal.SIGTERM)
        self.wait_end()

    def wait_end(self):
        wait_until('the application ends', lambda: not self._is_there(), 30)


def is_showing(node):
    """GTK 4.8 does not say what is shown, but what is not has no size."""
    if 'Component' not in node.get_interfaces():
        return False
    extents = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
    return extents.width > 0 and extents.height > 0
