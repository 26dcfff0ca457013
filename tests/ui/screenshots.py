#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of every scene in every look: screenshots.py [--chosen] FOLDER [NAME...]

The service is the mock of tests/lib, so that a picture shows the same each time. A NAME takes only
the pictures whose name contains it. `make screenshots` runs this with what it has just built. The
display is a Wayland compositor: it draws shadows, and popups without black corners. --chosen takes
those of data/screenshots, without a desktop around.
"""

import glob
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

os.environ['KEEL_DISPLAY'] = 'wayland'
from gi.repository import GLib  # noqa: E402
from mockdesk import MockDesk  # noqa: E402
from keelui import TITLE, Program  # noqa: E402

LOOK = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'tests/ui/liblook.so')
WIDE = (900, 852)
NARROW = (360, 640)
# Of the desktop around the window.
MARGIN = 40
LIGHT_DESKTOP = '#c8c7c2'
DARK_DESKTOP = '#2d2d30'

# Environment of the application; size of the window; the desktop around it.
LOOKS = {
    'light': {},
    'dark': {'environment': {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'}, 'desktop': DARK_DESKTOP},
    'narrow': {'size': NARROW},
    'zh_CN': {'environment': {'LANGUAGE': 'zh_CN', 'LC_ALL': 'C.UTF-8'}},
    'rtl': {'environment': {'KEEL_LOOK_RTL': '1'}},
    'large': {'environment': {'KEEL_LOOK_DPI': '144'}},
    'contrast': {'environment': {'ADW_DEBUG_HIGH_CONTRAST': '1'}},
}

# What README.md and the metainfo show: scene and look.
CHOSEN = {
    'list': ('list', {'size': (900, 640)}),
    'list-dark': ('list', {'size': (900, 640), **LOOKS['dark']}),
    'details': ('details-running', {'size': (900, 640)}),
    'narrow': ('list', LOOKS['narrow']),
}


class Pictures(unittest.TestCase):
    """A case only for what the Program wants of one."""


class PictureDesk(MockDesk):
    def change_raw(self, number, values):
        """What a task becomes, as it is told on the bus."""
        self._mock('Change', GLib.Variant('(ata{sv})', ([number], values)))

    def picture(self, path):
        """Of all windows, with some of the desktop around them."""
        places = [self.display.place_of(number) for number in self.display.windows('.')]
        left, top = (min(place[i] for place in places) - MARGIN for i in (0, 1))
        right, bottom = (max(place[i] + place[i + 2] for place in places) + MARGIN for i in (0, 1))
        self.display.picture(path, (left, top, right - left, bottom - top))

    def clear_picture(self, path):
        """The same with nothing around: what differs before a black and a white desktop is what
        can be seen through, as the shadow."""
        with tempfile.TemporaryDirectory() as folder:
            for colour in ('#000000', '#ffffff'):
                self.display.set_background(colour)
                time.sleep(0.5)
                self.picture(os.path.join(folder, f'{colour[1]}.png'))
            subprocess.run(
                ['convert', f'{folder}/0.png', f'{folder}/f.png', '-alpha', 'off',
                 '(', '-clone', '0,1', '-compose', 'difference', '-composite', '-negate', ')',
                 '(', '-clone', '0,2', '+swap', '-compose', 'divide', '-composite', ')',
                 '-delete', '0,1', '+swap', '-compose', 'CopyOpacity', '-composite', path],
                check=True, timeout=60)
        if shutil.which('pngquant'):
            subprocess.run(['pngquant', '--force', '--strip', '--output', path, '--', path],
                           check=True, timeout=60)


def take(desk, path, look, scene, picture):
    fill, act, speed, *links = scene
    width, height = look.get('size', WIDE)
    desk.forget_all()
    desk.window = {'window_width': width, 'window_height': height}
    desk.set_settings(**desk.window)
    desk.display.set_background(look.get('desktop', LIGHT_DESKTOP))
    fill(desk)
    case = Pictures()
    program = Program(case, desk, *sum(links, []), environment={
        'LD_PRELOAD': LOOK, 'KEEL_LOOK_SPEED': str(speed), **look.get('environment', {})})
    try:
        program.activate('(Add Downloads|添加下载)' if links else TITLE)
        time.sleep(1)
        if act is not None:
            act(program)
            # To a fast clock a second is long enough for a transfer to be called slow.
            time.sleep(1 if speed == 1 else 0.15)
        # A picture that is made of two must not change.
        os.kill(program.process.pid, signal.SIGSTOP)
        picture(path)
        os.kill(program.process.pid, signal.SIGCONT)
    finally:
        case.doCleanups()
    print(path, flush=True)


def all_scenes():
    """Those of every scenes*.py beside this file."""
    scenes = {}
    for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), 'scenes*.py'))):
        scenes.update(importlib.import_module(os.path.basename(path)[:-3]).SCENES)
    return scenes


def take_all(desk, folder, wanted):
    """How many could not be taken."""
    failed = 0
    for look_name, look in LOOKS.items():
        for scene_name, scene in all_scenes().items():
            name = f'{scene_name}-{look_name}'
            if wanted and not any(word in name for word in wanted):
                continue
            try:
                take(desk, os.path.join(folder, f'{name}.png'), look, scene, desk.picture)
            except AssertionError as error:
                failed += 1
                print(f'{name}: {error}', file=sys.stderr, flush=True)
    return failed


def main():
    arguments = [word for word in sys.argv[1:] if word != '--chosen']
    folder, wanted = arguments[0], arguments[1:]
    os.makedirs(folder, exist_ok=True)
    failed = 0
    desk = PictureDesk(size='1400x1200')
    try:
        if len(arguments) == len(sys.argv) - 1:
            failed = take_all(desk, folder, wanted)
        else:
            for name, (scene_name, look) in CHOSEN.items():
                take(desk, os.path.join(folder, f'{name}.png'), look, all_scenes()[scene_name],
                     desk.clear_picture)
    finally:
        desk.end()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
