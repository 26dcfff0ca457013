#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status icon in real panels: it is drawn, on light and dark, follows, and can be clicked.

The pictures stay in the build folder, in screenshots/desktop, for somebody to look at.
"""

import os
import re
import shutil

from keelserver import Server
from keeltest import Case, House, main, processes, wait_until
from keeltest.display import Display
from keeltest.wayland import WaylandDisplay
from notices import Application
from pixels import Picture, path_of

XFCONF = '/usr/share/dbus-1/services/org.xfce.Xfconf.service'
WATCHER = 'org.kde.StatusNotifierWatcher'
CALM = (0x35, 0x84, 0xe4)
URGENT = (0xde, 0x5e, 0x00)
MB = 1000 * 1000
PANEL_XML = '''<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="{dark}"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
'''
BAR = '''{"layer": "top", "position": "top", "height": 36, "modules-left": ["tray"],
"tray": {"icon-size": 24}}'''
BAR_STYLE = '* {{font-size: 14px;}} window#waybar {{background: {background};}}'


class HostCase(Case):
    host = None
    size = '480x320'

    def setUp(self):
        if shutil.which(self.host) is None:
            self.skipTest(f'{self.host} is not installed')
        self.house = House(self, environment={'GSETTINGS_BACKEND': 'keyfile'})
        self.settings = os.path.join(self.house.home, '.config/glib-2.0/settings')
        os.makedirs(self.settings)
        self.set_wanted('true')
        self.server = Server(self)
        self.display = self.make_display()
        self.application = Application(self, self.house.bus.address)

    def set_wanted(self, value):
        path = os.path.join(self.settings, 'keyfile')
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(f'[io/github/keelboat/Keelboat]\nstatus-icon={value}\n')
        os.rename(path + '.new', path)

    def write(self, path, text):
        path = os.path.join(self.house.home, '.config', path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def start_host(self, *arguments):
        with open(os.path.join(self.house.root, 'host.log'), 'ab') as log:
            host = processes.start([self.host, *arguments], stdout=log, stderr=log,
                                   env={**self.house.environment, **self.display.environment})
        self.addCleanup(processes.end, host)
        wait_until('the host is there', lambda: self.house.connection.owner_of(WATCHER))
        return host

    def add(self, limit='40k', name='a.bin'):
        return self.house.add(self.server.url('good', name, size=MB), f'--limit={limit}')

    def wait_icon(self, name, colour=CALM, least=30):
        """Waits until the icon is in the picture of this name; gives the place of its middle."""
        def look():
            found = Picture(self.display.picture(path_of(name))).find(colour)
            if len(found) < least:
                raise AssertionError(f'{len(found)} pixels')
            return found
        found = wait_until(f'the icon can be seen in {name}', look, 30, interval=0.3)
        return tuple(sum(place[i] for place in found) // len(found) for i in (0, 1))

    def wait_no_icon(self, name):
        wait_until(f'no icon can be seen in {name}', lambda: not Picture(
            self.display.picture(path_of(name))).find(CALM), 30, interval=0.3)

    def full_pixels(self, name):
        return len(Picture(self.display.picture(path_of(name))).find(CALM))

    def look_at(self, style):
        """All that there is to see, in the panel of this style."""
        number = self.add()
        self.wait_icon(f'{self.host}-{style}')
        begun = self.full_pixels(f'{self.host}-{style}')
        self.house.wait_task(number, lambda task: task['received'] > 0.6 * MB, 60)
        # There it stays: what has ended has no bar.
        self.house.keel('set', '--limit', '4k', number)
        wait_until('the bar gets fuller', lambda: self.full_pixels(
            f'{self.host}-{style}-later') > begun, 30, interval=0.3)
        self.house.keel('add', self.server.url('status', 'lost.bin', code=404))
        self.wait_icon(f'{self.host}-{style}-urgent', URGENT)

    def look_at_tooltip(self):
        """What the pointer is told when it rests on the icon."""
        number = self.add('10k')
        self.house.wait_task(number, lambda task: task['received'] > 0.05 * MB, 60)
        place = self.wait_icon(f'{self.host}-tooltip')
        before = Picture(self.display.picture(path_of(f'{self.host}-no-tooltip')))
        for nudge in (0, 1):
            self.display.move_pointer(place[0] + nudge, place[1])
        wait_until('it is told', lambda: Picture(self.display.picture(
            path_of(f'{self.host}-tooltip'))).count_changes(before) > 2000, interval=0.5)

    def click_on(self, place, button):
        self.display.move_pointer(*place)
        self.display.click(button)


class Xfce(HostCase):
    host = 'xfce4-panel'

    def make_display(self):
        return Display(self, self.size)

    def start_panel(self, is_dark):
        # Where the panel's settings are kept.
        with open(XFCONF, encoding='utf-8') as file:
            command, = re.findall(r'^Exec=(.*)$', file.read(), re.MULTILINE)
        self.house.bus.add_service('org.xfce.Xfconf', command)
        self.write('xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml',
                   PANEL_XML.format(dark=str(is_dark).lower()))
        return self.start_host('--disable-wm-check')

    def test_light(self):
        self.start_panel(False)
        self.look_at('light')

    def test_dark(self):
        self.start_panel(True)
        self.look_at('dark')

    def test_clicks(self):
        self.start_panel(False)
        number = self.add('10k')
        place = self.wait_icon('xfce4-panel-clicks')
        self.click_on(place, 1)
        wait_until('the window is wanted', lambda: self.application.named('Activate'))
        before = Picture(self.display.picture(path_of('xfce4-panel-no-menu')))
        self.click_on(place, 3)
        wait_until('the menu is open', lambda: Picture(self.display.picture(
            path_of('xfce4-panel-menu'))).count_changes(before) > 3000, interval=0.3)
        # Past Show, which the first key chooses.
        self.display.keys('Down', 'Down', 'Return')
        self.house.wait_task(number, 'paused')

    def test_tooltip(self):
        self.start_panel(False)
        self.look_at_tooltip()

    def test_comes_and_goes(self):
        host = self.start_panel(False)
        self.add('10k')
        self.wait_icon('xfce4-panel-on')
        self.set_wanted('false')
        self.wait_no_icon('xfce4-panel-off')
        self.set_wanted('true')
        self.wait_icon('xfce4-panel-on-again')
        processes.end(host)
        wait_until('the host has gone', lambda: self.house.connection.owner_of(WATCHER) is None)
        self.start_panel(False)
        self.wait_icon('xfce4-panel-after')


class Waybar(HostCase):
    host = 'waybar'

    def make_display(self):
        return WaylandDisplay(self, self.size)

    def start_bar(self, background):
        self.write('waybar/config', BAR)
        self.write('waybar/style.css', BAR_STYLE.format(background=background))
        return self.start_host()

    def test_light(self):
        self.start_bar('#eeeeee')
        self.look_at('light')

    def test_dark(self):
        self.start_bar('#222222')
        self.look_at('dark')

    def test_clicks(self):
        self.start_bar('#222222')
        number = self.add('10k')
        place = self.wait_icon('waybar-clicks')
        self.click_on(place, 1)
        wait_until('the window is wanted', lambda: self.application.named('Activate'))
        before = Picture(self.display.picture(path_of('waybar-no-menu')))
        self.click_on(place, 3)
        wait_until('the menu is open', lambda: Picture(self.display.picture(
            path_of('waybar-menu'))).count_changes(before) > 3000, interval=0.3)
        # The menu of a bar has no keyboard. Its second row is below the pointer, a little aside.
        menu = Picture(path_of('waybar-menu'))
        for nudge in (0, 1):
            self.display.move_pointer(place[0] + 58 + nudge, place[1] + 45)
        wait_until('the row is marked', lambda: Picture(self.display.picture(
            path_of('waybar-menu-row'))).count_changes(menu) > 1500, interval=0.3)
        self.display.click()
        self.house.wait_task(number, 'paused')

    def test_tooltip(self):
        self.start_bar('#222222')
        self.look_at_tooltip()

    def test_goes(self):
        self.start_bar('#222222')
        self.add('10k')
        self.wait_icon('waybar-on')
        self.set_wanted('false')
        self.wait_no_icon('waybar-off')


if __name__ == '__main__':
    main()
