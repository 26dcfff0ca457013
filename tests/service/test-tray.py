#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon among those of the desktop's status, as a host on the private bus sees it."""

import os
import time

from gi.repository import GLib

from keelserver import Server, behaviour
from keeltest import Case, House, main, wait_until
from keeltest.house import SOON_SECONDS
from notices import Application
from trayhost import WATCHER, Host, Picture, contrast

MB = 1000 * 1000
MENU_ROWS = ['Show', None, 'Pause All', 'Resume All', 'Add from Clipboard', None, 'Quit']


@behaviour
def by_eighths(exchange):
    """One eighth after the other, each when the test has set its switch."""
    _, end = exchange.begin()
    for eighth in range(8):
        while not exchange.server.switches[eighth].wait(0.05):
            if exchange.server.ending.is_set():
                exchange.close()
        exchange.write(exchange.body[eighth * end // 8:(eighth + 1) * end // 8])


class TrayCase(Case):
    wanted = 'true'

    def setUp(self):
        self.house = House(self, environment={'GSETTINGS_BACKEND': 'keyfile'})
        self.server = Server(self)
        self.folder = os.path.join(self.house.home, '.config/glib-2.0/settings')
        os.makedirs(self.folder)
        self.set_wanted(self.wanted)

    def set_wanted(self, value):
        with open(os.path.join(self.folder, 'keyfile.new'), 'w', encoding='utf-8') as file:
            file.write(f'[io/github/keelboat/Keelboat]\nstatus-icon={value}\n')
        os.rename(os.path.join(self.folder, 'keyfile.new'), os.path.join(self.folder, 'keyfile'))

    def start_host(self):
        return Host(self, self.house.bus.address)

    def add(self, name='a.bin', size=2 * MB, limit='20k', **options):
        return self.house.add(self.server.url('good', name, size=size, **options),
                              f'--limit={limit}')

    def states(self):
        return [task['state'] for task in self.house.tasks()]


class Face(TrayCase):
    def test_what_a_host_reads(self):
        host = self.start_host()
        self.add()
        icon = host.wait_icon()
        face = icon.read_all()
        self.assertEqual({key: face[key] for key in (
            'Category', 'Id', 'Title', 'ItemIsMenu', 'IconName', 'AttentionIconName')},
            {'Category': 'ApplicationStatus', 'Id': 'io.github.keelboat.Keelboat',
             'Title': 'Keelboat', 'ItemIsMenu': False, 'IconName': '', 'AttentionIconName': ''})
        wait_until('it is active', lambda: icon.status() == 'Active')
        wait_until('the tooltip has all', lambda: all(
            word in icon.tip() for word in ('1 download', '%', 'kB/s')))
        self.assertEqual(face['ToolTip'][2], 'Keelboat')
        # Nothing of it is anybody's business but the numbers.
        self.assertNotIn('a.bin', str(icon.read_all()))

    def test_pictures_stand_out_in_both_styles(self):
        host = self.start_host()
        self.add()
        face = host.wait_icon().read_all()
        for key in ('IconPixmap', 'AttentionIconPixmap'):
            self.assertEqual([size for size, _, _ in face[key]], [16, 22, 24, 32, 48, 64])
            for size, _, _ in face[key]:
                picture = Picture(face[key], size)
                self.assertEqual(picture.alpha(0, size - 1), 0, 'the corner is empty')
                alpha, *colour = picture.pixel(size // 2, round(size * 11.2 / 16))
                self.assertEqual(alpha, 255, 'the arrow is full')
                for panel in ((0xff,) * 3, (0xeb,) * 3, (0x30,) * 3, (0,) * 3):
                    self.assertGreaterEqual(contrast(colour, panel), 3)
        calm, urgent = (Picture(face[key], 64) for key in ('IconPixmap', 'AttentionIconPixmap'))
        self.assertNotEqual([calm.alpha(x, 54) for x in range(64)],
                            [urgent.alpha(x, 54) for x in range(64)], 'another shape as well')

    def test_steps(self):
        host = self.start_host()
        self.house.keel('add', '--wait', '--limit=400k',
                        self.server.url('good', 'a.bin', size=2 * MB), '--json')
        icon = host.wait_icon()
        wait_until('it is at rest', lambda: icon.status() == 'Passive')
        # A picture is told when another eighth is full, and no more often.
        self.assertIn(len(host.told.members('NewIcon')), range(2, 10))
        self.assertEqual(host.told.members('NewAttentionIcon'), [])

    def test_the_picture_follows(self):
        host = self.start_host()
        number = self.house.add(self.server.url('by-eighths', 'a.bin', size=2 * MB),
                                '--connections=1')
        icon = host.wait_icon()

        def show(count):
            for eighth in range(count):
                self.server.switches[eighth].set()
            wait_until(f'{count} eighths are shown', lambda: icon.step() == count)
        for count in [1, 4, 7]:
            show(count)
        self.server.switches[7].set()
        self.house.wait_task(number, 'finished')

    def test_a_tooltip_every_other_second(self):
        host = self.start_host()
        self.add(limit='5k')
        host.wait_icon()
        before = len(host.told.members('NewToolTip'))
        began = time.monotonic()
        wait_until('three more', lambda: len(host.told.members('NewToolTip')) >= before + 3)
        count = len(host.told.members('NewToolTip')) - before
        self.assertLessEqual(count, (time.monotonic() - began) / 2 + 1)
        # It is far from an eighth.
        self.assertEqual(host.told.members('NewIcon'), [])

    def test_somebody_is_needed(self):
        host = self.start_host()
        self.add()
        icon = host.wait_icon()
        self.house.keel('add', self.server.url('status', 'lost.bin', code=404))
        wait_until('it is told', lambda: ('NeedsAttention',) in host.told.members('NewStatus'))
        self.assertEqual(icon.status(), 'NeedsAttention')
        self.assertIn('1 download needs you', wait_until('the tooltip says so', lambda: (
            'needs' in icon.tip() and icon.tip())))
        # Whoever looks at the list has seen it.
        icon.call('Activate', GLib.Variant('(ii)', (0, 0)))
        wait_until('it has been seen', lambda: icon.status() == 'Active')

    def test_what_fails_before_ones_eyes_is_no_news(self):
        host = self.start_host()
        window = self.house.bus.connect()
        self.addCleanup(window.close)
        window.manager('SetAttention', GLib.Variant('(ba{sv})', (True, {})))
        self.add()
        icon = host.wait_icon()
        self.house.keel('add', '--wait', self.server.url('status', 'lost.bin', code=404), status=1)
        wait_until('the tooltip has it', lambda: 'needs you' in icon.tip())
        self.assertEqual(icon.status(), 'Active')
        self.assertNotIn(('NeedsAttention',), host.told.members('NewStatus'))

    def test_what_failed_before_is_no_news(self):
        self.house.keel('add', '--wait', self.server.url('status', 'lost.bin', code=404), status=1)
        host = self.start_host()
        self.add()
        icon = host.wait_icon()
        wait_until('it is active', lambda: icon.status() == 'Active')
        self.assertNotIn(('NeedsAttention',), host.told.members('NewStatus'))


class Menu(TrayCase):
    def setUp(self):
        super().setUp()
        self.host = self.start_host()
        self.application = Application(self, self.house.bus.address)
        self.number = self.add()
        self.icon = self.host.wait_icon()

    def asked(self):
        return [name for name, *_ in self.application.named('ActivateAction')]

    def test_layout(self):
        rows = self.icon.rows()
        self.assertEqual([label for _, label, _ in rows], MENU_ROWS)
        self.assertEqual(len({number for number, _, _ in rows}), len(rows))
        numbers = [number for number, label, _ in rows if label]
        group, = self.icon.menu('GetGroupProperties', '(aias)', numbers, ['label'])
        self.assertEqual([properties for _, properties in group],
                         [{'label': label} for label in MENU_ROWS if label])
        self.assertEqual(self.icon.menu('GetProperty', '(is)', numbers[0], 'label'), ('Show',))
        self.assertEqual(self.icon.menu('AboutToShow', '(i)', 0), (False,))
        self.assertEqual(self.icon.menu('AboutToShowGroup', '(ai)', [0, 99]), ([], [99]))
        _, (_, properties, children) = self.icon.menu('GetLayout', '(iias)', 0, 0, [])
        self.assertEqual((properties, children), ({'children-display': 'submenu'}, []))

    def test_odd_calls(self):
        for method, signature, *arguments in (
                ('GetLayout', '(iias)', 99, -1, []), ('GetLayout', '(iias)', -1, -1, []),
                ('GetProperty', '(is)', 1, 'colour'), ('GetProperty', '(is)', 2**31 - 1, 'label'),
                ('Event', '(isvu)', -2**31, 'clicked', GLib.Variant('i', 0), 0)):
            with self.assertRaises(GLib.Error):
                self.icon.menu(method, signature, *arguments)
        failed, = self.icon.menu('EventGroup', '(a(isvu))', [
            (1, 'hovered', GLib.Variant('i', 0), 0), (2, 'clicked', GLib.Variant('i', 0), 0),
            (99, 'clicked', GLib.Variant('i', 0), 0)])
        self.assertEqual(failed, [99])
        self.icon.call('Scroll', GLib.Variant('(is)', (120, 'vertical')))
        self.icon.call('ContextMenu', GLib.Variant('(ii)', (0, 0)))
        self.assertEqual(self.application.calls, [])

    def test_only_what_is_possible(self):
        everything = [label for label in MENU_ROWS if label]
        self.assertEqual(self.icon.enabled(), [row for row in everything if row != 'Resume All'])
        self.icon.choose('Resume All')
        self.icon.choose('Pause All')
        self.house.wait_task(self.number, 'paused')
        wait_until('it is told', lambda: self.host.told.members('ItemsPropertiesUpdated'))
        self.assertEqual(self.icon.enabled(), [row for row in everything if row != 'Pause All'])
        updated, removed = self.host.told.members('ItemsPropertiesUpdated')[-1]
        self.assertEqual(([properties for _, properties in updated], removed),
                         ([{'enabled': False}, {'enabled': True}], []))
        wait_until('it is at rest', lambda: self.icon.status() == 'Passive')
        self.icon.choose('Resume All')
        self.house.wait_task(self.number, 'running')

    def test_the_wheel_button(self):
        self.icon.call('SecondaryActivate', GLib.Variant('(ii)', (0, 0)))
        self.house.wait_task(self.number, 'paused')
        wait_until('it is at rest', lambda: self.icon.status() == 'Passive')
        self.icon.call('SecondaryActivate', GLib.Variant('(ii)', (0, 0)))
        self.house.wait_task(self.number, 'running')

    def test_the_window_and_its_token(self):
        self.icon.call('ProvideXdgActivationToken', GLib.Variant('(s)', ('token-1',)))
        self.icon.call('Activate', GLib.Variant('(ii)', (10, 10)))
        self.icon.choose('Show')
        wait_until('it is shown twice', lambda: len(self.application.named('Activate')) == 2)
        self.assertEqual(self.application.named('Activate'), [
            ({'activation-token': 'token-1', 'desktop-startup-id': 'token-1'},), ({},)])

    def test_add(self):
        self.icon.choose('Add from Clipboard')
        self.assertEqual(wait_until('the application is asked', self.asked),
                         ['add-from-clipboard'])

    def test_quit(self):
        self.icon.choose('Quit')
        self.house.wait_service_gone()
        self.assertEqual(self.asked(), ['quit'])
        self.assertFalse(self.icon.is_there())
        # It was nobody's wish that the download ends.
        self.house.wait_task(self.number, 'running')

    def test_quit_starts_no_window(self):
        self.application.connection.ask_bus('ReleaseName', GLib.Variant(
            '(s)', ('io.github.keelboat.Keelboat',)))
        trace = os.path.join(self.house.root, 'started')
        self.house.bus.add_service('io.github.keelboat.Keelboat', f'/bin/touch {trace}')
        self.icon.choose('Quit')
        self.house.wait_service_gone()
        self.assertFalse(os.path.exists(trace))


class Coming(TrayCase):
    def test_the_host_goes_and_comes(self):
        host = self.start_host()
        self.add()
        icon = host.wait_icon()
        ask = host.connection.ask_bus
        for count in (2, 3):
            ask('ReleaseName', GLib.Variant('(s)', (WATCHER,)))
            wait_until('the icon has gone', lambda: not icon.is_there())
            ask('RequestName', GLib.Variant('(su)', (WATCHER, 0)))
            icon = host.wait_icon(count)
            self.assertEqual(icon.status(), 'Active')

    def test_a_host_that_comes_later(self):
        self.add()
        self.house.keel('status')
        host = self.start_host()
        self.assertEqual(host.wait_icon().status(), 'Active')

    def test_switched_off_and_on(self):
        host = self.start_host()
        self.add()
        icon = host.wait_icon()
        self.set_wanted('false')
        wait_until('the icon has gone', lambda: not icon.is_there())
        self.set_wanted('true')
        self.assertEqual(host.wait_icon(2).status(), 'Active')

    def test_the_service_does_not_stay_for_it(self):
        self.house.set_service(idle_timeout=1)
        host = self.start_host()
        self.house.keel('add', '--wait', '--limit=1M', self.server.url('good', 'a.bin', size=MB))
        icon = host.wait_icon()
        self.house.wait_service_gone()
        self.assertFalse(icon.is_there())

    def test_nothing_before_there_is_something_to_do(self):
        host = self.start_host()
        self.house.keel('list')
        self.assertIsNotNone(self.house.service_pid())
        self.assertEqual(host.registered(), [])

    def test_no_host(self):
        self.house.keel('add', '--wait', self.server.url('good', 'a.bin', size=1000))
        self.assertEqual(self.states(), ['finished'])

    def test_a_host_that_hangs(self):
        host = Host(self, self.house.bus.address, delay=60)
        self.house.keel('add', '--wait', '--limit=1M', self.server.url('good', 'a.bin', size=MB))
        host.wait_icon()
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)


class Unwanted(TrayCase):
    wanted = 'false'

    def test_nothing(self):
        host = self.start_host()
        self.house.keel('add', '--wait', '--limit=500k',
                        self.server.url('good', 'a.bin', size=MB))
        self.assertEqual(host.calls, [])

    def test_switched_on_while_it_runs(self):
        host = self.start_host()
        self.add()
        self.house.keel('status')
        self.set_wanted('true')
        self.assertEqual(host.wait_icon().status(), 'Active')


if __name__ == '__main__':
    main()
