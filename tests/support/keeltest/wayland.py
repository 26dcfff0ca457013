# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Wayland display: sway without a screen, with a keyboard and a pointer.

The same methods as Display. Windows float, without anything of the compositor's around them, as
they do on GNOME. sway does not run as root, though programs of root can be shown by it: where the
tests are run by root, as in a container, it runs as nobody, in a folder that is nobody's.
"""

import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import unittest

from . import processes
from .tap import skip_all
from .waiting import scaled, wait_until
from .waylandhands import Hands

CONFIG = '''
output HEADLESS-1 resolution {size} bg #808080 solid_color
xwayland disable
default_border none
default_floating_border none
focus_follows_mouse no
for_window [app_id=".*"] floating enable
'''


class WaylandDisplay:
    kind = 'wayland'

    def __init__(self, case=None, size='1024x768'):
        if shutil.which('sway') is None:
            skip_all('sway is not installed')
        self._folder = processes.make_folder('keel-sway-')
        self._size = tuple(int(word) for word in size.split('x'))
        config = os.path.join(self._folder, 'config')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(CONFIG.format(size=size))
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('DISPLAY', 'WAYLAND_DISPLAY', 'SWAYSOCK')}
        environment.update({
            'HOME': self._folder,
            'XDG_RUNTIME_DIR': self._folder,
            'WLR_BACKENDS': 'headless',
            'WLR_HEADLESS_OUTPUTS': '1',
            'WLR_LIBINPUT_NO_DEVICES': '1',
            'WLR_RENDERER': 'pixman',
        })
        self._sway = processes.start([*self._as_nobody(), 'sway', '-c', config], env=environment,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._control = wait_until('sway can be controlled',
                                   lambda: glob.glob(f'{self._folder}/sway-ipc.*.sock'))[0]
        wait_until('sway has its screen', lambda: '"name": "HEADLESS-1"' in
                   self._ask('get_outputs'))
        self.name = wait_until('there is a display', self._find_socket)
        self.environment = {
            'WAYLAND_DISPLAY': self.name,
            'GDK_BACKEND': 'wayland',
            'GSK_RENDERER': 'cairo',
            'XDG_SESSION_TYPE': 'wayland',
        }
        self._hands = Hands(self.name, self._size)
        if case is not None:
            case.addCleanup(self.end)

    def _as_nobody(self):
        if os.getuid() != 0:
            return []
        nobody = pwd.getpwnam('nobody')
        for path in (self._folder, os.path.join(self._folder, 'config')):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        return ['setpriv', f'--reuid={nobody.pw_uid}', f'--regid={nobody.pw_gid}',
                '--clear-groups', '--']

    def _find_socket(self):
        found = [path for path in glob.glob(f'{self._folder}/wayland-*')
                 if not path.endswith('.lock')]
        return found[0] if found else None

    def _ask(self, kind, *words):
        return subprocess.run(['swaymsg', '-s', self._control, '-r', '-t', kind, *words],
                              text=True, capture_output=True, timeout=scaled(30),
                              check=False).stdout

    def _command(self, number, text):
        self._ask('command', f'[con_id={number}] {text}')

    def run(self, *command):
        """Runs a command on the display and gives what it prints."""
        if command[0] in ('xdotool', 'xprop', 'import'):
            raise unittest.SkipTest(f'{command[0]} knows X11 only')
        return subprocess.run(command, env={**os.environ, **self.environment}, text=True,
                              capture_output=True, timeout=scaled(30), check=False).stdout

    def set_background(self, colour):
        self._ask('command', f'output HEADLESS-1 bg {colour} solid_color')

    # Windows, by their numbers

    def _all_windows(self):
        found = []

        def walk(node):
            if node.get('pid') and node.get('type') in ('con', 'floating_con'):
                found.append(node)
            for child in node.get('nodes', []) + node.get('floating_nodes', []):
                walk(child)
        walk(json.loads(self._ask('get_tree') or '{}'))
        return found

    def windows(self, title):
        """Numbers of the windows whose title matches."""
        return [str(node['id']) for node in self._all_windows()
                if re.search(title, node['name'] or '')]

    def wait_window(self, title, seconds=30):
        return wait_until(f'there is a window "{title}"', lambda: self.windows(title), seconds)[0]

    def focus(self, number):
        """Gives a window the keyboard."""
        self._command(number, 'focus')
        wait_until('the window has the keyboard',
                   lambda: any(node['focused'] and str(node['id']) == number
                               for node in self._all_windows()))

    def place_of(self, number):
        """x, y, width and height on the screen, without the shadow."""
        node = [node for node in self._all_windows() if str(node['id']) == number][0]
        return tuple(node['rect'][name] for name in ('x', 'y', 'width', 'height'))

    def resize(self, number, width, height):
        self._command(number, f'resize set {width} px {height} px')

    def move(self, number, x, y):
        self._command(number, f'move absolute position {x} px {y} px')

    def size_of(self, number):
        return self.place_of(number)[2:]

    def close_window(self, number):
        """As a person does it: the compositor asks the window to close."""
        self._command(number, 'kill')

    # Hands

    def keys(self, *names):
        """Presses keys, or chords of them: 'ctrl+a', 'Return'."""
        for name in names:
            self._hands.press(name)

    def type(self, text):
        for letter in text:
            self._hands.press('plus' if letter == '+' else letter)

    def move_pointer(self, x, y, number=None):
        """To this place of the screen, or of a window."""
        if number is not None:
            place = self.place_of(number)
            x, y = x + place[0], y + place[1]
        self._hands.move(x, y)

    def click(self, button=1, keys=()):
        """Where the pointer is, with keys held down."""
        self._hands.click(button, keys)

    # Eyes

    def picture(self, path, part=None):
        """Of the whole screen, or of a part: x, y, width, height."""
        region = ['-g', '{},{} {}x{}'.format(*part)] if part else []
        subprocess.run(['grim', *region, path], check=True, timeout=scaled(30),
                       env={**os.environ, **self.environment,
                            'XDG_RUNTIME_DIR': self._folder})
        return path

    def end(self):
        self._hands.close()
        processes.end(self._sway)
