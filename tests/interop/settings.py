# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a house that programs in it see change: GSettings in a key file.

The same file holds the product's own settings and the desktop's (org.gnome.system.proxy), and a
service that runs learns of a change as it would from dconf.
"""

import configparser
import os

from gi.repository import GLib

# For the House: dconf would need a daemon, and the memory backend nobody else can write to.
ENVIRONMENT = {'GSETTINGS_BACKEND': 'keyfile', 'XDG_CURRENT_DESKTOP': 'GNOME'}

OURS = 'io/github/keelboat/Keelboat'
SYSTEM_PROXY = 'system/proxy'

KINDS = {bool: 'b', int: 'i', list: 'as', str: 's'}


class Settings:
    def __init__(self, house):
        self._path = os.path.join(house.home, '.config/glib-2.0/settings/keyfile')
        self._file = configparser.RawConfigParser()
        self._file.optionxform = str
        os.makedirs(os.path.dirname(self._path), 0o700)

    def set(self, path, **values):
        """Sets keys (written with underscores) to strings, truths, numbers or lists of strings."""
        if not self._file.has_section(path):
            self._file.add_section(path)
        for key, value in values.items():
            text = GLib.Variant(KINDS[type(value)], value).print_(False)
            self._file.set(path, key.replace('_', '-'), text)
        with open(self._path + '.new', 'w', encoding='utf-8') as file:
            self._file.write(file, space_around_delimiters=False)
        os.rename(self._path + '.new', self._path)

    def use_proxy(self, uri, ignore=()):
        """The product's own choice."""
        self.set(OURS, proxy_mode='manual', proxy_uri=uri, proxy_ignore=list(ignore))

    def use_system_proxy(self, kind, port):
        """The desktop's choice, for every host; kind is 'http', 'https' or 'socks'."""
        self.set(SYSTEM_PROXY, mode='manual', ignore_hosts=[])
        self.set(f'{SYSTEM_PROXY}/{kind}', host='127.0.0.1', port=port)
