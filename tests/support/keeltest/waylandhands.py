# SPDX-License-Identifier: GPL-3.0-or-later
"""A keyboard and a pointer on a Wayland display.

A client of its own that speaks the wire protocol, so that nothing has to be built. The compositor
takes it for real devices (virtual-keyboard-unstable-v1, wlr-virtual-pointer-unstable-v1). It stays
for as long as the display: a keyboard that comes with each key and goes with it is what programs
that press keys from a command line have, and the first keys get lost while it comes.
"""

import array
import os
import socket
import struct
import time

KEYMAP = '''xkb_keymap {
  xkb_keycodes { include "evdev+aliases(qwerty)" };
  xkb_types { include "complete" };
  xkb_compat { include "complete" };
  xkb_symbols { include "pc+us+inet(evdev)" };
};'''
XKB_V1 = 1

# What the kernel calls the keys of that layout.
CODES = {'Escape': 1, 'BackSpace': 14, 'Tab': 15, 'Return': 28, 'Home': 102, 'Up': 103,
         'Page_Up': 104, 'Left': 105, 'Right': 106, 'End': 107, 'Down': 108, 'Page_Down': 109,
         'Insert': 110, 'Delete': 111, 'Menu': 127, 'space': 57,
         **{f'F{i + 1}': 59 + i for i in range(10)}, 'F11': 87, 'F12': 88}
NAMES = {'comma': ',', 'period': '.', 'question': '?', 'minus': '-', 'plus': '+', 'slash': '/'}
ROWS = [(2, '1234567890-=', '!@#$%^&*()_+'), (16, 'qwertyuiop[]', 'QWERTYUIOP{}'),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'), (43, '\\zxcvbnm,./', '|ZXCVBNM<>?')]
PLAIN = {letter: first + i for first, row, _ in ROWS for i, letter in enumerate(row)}
SHIFTED = {letter: first + i for first, _, row in ROWS for i, letter in enumerate(row)}
# Its key, and its bit in the state of the modifiers.
MODIFIERS = {'shift': (42, 1), 'ctrl': (29, 4), 'alt': (56, 8)}
BUTTONS = {1: 0x110, 2: 0x112, 3: 0x111}

DISPLAY, REGISTRY = 1, 2
SECONDS = 20


def _words(*values):
    return struct.pack(f'={len(values)}I', *values)


def _string(text):
    data = text.encode() + b'\0'
    return _words(len(data)) + data + b'\0' * (-len(data) % 4)


def _key_of(name):
    """The code of a key, and whether it needs Shift."""
    name = NAMES.get(name, name)
    if name in CODES:
        return CODES[name], False
    if name == ' ':
        return CODES['space'], False
    if name in PLAIN:
        return PLAIN[name], False
    return SHIFTED[name], True


class Hands:
    """One client of the compositor, with one keyboard and one pointer."""

    def __init__(self, path, size):
        self._size = size
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SECONDS)
        self._socket.connect(path)
        self._next = REGISTRY + 1
        self._globals = {}
        self._buffer = b''
        self._send(DISPLAY, 1, _words(REGISTRY))
        self.wait()
        seat = self._bind('wl_seat')
        self._keyboard = self._make('zwp_virtual_keyboard_manager_v1', seat)
        self._pointer = self._make('zwlr_virtual_pointer_manager_v1', seat)
        self._send_keymap()
        self.wait()

    # The wire

    def _send(self, thing, request, arguments=b'', fds=()):
        header = _words(thing, (8 + len(arguments)) << 16 | request)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self._socket.sendmsg([header + arguments], rights)

    def _new(self):
        self._next += 1
        return self._next - 1

    def _bind(self, interface):
        if interface not in self._globals:
            raise RuntimeError(f'the compositor has no {interface}')
        thing = self._new()
        self._send(REGISTRY, 0, _words(self._globals[interface]) + _string(interface) +
                   _words(1, thing))
        return thing

    def _make(self, interface, seat):
        """A device of that seat, from its manager."""
        manager = self._bind(interface)
        device = self._new()
        self._send(manager, 0, _words(seat, device))
        return device

    def _read(self):
        """The next event: of what, which, its arguments."""
        while True:
            if len(self._buffer) >= 8:
                thing, rest = struct.unpack('=II', self._buffer[:8])
                size = rest >> 16
                if len(self._buffer) >= size:
                    arguments, self._buffer = self._buffer[8:size], self._buffer[size:]
                    return thing, rest & 0xffff, arguments
            data = self._socket.recv(65536)
            if not data:
                raise RuntimeError('the compositor has gone')
            self._buffer += data

    def wait(self):
        """Until the compositor has done all of it."""
        callback = self._new()
        self._send(DISPLAY, 0, _words(callback))
        while True:
            thing, event, arguments = self._read()
            if thing == callback:
                return
            if thing == DISPLAY and event == 0:
                raise RuntimeError(f'the compositor complains: {arguments[12:]}')
            if thing == REGISTRY and event == 0:
                number, length = struct.unpack('=II', arguments[:8])
                self._globals[arguments[8:8 + length - 1].decode()] = number

    # The devices

    def _send_keymap(self):
        data = KEYMAP.encode() + b'\0'
        fd = os.memfd_create('keymap')
        try:
            os.write(fd, data)
            self._send(self._keyboard, 0, _words(XKB_V1, len(data)), [fd])
        finally:
            os.close(fd)

    def _now(self):
        return int(time.monotonic() * 1000) & 0xffffffff

    def _hold(self, modifiers, down):
        for name in modifiers:
            self._send(self._keyboard, 1, _words(self._now(), MODIFIERS[name][0], int(down)))
        state = sum(MODIFIERS[name][1] for name in modifiers) if down else 0
        self._send(self._keyboard, 2, _words(state, 0, 0, 0))

    def press(self, chord):
        """Presses a key with its modifiers and lets it go."""
        *modifiers, name = chord.split('+')
        code, shifted = _key_of(name)
        if shifted and 'shift' not in modifiers:
            modifiers.append('shift')
        self._hold(modifiers, True)
        self._send(self._keyboard, 1, _words(self._now(), code, 1))
        self._send(self._keyboard, 1, _words(self._now(), code, 0))
        self._hold(modifiers, False)
        self.wait()

    def move(self, x, y):
        """To this place of the screen."""
        self._send(self._pointer, 1, _words(self._now(), x, y, *self._size))
        self._send(self._pointer, 4)
        self.wait()

    def click(self, button, modifiers):
        self._hold(modifiers, True)
        for down in (1, 0):
            self._send(self._pointer, 2, _words(self._now(), BUTTONS[button], down))
            self._send(self._pointer, 4)
        self._hold(modifiers, False)
        self.wait()

    def close(self):
        self._socket.close()
