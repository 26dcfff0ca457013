# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of status icons, played on the private bus: it keeps what it is told, reads and clicks."""

from gi.repository import GLib

from keeltest import wait_until
from keeltest.bus import Listener
from notices import Player

WATCHER = 'org.kde.StatusNotifierWatcher'
WATCHER_PATH = '/StatusNotifierWatcher'
WATCHER_XML = '''<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
</interface></node>'''
ITEM = 'org.kde.StatusNotifierItem'
ITEM_PATH = '/StatusNotifierItem'
MENU = 'com.canonical.dbusmenu'


class Host(Player):
    def __init__(self, case, address, delay=0):
        self.delay = delay
        super().__init__(case, address, WATCHER, WATCHER_PATH, WATCHER_XML, self._reply)
        self.told = Listener(address, [f"interface='{ITEM}'", f"interface='{MENU}'"])
        case.addCleanup(self.told.end)

    def _reply(self, _method, _arguments):
        self.hang(self.delay)

    def registered(self):
        """Bus names of the icons, also of those that have gone."""
        return [name for name, in self.named('RegisterStatusNotifierItem')]

    def wait_icon(self, count=1):
        return wait_until(f'{count} icons were registered',
                          lambda: len(self.registered()) >= count and
                          Icon(self.told.connection, self.registered()[count - 1]))


class Icon:
    """One registered icon."""

    def __init__(self, connection, name):
        self.connection = connection
        self.name = name

    def is_there(self):
        return self.connection.owner_of(self.name) is not None

    def call(self, method, arguments=None):
        return self.connection.call(self.name, ITEM_PATH, ITEM, method, arguments)

    def read_all(self):
        return self.connection.call(self.name, ITEM_PATH, 'org.freedesktop.DBus.Properties',
                                    'GetAll', GLib.Variant('(s)', (ITEM,)))[0]

    def read(self, name):
        return self.connection.call(self.name, ITEM_PATH, 'org.freedesktop.DBus.Properties',
                                    'Get', GLib.Variant('(ss)', (ITEM, name)))[0]

    def status(self):
        return self.read('Status')

    def tip(self):
        return self.read('ToolTip')[3]

    def step(self):
        """How many eighths of the bar are full, measured in the picture."""
        picture = Picture(self.read('IconPixmap'), 16)
        return sum(picture.alpha(x, 8) > 200 for x in range(1, 16, 2))

    # The menu

    @property
    def menu_path(self):
        return self.read('Menu')

    def menu(self, method, signature=None, *arguments):
        return self.connection.call(self.name, self.menu_path, MENU, method,
                                    GLib.Variant(signature, arguments) if signature else None)

    def rows(self):
        """(number, label or None for a line, whether it can be chosen), from above."""
        _, (root, _, children) = self.menu('GetLayout', '(iias)', 0, -1, [])
        assert root == 0
        return [(number, None if properties.get('type') == 'separator' else properties['label'],
                 properties.get('enabled', True)) for number, properties, _ in children]

    def enabled(self):
        return [label for _, label, enabled in self.rows() if label and enabled]

    def choose(self, label):
        number, = [number for number, text, _ in self.rows() if text == label]
        self.menu('Event', '(isvu)', number, 'clicked', GLib.Variant('s', ''), 0)


class Picture:
    """One of the sizes of an icon."""

    def __init__(self, pictures, size):
        found = [bytes(data) for width, height, data in pictures if width == height == size]
        assert len(found) == 1, [picture[:2] for picture in pictures]
        self.size = size
        self.data = found[0]
        assert len(self.data) == 4 * size * size

    def pixel(self, x, y):
        """Alpha, red, green, blue."""
        place = 4 * (y * self.size + x)
        return tuple(self.data[place:place + 4])

    def alpha(self, x, y):
        return self.pixel(x, y)[0]


def contrast(one, other):
    """Of two colours, as WCAG 2.1 defines it."""
    def luminance(colour):
        parts = [value / 255 for value in colour]
        parts = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
                 for value in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)
