# SPDX-License-Identifier: GPL-3.0-or-later
"""A keyring for a house: org.freedesktop.secrets with the plain algorithm, on a thread.

It can be locked, with a prompt that the person follows, dismisses or never looks at, and it can
hang: then nothing that it is asked is answered.
"""

import threading
import time

from gi.repository import Gio, GLib

from keeltest import scaled

NAME = 'org.freedesktop.secrets'
ROOT = '/org/freedesktop/secrets'
COLLECTION = ROOT + '/collection/login'
ALIAS = ROOT + '/aliases/default'
PROMPT = ROOT + '/prompt/p'
SESSION = ROOT + '/session/s'
PREFIX = 'org.freedesktop.Secret.'
XML = '''<node>
  <interface name="org.freedesktop.Secret.Service">
    <method name="OpenSession"><arg type="s" direction="in"/><arg type="v" direction="in"/>
      <arg type="v" direction="out"/><arg type="o" direction="out"/></method>
    <method name="SearchItems"><arg type="a{ss}" direction="in"/>
      <arg type="ao" direction="out"/><arg type="ao" direction="out"/></method>
    <method name="Unlock"><arg type="ao" direction="in"/>
      <arg type="ao" direction="out"/><arg type="o" direction="out"/></method>
    <method name="GetSecrets"><arg type="ao" direction="in"/><arg type="o" direction="in"/>
      <arg type="a{o(oayays)}" direction="out"/></method>
    <method name="ReadAlias"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
    <property name="Collections" type="ao" access="read"/>
  </interface>
  <interface name="org.freedesktop.Secret.Collection">
    <method name="CreateItem"><arg type="a{sv}" direction="in"/>
      <arg type="(oayays)" direction="in"/><arg type="b" direction="in"/>
      <arg type="o" direction="out"/><arg type="o" direction="out"/></method>
    <property name="Items" type="ao" access="read"/>
    <property name="Label" type="s" access="read"/>
    <property name="Locked" type="b" access="read"/>
    <property name="Created" type="t" access="read"/>
    <property name="Modified" type="t" access="read"/>
  </interface>
  <interface name="org.freedesktop.Secret.Item">
    <method name="GetSecret"><arg type="o" direction="in"/>
      <arg type="(oayays)" direction="out"/></method>
    <property name="Locked" type="b" access="read"/>
    <property name="Attributes" type="a{ss}" access="read"/>
    <property name="Label" type="s" access="read"/>
    <property name="Created" type="t" access="read"/>
    <property name="Modified" type="t" access="read"/>
  </interface>
  <interface name="org.freedesktop.Secret.Prompt">
    <method name="Prompt"><arg type="s" direction="in"/></method>
    <method name="Dismiss"/>
    <signal name="Completed"><arg type="b"/><arg type="v"/></signal>
  </interface>
</node>'''


class Item:
    def __init__(self, attributes, label, password, modified):
        self.attributes = attributes
        self.label = label
        self.password = password
        self.modified = modified


