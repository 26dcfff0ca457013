# SPDX-License-Identifier: GPL-3.0-or-later
"""A private X display with a window manager: what a window needs where nobody sits before it.

WaylandDisplay, in wayland.py, has the same methods; display_class() gives the one that KEEL_DISPLAY
asks for.
"""

import os
import subprocess

from . import processes
from .waiting import scaled, wait_until


class Display:
    kind = 'x11'

    def __init__(self, case=None, size='1024x768'):
        reading, writing = os.pipe()
        # Xvfb chooses a free number itself and tells it: safe with several at once.
        self._server = processes.start(
            ['Xvfb', '-displayfd', str(writing), '-screen', '0', f'{size}x24', '-nolisten', 'tcp',
             '-noreset'], pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError('Xvfb did not start')
        self.name = f':{number}'
        self.environment = {
            'DISPLAY': self.name,
            'GDK_BACKEND': 'x11',
            'GSK_RENDERER': 'cairo',
            'XDG_SESSION_TYPE': 'x11',
        }
        self._manager = processes.start(['openbox'], env={**os.environ, **self.environment},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until('there is a window manager', lambda: '_NET_SUPPORTING_WM_CHECK(WINDOW)' in
                   self.run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK'))
        if case is not None:
            case.addCleanup(self.end)

    def run(self, *command):
        """Runs a command on the display and gives what it prints."""
        return subprocess.run(command, env={**os.environ, **self.environment}, text=True,
                              capture_output=True, timeout=scaled(30), check=False).stdout

    # Windows, by their numbers

    def windows(self, title):
        """Numbers of the visible windows whose title matches."""
        return self.run('xdotool', 'search', '--onlyvisible', '--name', title).split()

    def wait_window(self, title, seconds=30):
        return wait_until(f'there is a window "{title}"', lambda: self.windows(title), seconds)[0]

    def focus(self, number):
        """Gives a window the keyboard."""
        self.run('xdotool', 'windowactivate', '--sync', number)

    def resize(self, number, width, height):
        self.run('xdotool', 'windowsize', '--sync', number, str(width), str(height))

    def size_of(self, number):
        text = self.run('xdotool', 'getwindowgeometry', '--shell', number)
        values = dict(line.split('=') for line in text.split())
        return int(values['WIDTH']), int(values['HEIGHT'])

    def close_window(self, number):
        """As a person does it: the window manager asks the window to close."""
        self.focus(number)
        self.keys('alt+F4')

    # Hands

    def _do(self, *arguments):
        """Has xdotool do something. It looks whether it could: a key that was never pressed would
        be sought in the application."""
        result = subprocess.run(['xdotool', *arguments], env={**os.environ, **self.environment},
                                text=True, capture_output=True, timeout=scaled(30), check=False)
        if result.returncode != 0 or result.stderr:
            raise RuntimeError(f'xdotool {arguments}: {result.returncode}, {result.stderr}')

    def keys(self, *names):
        """Presses keys, or chords of them, as xdotool names them: 'ctrl+a', 'Return'."""
        if names:
            self._do('key', '--clearmodifiers', *names)

    def type(self, text):
        self._do('type', '--delay', '10', text)

    def move_pointer(self, x, y, number=None):
        """To this place of the screen, or of a window."""
        self._do('mousemove', *(['--window', number] if number else []), str(x), str(y))

    def click(self, button=1, keys=()):
        """Where the pointer is, with keys held down."""
        held = [word for key in keys for word in ('keydown', key)]
        let_go = [word for key in keys for word in ('keyup', key)]
        self._do(*held, 'click', str(button), *let_go)

    # Eyes

    def picture(self, path):
        """Of the whole screen."""
        subprocess.run(['import', '-display', self.name, '-window', 'root', path], check=True,
                       timeout=scaled(30))
        return path

    def end(self):
        processes.end(self._manager)
        processes.end(self._server)


def display_class():
    """The kind of display that KEEL_DISPLAY names: wayland, or X11 if nothing is said."""
    if os.environ.get('KEEL_DISPLAY') == 'wayland':
        from .wayland import WaylandDisplay
        return WaylandDisplay
    return Display
