# SPDX-License-Identifier: GPL-3.0-or-later
"""What glib-networking asks when the desktop's proxy is a script (PAC): a bus name that runs it.

Here no script runs; the test says what the answer is.
"""

import threading

from gi.repository import Gio, GLib

NAME = 'org.gtk.GLib.PACRunner'
PATH = '/org/gtk/GLib/PACRunner'
INTERFACE = '''
<node>
  <interface name="org.gtk.GLib.PACRunner">
    <method name="Lookup">
      <arg type="s" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="as" direction="out"/>
    </method>
  </interface>
</node>
'''


class PacRunner:
    """answer: the proxies to try, in order; asked: the (script, address) pairs so far"""

    def __init__(self, case, house, answer):
        self.answer = answer
        self.asked = []
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[house.bus], daemon=True)
        self._thread.start()
        self._ready.wait()
        case.addCleanup(self._end)

    def _run(self, bus):
        self._context.push_thread_default()
        connection = bus.connect()
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        connection.bus.register_object(PATH, node.interfaces[0], self._call_cb, None, None)
        connection.ask_bus('RequestName', GLib.Variant('(su)', (NAME, 0)))
        self._ready.set()
        self._loop.run()
        connection.close()
        self._context.pop_thread_default()

    def _call_cb(self, connection, sender, path, interface, method, arguments, invocation):
        self.asked.append(arguments.unpack())
        invocation.return_value(GLib.Variant('(as)', (self.answer,)))

    def _end(self):
        self._loop.quit()
        self._thread.join()