class Keyring:
    """locked: whether it has to be unlocked; person: what the prompt meets: 'unlocks', 'dismisses'
    or 'ignores'; hangs: answer nothing."""

    def __init__(self, case, house, locked=False, person='unlocks', hangs=False):
        self.items = {}
        self.locked = locked
        self.person = person
        self.hangs = hangs
        self.prompts = 0
        self.calls = []
        self._unlocking = []
        self._house = house
        self._ready = threading.Event()
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(scaled(20)):
            raise RuntimeError('the keyring did not start')
        case.addCleanup(self.end)

    def put(self, app, origin, user, password):
        """As if it had been kept earlier."""
        attributes = {'xdg:schema': 'io.github.keelboat.Credentials', 'app': app,
                      'origin': origin, 'user': user}
        self._put(Item(attributes, 'kept earlier', password.encode(), int(time.time())))

    def kept(self):
        """(app, origin, user): password, of all that is in it."""
        return {tuple(item.attributes[key] for key in ('app', 'origin', 'user')):
                item.password.decode() for item in list(self.items.values())}

    def end(self):
        if self.prompts and self.person == 'ignores':
            self._end_prompt(dismissed=True)
        self._loop.quit()
        self._thread.join(scaled(10))
        self._connection.close()

    def _run(self):
        self._context.push_thread_default()
        self._connection = self._house.bus.connect()
        self._interfaces = {info.name: info
                            for info in Gio.DBusNodeInfo.new_for_xml(XML).interfaces}
        self._export(ROOT, 'Service')
        for path in (COLLECTION, ALIAS):
            self._export(path, 'Collection')
        self._export(PROMPT, 'Prompt')
        self._connection.ask_bus('RequestName', GLib.Variant('(su)', (NAME, 0)))
        self._ready.set()
        self._loop.run()
        self._context.pop_thread_default()

    def _export(self, path, interface):
        self._connection.bus.register_object(path, self._interfaces[PREFIX + interface],
                                             self._called, self._read, None)

    def _put(self, item):
        for path, known in self.items.items():
            if known.attributes == item.attributes:
                self.items[path] = item
                return path
        path = f'{COLLECTION}/i{len(self.items) + 1}'
        self.items[path] = item
        done = threading.Event()

        def export():
            self._export(path, 'Item')
            done.set()
        if threading.current_thread() is self._thread:
            export()
        else:
            self._context.invoke_full(GLib.PRIORITY_DEFAULT, export)
            done.wait(scaled(10))
        return path

    def _called(self, bus, sender, path, interface, method, arguments, invocation):
        self.calls.append(method)
        if self.hangs:
            return
        reply = getattr(self, '_' + method)(invocation, path, *arguments.unpack())
        if reply is not None:
            invocation.return_value(reply)

    def _read(self, bus, sender, path, interface, name):
        if interface.endswith('Item'):
            item = self.items[path]
            return {'Attributes': GLib.Variant('a{ss}', item.attributes),
                    'Label': GLib.Variant('s', item.label),
                    'Locked': GLib.Variant('b', self.locked)}.get(
                        name, GLib.Variant('t', item.modified))
        return {'Collections': GLib.Variant('ao', [COLLECTION]),
                'Items': GLib.Variant('ao', list(self.items)),
                'Label': GLib.Variant('s', 'Login'),
                'Locked': GLib.Variant('b', self.locked)}.get(name, GLib.Variant('t', 0))

    # The interface

    def _OpenSession(self, invocation, path, algorithm, value):
        if algorithm != 'plain':
            invocation.return_dbus_error('org.freedesktop.DBus.Error.NotSupported', 'only plain')
            return None
        return GLib.Variant('(vo)', (GLib.Variant('s', ''), SESSION))

    def _SearchItems(self, invocation, path, wanted):
        found = [path for path, item in self.items.items()
                 if wanted.items() <= item.attributes.items()]
        return GLib.Variant('(aoao)', ([], found) if self.locked else (found, []))

    def _Unlock(self, invocation, path, paths):
        if not self.locked:
            return GLib.Variant('(aoo)', (paths, '/'))
        self._unlocking = paths
        return GLib.Variant('(aoo)', ([], PROMPT))

    def _Prompt(self, invocation, path, window):
        self.prompts += 1
        if self.person == 'unlocks':
            self.locked = False
        if self.person != 'ignores':
            self._end_prompt(dismissed=self.locked)
        return GLib.Variant('()', ())

    def _end_prompt(self, dismissed):
        unlocked = GLib.Variant('ao', [] if dismissed else self._unlocking)
        self._connection.bus.emit_signal(None, PROMPT, PREFIX + 'Prompt', 'Completed',
                                         GLib.Variant('(bv)', (dismissed, unlocked)))

    def _Dismiss(self, invocation, path):
        return GLib.Variant('()', ())

    def _secret(self, path):
        return SESSION, b'', self.items[path].password, 'text/plain'

    def _GetSecrets(self, invocation, path, paths, session):
        known = {} if self.locked else {path: self._secret(path) for path in paths}
        return GLib.Variant('(a{o(oayays)})', (known,))

    def _GetSecret(self, invocation, path, session):
        if self.locked:
            invocation.return_dbus_error(PREFIX + 'Error.IsLocked', 'it is locked')
            return None
        return GLib.Variant('((oayays))', (self._secret(path),))

    def _ReadAlias(self, invocation, path, alias):
        return GLib.Variant('(o)', (COLLECTION,))

    def _CreateItem(self, invocation, path, properties, secret, replace):
        if self.locked:
            self._unlocking = []
            return GLib.Variant('(oo)', ('/', PROMPT))
        item = Item(properties[PREFIX + 'Item.Attributes'], properties[PREFIX + 'Item.Label'],
                    bytes(secret[2]), int(time.time()))
        return GLib.Variant('(oo)', (self._put(item), '/'))
