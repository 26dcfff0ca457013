# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody without a pointer, or without eyes, needs of every screen.

Everything that can be used has a name and says what it is; Tab goes round and leaves nothing out.
GTK 4.8 gives what has no name that of its type, so that is no name. What is the toolkit's own and
cannot be helped from outside is named here, with the reason.
"""

import re
import time

from keeltest import wait_until
from keelui import Atspi, is_showing
from gi.repository import GLib

State = Atspi.StateType
USABLE = {'push button', 'toggle button', 'check box', 'radio button', 'text', 'password text',
          'entry', 'combo box', 'spin button', 'slider', 'menu item', 'check menu item',
          'radio menu item', 'page tab', 'link', 'switch', 'list item', 'list', 'scroll pane',
          'progress bar'}
# They hold what can be used; the focus is never on themselves.
HOLDERS = {'list', 'scroll pane'}
MESSAGE_DIALOGS = {'Sign In', 'Paste New Link'}
TYPE_NAME = re.compile(r'^(Gtk|Adw|Keel)[A-Z][A-Za-z]+$')


class Node:
    """One accessible object, as it was when it was looked at."""

    def __init__(self, accessible, parents):
        self.role = accessible.get_role_name()
        self.name = accessible.get_name() or ''
        states = accessible.get_state_set()
        self.is_focusable = states.contains(State.FOCUSABLE)
        self.is_focused = states.contains(State.FOCUSED)
        self.is_sensitive = states.contains(State.SENSITIVE)
        self.path = accessible.path
        self.parents = parents
        box = Atspi.Component.get_extents(accessible, Atspi.CoordType.WINDOW)
        self.box = (box.x, box.y, box.width, box.height)
        self.parts = []  # what it has a name for

    def __repr__(self):
        return f'{self.role} "{self.name}" {self.box}'

    def is_in(self, role):
        return any(parent.role == role for parent in self.parents)


def nodes_of(frame):
    """Everything that is on a window and can be used."""
    found = []

    def walk(accessible, parents):
        if accessible is None or not is_showing(accessible):
            below = parents
        else:
            node = Node(accessible, parents)
            if node.is_focusable or node.role in USABLE:
                found.append(node)
            for parent in parents:
                parent.parts.append(node)
            below = parents + [node]
        for i in range(accessible.get_child_count() if accessible is not None else 0):
            walk(accessible.get_child_at_index(i), below)
    try:
        walk(frame, [])
    except GLib.Error as error:
        raise AssertionError(f'the tree changed: {error}') from error
    return found


def read(frame):
    """The same, from a tree that stood still meanwhile."""
    return wait_until('the window can be looked at', lambda: nodes_of(frame))


def frame_of(program, title):
    """The window of that title."""
    def look():
        count = program.accessible.get_child_count()
        frames = [program.accessible.get_child_at_index(i) for i in range(count)]
        found = [frame for frame in frames if frame is not None and frame.get_name() == title]
        assert found, [frame.get_name() for frame in frames if frame is not None]
        return found[-1]
    try:
        return look()
    except GLib.Error as error:
        raise AssertionError(f'the tree changed: {error}') from error


def _is_toolkits(node):
    """What is inside a widget of the toolkit and never has the focus."""
    # The value of a combo box, and the list that it drops, which are not entered.
    if node.is_in('combo box'):
        return True
    # The buttons of a window are worked with its own keys.
    if node.role == 'push button' and node.name == 'Close':
        return True
    # The row around an expander is called what the row inside is. Others only show something.
    return node.role == 'list item' and (not node.is_focusable or
                                         any(part.role == 'list' for part in node.parts))


def complaints(frame):
    """What somebody who cannot see would not know how to name, or not what it is."""
    said = []
    # The buttons of a message dialog have two names, of which the toolkit makes one.
    is_dialog = frame.get_name() in MESSAGE_DIALOGS
    for node in read(frame):
        if node.role in HOLDERS or _is_toolkits(node):
            continue
        if node.role not in USABLE:
            said.append(f'{node} has the focus, and no role for it')
        if not node.name.strip() or TYPE_NAME.match(node.name):
            said.append(f'{node} has no name')
        half = len(node.name) // 2
        if node.name[:half] == node.name[half + 1:] and half and not is_dialog:
            said.append(f'{node} says it twice')
    return said


def focused(frame):
    """What has the focus. None is a row to write in: libadwaita 1.2 does not tell of those."""
    for _ in range(2):
        found = [node for node in read(frame) if node.is_focused]
        if found:
            return found[-1]
        # It may have gone from what was not looked at yet to what had been: None is seen twice.
    return None


def tab_round(program, frame, key='Tab', limit=60):
    """Goes on by Tab until it is where it was; gives what it came by. There is one None for each
    row to write in."""
    came_by = [focused(frame)]
    seen = {node.path for node in came_by if node is not None}
    for _ in range(limit):
        program.keys(key)
        node = _next(frame, came_by[-1], key)
        if node is not None and node.path in seen:
            came_by.append(node)
            return _whole_round(came_by)
        came_by.append(node)
        seen |= {node.path} if node is not None else set()
    raise AssertionError(f'{key} goes on for ever: {came_by}')


def _next(frame, before, key):
    """Where the focus is after a key."""
    if before is None:
        # From one row to write in to the next nothing is to be seen. The key is before what is
        # asked now, so that a program that has answered one whole look has had it.
        time.sleep(0.3)
        read(frame)
        return focused(frame)

    def look():
        node = focused(frame)
        assert node is None or node.path != before.path, f'still at {node}'
        return [node]
    return wait_until(f'{key} leads on from {before}', look)[0]


def _whole_round(came_by):
    """Without what was before the round began."""
    last = came_by[-1].path
    first = [node.path if node is not None else None for node in came_by].index(last)
    return came_by[first:-1]


def missed(frame, came_by, *known):
    """What could be used and Tab does not come by: rows are gone over with arrow keys, and one tab
    stands for all."""
    paths = {node.path for node in came_by if node is not None}
    nodes = read(frame)
    rows = [node for node in nodes if node.role == 'text' and node.is_sensitive]
    n_rows = came_by.count(None)

    def is_missed(node):
        if not node.is_focusable or not node.is_sensitive or node.role in HOLDERS | {'text'}:
            return False
        if node.path in paths or _is_toolkits(node) or node.name in known:
            return False
        if node.role == 'page tab' or any(parent.name == 'Downloads' for parent in node.parents):
            return False
        return True
    found = [node for node in nodes if is_missed(node)]
    return found + (rows if n_rows != len(rows) else [])
