# SPDX-License-Identifier: GPL-3.0-or-later
"""A private X display with a window manager: what a window needs where nobody sits before it."""

import os
import subprocess

from . import processes
from .waiting import scaled, wait_until


class Display:
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

    def windows(self, title):
        """Numbers of the visible windows whose title matches."""
        return self.run('xdotool', 'search', '--onlyvisible', '--name', title).split()

    def wait_window(self, title, seconds=30):
        return wait_until(f'there is a window "{title}"', lambda: self.windows(title), seconds)[0]

    def close_window(self, number):
        """As a person does it: the window manager asks the window to close."""
        self.run('xdotool', 'windowactivate', '--sync', number)
        self.run('xdotool', 'key', '--clearmodifiers', 'alt+F4')

    def picture(self, path):
        subprocess.run(['import', '-display', self.name, '-window', 'root', path], check=True,
                       timeout=scaled(30))
        return path

    def end(self):
        processes.end(self._manager)
        processes.end(self._server)
