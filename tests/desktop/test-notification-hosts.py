#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications in real daemons: they are drawn, what they offer can be pressed, several are one,
and what a window has shown goes.

The pictures stay in the build folder, in screenshots/desktop, for somebody to look at.
"""

import glob
import os
import re
import shutil

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, processes, wait_until
from keeltest.display import Display
from notices import DAEMON, Application
from pixels import Picture, path_of

XFCONF = '/usr/share/dbus-1/services/org.xfce.Xfconf.service'
# What a notification changes of the screen, at least; and what may change without one.
MUCH = 4000
NOTHING = 20
# The bar of dunst has no buttons: its menu is another program's, which here takes what is wanted.
# Nothing goes by itself, as it would after ten seconds: what is looked at shall be there as long as
# that takes, and what goes because it was seen goes for nothing else.
DUNSTRC = '''[global]
font = Cantarell 11
width = 340
origin = top-right
offset = 12x12
icon_theme = Adwaita
enable_recursive_icon_lookup = true
dmenu = {menu}
[urgency_low]
timeout = 0
[urgency_normal]
timeout = 0
[urgency_critical]
timeout = 0
'''
NOTIFYD_XML = '''<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-notifyd" version="1.0">
  <property name="expire-timeout" type="int" value="600"/>
</channel>
'''
MENU = '''#!/bin/sh
exec grep -m 1 -F -e "$(cat {wanted})"
'''


class NotificationCase(Case):
    name = None

    def setUp(self):
        program = self.find_program()
        if program is None:
            self.skipTest(f'{self.name} is not installed')
        self.house = House(self)
        self.server = Server(self)
        self.display = Display(self, '480x320')
        self.application = Application(self, self.house.bus.address)
        # The application's icon, as if it were installed.
        source = os.environ['KEEL_SOURCE_ROOT']
        self.environment = {**self.house.environment, **self.display.environment,
                            'XDG_DATA_DIRS': f'{source}/data:/usr/local/share:/usr/share'}
        self.prepare()
        with open(os.path.join(self.house.root, 'daemon.log'), 'ab') as log:
            daemon = processes.start([program], stdout=log, stderr=log, env=self.environment)
        self.addCleanup(processes.end, daemon)
        wait_until('the daemon is there', lambda: self.house.connection.owner_of(DAEMON))
        self.display.move_pointer(20, 300)
        self.empty = self.take('empty')

    def find_program(self):
        return shutil.which(self.name)

    def prepare(self):
        pass

    def take(self, name):
        return Picture(self.display.picture(path_of(f'{self.name}-{name}')))

    def wait_shown(self, name):
        """Until a notification can be seen, and is done with being drawn; gives its middle."""
        def look():
            self.assertGreater(self.take(name).count_changes(self.empty), MUCH)
            first = self.take(name)
            self.assertEqual(self.take(name).count_changes(first), 0, 'it moves')
            return first
        picture = wait_until(f'{name} can be seen', look, 30, interval=0.3)
        return picture.find_changes(self.empty)

    def wait_gone(self):
        wait_until('nothing can be seen', lambda: self.take('gone').count_changes(
            self.empty) < NOTHING, 30, interval=0.3)

    def fetch(self, *names, status=0, behaviour='good', **options):
        return self.house.keel('add', '--wait', '--json', *[
            self.server.url(behaviour, name, size=4_200_000, **options) for name in names],
            status=status).objects

    def asked(self):
        return wait_until('the application is asked',
                          lambda: self.application.named('ActivateAction'))[-1][:2]

    def see(self, *numbers):
        """A window has shown them."""
        self.house.connection.manager('SetAttention', GLib.Variant('(ba{sv})', (
            False, {'seen': GLib.Variant('at', numbers)})))


class Dunst(NotificationCase):
    name = 'dunst'

    def prepare(self):
        folder = os.path.join(self.house.home, '.config/dunst')
        os.makedirs(folder)
        menu = os.path.join(self.house.root, 'menu')
        self.wanted = os.path.join(self.house.root, 'wanted')
        with open(os.path.join(folder, 'dunstrc'), 'w', encoding='utf-8') as file:
            file.write(DUNSTRC.format(menu=menu))
        with open(menu, 'w', encoding='utf-8') as file:
            file.write(MENU.format(wanted=self.wanted))
        os.chmod(menu, 0o755)

    def control(self, *words):
        with open(os.path.join(self.house.root, 'control.log'), 'ab') as log:
            processes.start(['dunstctl', *words], env=self.environment, stdout=log,
                            stderr=log).wait(20)

    def choose(self, label):
        with open(self.wanted, 'w', encoding='utf-8') as file:
            file.write(label)
        self.control('context')

    def test_finished(self):
        task, = self.fetch('report-2025.pdf')
        self.wait_shown('finished')
        self.control('action', '0')
        self.assertEqual(self.asked(), ('open-file', [task['id']]))

    def test_failed(self):
        task, = self.fetch('survey-photos-2026.zip', status=1, behaviour='status', code=404)
        self.wait_shown('failed')
        self.choose('Paste New Link')
        self.assertEqual(self.asked(), ('new-link', [task['id']]))

    def test_several_are_one(self):
        self.fetch('one.iso', 'two.iso', 'three.iso')
        self.wait_shown('several')

    def test_seen(self):
        task, = self.fetch('one.iso')
        self.wait_shown('seen')
        self.see(task['id'])
        self.wait_gone()


class Xfce(NotificationCase):
    name = 'xfce4-notifyd'

    def find_program(self):
        return next(iter(glob.glob('/usr/lib/*/xfce4/notifyd/xfce4-notifyd')), None)

    def prepare(self):
        # Where its settings are kept.
        with open(XFCONF, encoding='utf-8') as file:
            command, = re.findall(r'^Exec=(.*)$', file.read(), re.MULTILINE)
        self.house.bus.add_service('org.xfce.Xfconf', command)
        folder = os.path.join(self.house.home, '.config/xfce4/xfconf/xfce-perchannel-xml')
        os.makedirs(folder)
        with open(os.path.join(folder, 'xfce4-notifyd.xml'), 'w', encoding='utf-8') as file:
            file.write(NOTIFYD_XML)

    def press(self, place):
        """The button at the right, which is the last, below all that is said."""
        _, _, right, bottom = place
        self.display.move_pointer(right - 40, bottom - 24)
        self.display.click()

    def test_finished(self):
        task, = self.fetch('report-2025.pdf')
        place = self.wait_shown('finished')
        self.press(place)
        self.assertEqual(self.asked(), ('show-in-folder', [task['id']]))

    def test_failed(self):
        task, = self.fetch('survey-photos-2026.zip', status=1, behaviour='status', code=404)
        place = self.wait_shown('failed')
        self.press(place)
        self.assertEqual(self.asked(), ('new-link', [task['id']]))

    def test_several_are_one(self):
        self.fetch('one.iso', 'two.iso', 'three.iso')
        self.wait_shown('several')

    def test_seen(self):
        task, = self.fetch('one.iso')
        self.wait_shown('seen')
        self.see(task['id'])
        self.wait_gone()


if __name__ == '__main__':
    main()
