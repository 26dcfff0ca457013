#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads among Plasma's jobs: what its server is told, and what its buttons do. The server is
ours, on the private bus, as that of Plasma 5.22 and later or as an older one."""

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.house import SOON_SECONDS
from notices import Player

SERVER = 'org.kde.JobViewServer'
SERVER_PATH = '/JobViewServer'
SERVER_XML = '''<node><interface name="{name}"><method name="requestView">
  <arg type="s" direction="in"/><arg type="{second}" direction="in"/>
  <arg type="{third}" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>'''
V3 = 'org.kde.JobViewV3'
V3_XML = '''<node><interface name="org.kde.JobViewV3">
  <method name="terminate"><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/></method>
  <method name="update"><arg type="a{sv}" direction="in"/></method>
</interface></node>'''
V2 = 'org.kde.JobViewV2'
V2_METHODS = {'setError': 'u', 'terminate': 's', 'setInfoMessage': 's', 'setDestUrl': 'v',
              'setTotalAmount': 'ts', 'setProcessedAmount': 'ts', 'setPercent': 'u',
              'setSpeed': 't', 'setSuspended': 'b'}
KEELBOAT = 'io.github.keelboat.Keelboat'
KILLED = 1
MB = 1000 * 1000


def v2_xml():
    methods = ''
    for name, kinds in V2_METHODS.items():
        arguments = ''.join(f'<arg type="{kind}" direction="in"/>' for kind in kinds)
        methods += f'<method name="{name}">{arguments}</method>'
    return f'<node><interface name="{V2}">{methods}</interface></node>'


class View:
    """One job, as the person sees it."""

    def __init__(self, server, path):
        self.server = server
        self.path = path
        self.calls = []
        self.properties = {}
        self.ended = None

    def called(self, method, arguments):
        self.calls.append(method)
        if method == 'terminate':
            self.ended = arguments
        elif method == 'update':
            self.properties.update(arguments[0])
        else:
            self.properties[method] = arguments

    def press(self, wish):
        self.server.emit(self.path, self.server.view, wish, None)


class Plasma(Player):
    view = V3
    view_xml = V3_XML
    xml = SERVER_XML.format(name='org.kde.JobViewServerV2', second='i', third='a{sv}')

    def __init__(self, case, address, delay=0):
        self.views = []
        self.delay = delay
        super().__init__(case, address, SERVER, SERVER_PATH, self.xml, self._reply)

    def _reply(self, _method, _arguments):
        self.hang(self.delay)
        path = f'/org/kde/notificationmanager/jobs/JobView_{len(self.views) + 1}'
        view = View(self, path)

        def called(_connection, _sender, _path, _interface, method, parameters, invocation):
            view.called(method, parameters.unpack())
            invocation.return_value(None)
        node = Gio.DBusNodeInfo.new_for_xml(self.view_xml)
        self.connection.bus.register_object(path, node.interfaces[0], called, None, None)
        self.views.append(view)
        return GLib.Variant('(o)', (path,))

    def emit(self, path, interface, signal, arguments):
        self.connection.bus.emit_signal(None, path, interface, signal, arguments)

    def requested(self):
        return self.named('requestView')

    def open_views(self):
        return [view for view in list(self.views) if view.ended is None]

    def wait_views(self, count):
        return wait_until(f'{count} views', lambda: len(self.open_views()) == count and
                          self.open_views())


class OldPlasma(Plasma):
    """Before 5.22."""
    view = V2
    view_xml = v2_xml()
    xml = SERVER_XML.format(name=SERVER, second='s', third='i')


class JobCase(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def add(self, name='a.bin', limit='50k'):
        """Nobody watches."""
        return self.house.add(self.server.url('good', name, size=MB), f'--limit={limit}')


class Jobs(JobCase):
    def setUp(self):
        super().setUp()
        self.plasma = Plasma(self, self.house.bus.address)

    def test_shown_until_it_has_ended(self):
        number = self.add(limit='400k')
        view, = self.plasma.wait_views(1)
        (desktop_entry, capabilities, hints), = self.plasma.requested()
        self.assertEqual((desktop_entry, capabilities), (KEELBOAT, 3))
        self.assertEqual(hints, {'title': 'a.bin'})
        wait_until('it moves', lambda: view.properties.get('speed') and
                   view.properties.get('percent'))
        self.assertEqual(view.properties['title'], 'a.bin')
        self.assertEqual(view.properties['totalBytes'], MB)
        self.assertEqual(view.properties['destUrl'], 'file://' + self.house.downloads)
        self.assertLessEqual(view.properties['processedBytes'], MB)
        self.house.wait_task(number, 'finished')
        wait_until('it is taken away', lambda: view.ended)
        # As if cancelled, which makes no noise: that is our notification's.
        self.assertEqual(view.ended, (KILLED, '', {}))
        self.assertEqual(len(self.plasma.views), 1)

    def test_pause_and_resume(self):
        number = self.add()
        view, = self.plasma.wait_views(1)
        for wish, state in (('suspendRequested', 'paused'), ('resumeRequested', 'running')):
            view.press(wish)
            self.house.wait_task(number, state)
            wait_until('it is shown', lambda: view.properties.get('suspended') ==
                       (state == 'paused'))
        self.assertIsNone(view.ended)

    def test_cancel(self):
        number = self.add()
        view, = self.plasma.wait_views(1)
        view.press('cancelRequested')
        wait_until('it is taken away', lambda: view.ended)
        self.house.wait_task(number, 'cancelled')

    def test_a_signal_of_somebody_else(self):
        number = self.add()
        view, = self.plasma.wait_views(1)
        self.house.connection.bus.emit_signal(None, view.path, V3, 'cancelRequested', None)
        self.house.keel('status')
        wait_until('it goes on', lambda: view.properties.get('processedBytes', 0) > MB // 4)
        self.assertEqual(self.house.task(number)['state'], 'running')

    def test_no_more_than_a_handful(self):
        self.house.keel('limit', '--active=3')
        numbers = [self.add(f'{i}.bin', '10k') for i in range(2)]
        self.plasma.wait_views(2)
        numbers += [self.add(f'{i}.bin', '10k') for i in range(2, 7)]
        wait_until('there is one for all', lambda: [
            view.properties.get('title') for view in self.plasma.open_views()] == ['7 downloads'])
        view, = self.plasma.open_views()
        # A click must not throw away what cannot be seen.
        self.assertEqual(self.plasma.requested()[-1][1], 2)
        view.press('cancelRequested')
        view.press('suspendRequested')
        wait_until('all are paused', lambda: {task['state'] for task in self.house.tasks()} ==
                   {'paused'})
        wait_until('it is shown', lambda: view.properties.get('suspended'))
        view.press('resumeRequested')
        wait_until('they go on', lambda: 'running' in {
            task['state'] for task in self.house.tasks()})
        self.house.keel('cancel', *numbers[2:])
        wait_until('each has its own', lambda: view.ended and len(self.plasma.open_views()) == 2)

    def test_not_while_somebody_watches(self):
        number = self.add()
        view, = self.plasma.wait_views(1)
        watcher = self.house.start_keel('watch', number)
        self.addCleanup(watcher.stdout.close)
        self.addCleanup(watcher.stderr.close)
        wait_until('it is taken away', lambda: view.ended)
        watcher.terminate()
        watcher.wait(20)
        self.plasma.wait_views(1)

    def test_who_leaves_takes_it_away(self):
        self.add()
        view, = self.plasma.wait_views(1)
        self.house.keel('quit')
        wait_until('it is taken away', lambda: view.ended)

    def test_the_server_goes_and_comes(self):
        self.add(limit='10k')
        self.plasma.wait_views(1)
        ask = self.plasma.connection.ask_bus
        ask('ReleaseName', GLib.Variant('(s)', (SERVER,)))
        ask('RequestName', GLib.Variant('(su)', (SERVER, 0)))
        wait_until('it is asked again', lambda: len(self.plasma.views) == 2)


class Others(JobCase):
    def test_an_older_server(self):
        plasma = OldPlasma(self, self.house.bus.address)
        number = self.add(limit='100k')
        view, = plasma.wait_views(1)
        self.assertEqual(plasma.requested(), [(KEELBOAT, KEELBOAT, 3)])
        wait_until('it moves', lambda: view.properties.get('setSpeed') and
                   view.properties.get('setPercent'))
        self.assertEqual(view.properties['setInfoMessage'], ('a.bin',))
        self.assertEqual(view.properties['setTotalAmount'], (MB, 'bytes'))
        view.press('suspendRequested')
        self.house.wait_task(number, 'paused')
        wait_until('it is shown', lambda: view.properties.get('setSuspended') == (True,))
        view.press('cancelRequested')
        wait_until('it is taken away', lambda: view.ended)
        self.assertEqual((view.properties['setError'], view.ended), ((KILLED,), ('',)))

    def test_a_server_that_hangs(self):
        plasma = Plasma(self, self.house.bus.address, delay=60)
        self.house.wait_task(self.add(limit='500k'), 'finished')
        self.assertEqual(len(plasma.requested()), 1)
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)

    def test_a_server_that_is_slow(self):
        plasma = Plasma(self, self.house.bus.address, delay=4)
        self.house.wait_task(self.add(limit='500k'), 'finished')
        wait_until('it is taken away when it is there',
                   lambda: plasma.views and plasma.views[0].ended)
        self.assertEqual(plasma.views[0].calls, ['terminate'])

    def test_a_server_of_another_kind(self):
        class Odd(Plasma):
            xml = SERVER_XML.format(name='org.example.Odd', second='s', third='i')
        plasma = Odd(self, self.house.bus.address)
        self.house.wait_task(self.add(limit='500k'), 'finished')
        self.assertEqual(plasma.calls, [])


if __name__ == '__main__':
    main()
