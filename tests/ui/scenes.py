# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window is shown with, for pictures: every state of a download and of the window.

A scene is how the service's list is filled, what is then done in the window, and how fast the
program's clock runs. Other files of this kind (scenes_*.py) have scenes of other windows.
"""

import math
import os
import time

from gi.repository import GLib

from mockdesk import MB, days_ago

NAME = 'fedora-workstation-live-41-1.4.x86_64.iso'
LINK = f'https://download.example.org/releases/41/Workstation/{NAME}'
MIRROR = f'https://mirror-3.example.net/pub/releases/41/{NAME}'
HASH = 'a2dd3caf3224b8f3a640d9e31b1016d2a4e98a6d7cb435a1e2030235976d6da2'
OTHER_HASH = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'
# Seconds of the program in one of ours: enough for two minutes of speed.
FAST = 12
APP = 'io.github.keelboat.Sample'


def soon(seconds):
    return int((time.time() + seconds) * 1000000)


def ago(seconds):
    return soon(-seconds)


# Lists

def fill_nothing(desk):
    pass


def fill_list(desk):
    """Mock-up 01: every group."""
    desk.fill(name=NAME, state='running', received=1200 * MB, total=2300 * MB, rate=14300000)
    desk.fill(name='blender-4.3.2-linux-x64.tar.xz', state='verifying', received=231 * MB,
              total=361 * MB)
    desk.fill(name='Sintel (2010) 4K.mkv', state='waiting', wait_reason='metered',
              received=900 * MB, total=5100 * MB)
    desk.fill(name='europe-latest.osm.pbf', state='paused', pause_reason='user',
              received=8400 * MB, total=31200 * MB)
    desk.fill(name='survey-photos-2026.zip', state='failed', error_code='needs-new-url',
              error_message='x', received=1900 * MB, total=3100 * MB)
    fill_finished(desk)


def fill_plain_list(desk):
    """Every group, and nothing that a banner tells of."""
    fill_list(desk)
    number = min(id for id, state in desk.states().items() if state == 'waiting')
    desk.change(number, wait_reason='schedule', wait_until=soon(7200))


def fill_finished(desk):
    for name, size, host, days, hour in [
            ('Annual Report 2025.pdf', 4200000, 'example.org', 0, 2),
            ('Field Recordings, March.flac', 412 * MB, 'archive.example.net', 0, 1),
            ('godot-4.3-stable.AppImage', 116 * MB, 'downloads.example.com', 1, 18)]:
        desk.fill(name=name, state='finished', received=size, total=size,
                  uri=f'https://{host}/x', finished=days_ago(days, hour))


WAITING = [('slot', 'Ocean Atlas, Volume 1.pdf'), ('metered', 'Sintel (2010) 4K.mkv'),
           ('power', 'godot-4.3-stable.AppImage'), ('schedule', 'europe-latest.osm.pbf'),
           ('low-disk', 'survey-photos-2026.zip'), ('retry', NAME),
           ('auth', 'members-only-lecture.mp4'), ('destination', 'Field Recordings, March.flac'),
           ('suspended', 'Norway – Offline Map'), ('captive-portal', 'Annual Report 2025.pdf'),
           ('offline', 'blender-4.3.2-linux-x64.tar.xz')]


def fill_waiting(desk):
    """Every reason to wait."""
    launcher(desk, 'Maps', 'mark-location')
    for reason, name in WAITING:
        desk.fill(name=name, state='waiting', wait_reason=reason, received=900 * MB,
                  total=5100 * MB, wait_until=soon(7200 if reason == 'schedule' else 45),
                  **({'app': APP} if reason == 'suspended' else {}))


def fail_with(codes):
    def fill(desk):
        for code in codes:
            status = {'error_http_status': int(code[4:])} if code.startswith('http') else {}
            desk.fill(name=f'{code}.zip', state='failed', error_message='x', received=1900 * MB,
                      total=3100 * MB, error_code='http-status' if status else code, **status)
    return fill


def fill_asked(desk):
    desk.fill(name='members-only-lecture.mp4', state='waiting', wait_reason='auth',
              received=900 * MB, total=5100 * MB, challenge_realm='Lecture Hall',
              challenge_scheme='basic', challenge_tries=0, challenge_cookie='c',
              challenge_origin='https://lectures.example.org:443')


FAILED_HERE = ['content-changed', 'checksum', 'too-large', 'no-space', 'disk', 'destination',
               'bad-uri', 'needs-new-url', 'auth-required', 'unsupported', 'limits', 'internal']
FAILED_THERE = ['dns', 'connect', 'tls', 'timeout', 'truncated', 'protocol', 'redirect', 'http404',
                'http403', 'http503', 'http418']


def wait_for(reason, **extra):
    """A banner, and what it is about."""
    def fill(desk):
        for name, received, total in [(NAME, 1200, 2300), ('Sintel (2010) 4K.mkv', 900, 5100),
                                      ('blender-4.3.2-linux-x64.tar.xz', 120, 361)]:
            desk.fill(name=name, state='waiting', wait_reason=reason, received=received * MB,
                      total=total * MB, **extra)
        desk.fill(name='europe-latest.osm.pbf', state='paused', pause_reason='user',
                  received=8400 * MB, total=31200 * MB)
        fill_finished(desk)
    return fill


def fill_away(desk):
    """Mock-up 11b: what came while the window was closed."""
    desk.fill(name='europe-latest.osm.pbf', state='running', received=22700 * MB,
              total=31200 * MB, rate=9600000)
    desk.fill(name='survey-photos-2026.zip', state='failed', error_code='needs-new-url',
              error_message='x', received=1900 * MB, total=3100 * MB)
    for name in [NAME, 'blender-4.3.2-linux-x64.tar.xz', 'Annual Report 2025.pdf',
                 'Field Recordings, March.flac']:
        desk.fill(name=name, state='finished', received=361 * MB, total=361 * MB,
                  uri='https://mirror.example.net/x', finished=ago(600))
    desk.set_settings(**desk.window, closed=ago(3600))


def launcher(desk, name, icon):
    folder = os.path.join(desk.house.home, '.local/share/applications')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f'{APP}.desktop'), 'w', encoding='utf-8') as file:
        file.write(f'[Desktop Entry]\nType=Application\nName={name}\nExec=true\nIcon={icon}\n')


def fill_apps(desk):
    """Mock-up 12."""
    launcher(desk, 'Podcasts', 'application-rss+xml')
    desk.fill(name=NAME, state='running', received=1200 * MB, total=2300 * MB, rate=11200000)
    desk.fill(name='Episode 118 – Tides and Currents.mp3', state='running', received=31 * MB,
              total=48 * MB, rate=3100000, app=APP)
    desk.fill(name='Episode 117 – Lighthouses.mp3', state='queued', total=52 * MB, app=APP)
    desk.fill(name='Episode 115 – Salt.mp3', state='waiting', wait_reason='suspended',
              received=3 * MB, total=52 * MB, app=APP)
    desk.fill(name='Annual Report 2025.pdf', state='finished', received=4200000, total=4200000,
              uri='https://example.org/x', finished=days_ago(0, 2))
    desk.fill(name='Episode 116 – The Quiet Harbour.mp3', state='finished', received=47 * MB,
              total=47 * MB, uri='https://feeds.example.net/x', finished=days_ago(0, 1), app=APP)


def fill_long(desk):
    """What is longer than its place."""
    for state, extra in [('running', {'rate': 2500000}), ('paused', {}),
                         ('failed', {'error_code': 'truncated', 'error_message': 'x'}),
                         ('finished', {'finished': days_ago(0, 1)})]:
        desk.fill(name='A very long name of a file, with spaces and more words than anybody would '
                  'like to read in a list of downloads.tar.gz', state=state, received=120 * MB,
                  total=361 * MB, uri='https://a-server-with-a-long-name.downloads.example.org/x',
                  **extra)
    desk.fill(name='unknown-size.bin', state='running', received=120 * MB, rate=2500000)
    desk.fill(name='starting.bin', state='running', total=52 * MB)


# The page of one download

def know(desk, number, **details):
    values = {'details-' + name.replace('_', '-'): value for name, value in details.items()}
    desk.change_raw(number, values)


def history(*entries):
    return GLib.Variant('a(xsa{sv})', [(ago(seconds), kind, details)
                                       for seconds, kind, details in entries])


HISTORY = [(3000, 'added', {}),
           (2004, 'retry', {'error-code': GLib.Variant('s', 'truncated')}),
           (2000, 'resumed', {'offset': GLib.Variant('t', MB),
                              'reason': GLib.Variant('s', 'retry')}),
           (1000, 'paused', {'reason': GLib.Variant('s', 'user')}),
           (900, 'resumed', {'offset': GLib.Variant('t', MB),
                             'reason': GLib.Variant('s', 'paused')})]


def one(desk, state, **extra):
    row = {'received': 1200 * MB, 'total': 2300 * MB, **extra}
    number = desk.fill(name=NAME, state=state, uri=LINK, effective_uri=MIRROR,
                       checksum_algorithm='sha-256', checksum_expected=HASH, resumable=True, **row)
    know(desk, number,
         ranges=GLib.Variant('a(tts)', [
             (0, 700 * MB, 'durable'), (700 * MB, 790 * MB, 'written'),
             (790 * MB, 950 * MB, 'arriving'), (950 * MB, 1230 * MB, 'durable'),
             (1230 * MB, 1290 * MB, 'written'), (1290 * MB, 1600 * MB, 'arriving'),
             (1600 * MB, 1740 * MB, 'durable'), (1740 * MB, 1790 * MB, 'written'),
             (1790 * MB, 2050 * MB, 'arriving'), (2050 * MB, 2130 * MB, 'durable'),
             (2130 * MB, 2300 * MB, 'arriving')]),
         total=GLib.Variant('t', 2300 * MB), resumes=GLib.Variant('u', 3),
         resumed_bytes=GLib.Variant('t', 1200 * MB), running_time=GLib.Variant('x', 93000000),
         server=GLib.Variant('s', 'nginx/1.22'), http_version=GLib.Variant('s', '2'),
         history=history(*HISTORY))
    return number


def fill_running(desk):
    one(desk, 'running', rate=14300000)


def fill_unknown(desk):
    number = desk.fill(name='nightly-dump.sql', state='running', received=730 * MB, rate=9000000,
                       uri='https://db.example.org/nightly-dump.sql')
    know(desk, number, history=history((80, 'added', {})),
         running_time=GLib.Variant('x', 80000000))


def fill_good(desk):
    one(desk, 'finished', received=2300 * MB, finished=ago(60), checksum_actual=HASH,
        checksum_ok=True)


def fill_bad(desk):
    one(desk, 'failed', received=2300 * MB, error_code='checksum', error_message='x',
        checksum_actual=OTHER_HASH)


def fill_broken(desk):
    one(desk, 'failed', error_code='needs-new-url', error_message='x')


def fill_gone(desk):
    number = one(desk, 'paused', pause_reason='user')
    know(desk, number, server=GLib.Variant('s', ''))


def open_details(program):
    program.keys('Home', 'F9')


def open_details_end(program):
    open_details(program)
    time.sleep(1)
    # The last thing that takes the focus; the page scrolls along.
    program.keys(*['shift+Tab'] * 3)
    time.sleep(0.5)


def wave(second):
    """What a network adds and takes, the same each time."""
    return math.sin(second / 9) + .5 * math.sin(second / 2.3) + .3 * math.sin(second * 1.7)


def run_two_minutes(program):
    """A line that rises, is cut by a pause, and rises again."""
    open_details(program)
    desk = program.desk
    number = min(desk.states())
    for second in range(118):
        if second == 52:
            desk.change(number, state='paused', pause_reason='user')
        elif second == 66:
            desk.change(number, state='running')
        if not 52 <= second < 66:
            since = second % 66
            rate = 13 - 7 * 0.85 ** since + wave(second)
            if second in (28, 29, 30, 31):
                rate -= (2, 4, 4.5, 2)[second - 28]
            desk.tick(number, int((1200 - (118 - second) * 0.9) * MB), int(rate * MB))
        time.sleep(1 / FAST)


# What is done in the window

def select(program):
    program.keys('Home', 'shift+Down', 'ctrl+shift+Down')


def select_and_remove(program):
    program.keys('Home', 'Delete', 'Home', 'shift+Down')


def select_menu(program):
    select(program)
    time.sleep(0.5)
    program.keys('shift+F10')


def remove(program):
    program.keys('Home', 'Delete')


def copy(program):
    program.keys('Home', 'ctrl+c')


def go_on(program):
    """For some seconds, after which time left is told."""
    desk = program.desk
    number = min(desk.states())
    for i in range(60):
        desk.tick(number, 1200 * MB + i * 2 * MB, 14300000)
        time.sleep(0.05)


def open_menu_of_running(program):
    go_on(program)
    open_menu(program)


def focus(program):
    program.keys('Home', 'Down')


def open_menu(program):
    program.keys('Home', 'shift+F10')


def open_menu_of_finished(program):
    program.keys('End', 'Up', 'Up', 'shift+F10')


def open_main_menu(program):
    program.keys('F10')


def open_when_done(program):
    open_main_menu(program)
    # What can be chosen is asked for when it is opened.
    program.find('menu item', 'When All Is Done')
    time.sleep(0.5)
    program.press('menu item', 'When All Is Done')


def search(program):
    program.keys('ctrl+f')
    program.type('ubuntu')


def search_found(program):
    program.keys('ctrl+f')
    program.type('blend')


def stop_service(program):
    program.desk.house.connection.manager('Quit', GLib.Variant('(a{sv})', ({},)))
    time.sleep(4)


def press_button(program):
    """Of the first row, by its key."""
    program.keys('Home', 'Tab', 'Return')


def open_shortcuts(program):
    program.keys('ctrl+question')


def open_about(program):
    # By keys, since its name is another one in each language.
    program.keys('F10')
    time.sleep(0.5)
    program.keys(*['Down'] * 6, 'Return')


# Name: how the list is filled, what is done, and how fast the clock of the program runs.
SCENES = {
    'empty': (fill_nothing, None, 1),
    'list': (fill_plain_list, go_on, 4),
    'list-focus': (fill_plain_list, focus, 1),
    'list-long': (fill_long, None, 1),
    'waiting': (fill_waiting, None, 1),
    'failed-here': (fail_with(FAILED_HERE), None, 1),
    'failed-there': (fail_with(FAILED_THERE), None, 1),
    'apps': (fill_apps, None, 1),
    'selection': (fill_plain_list, select, 1),
    'selection-toast': (fill_plain_list, select_and_remove, 1),
    'selection-menu': (fill_plain_list, select_menu, 1),
    'search': (fill_plain_list, search_found, 1),
    'no-result': (fill_plain_list, search, 1),
    'menu': (fill_plain_list, open_menu_of_running, 4),
    'menu-finished': (fill_plain_list, open_menu_of_finished, 1),
    'menu-main': (fill_plain_list, open_main_menu, 1),
    'menu-when-done': (fill_plain_list, open_when_done, 1),
    'toast-removed': (fill_plain_list, remove, 1),
    'toast-copied': (fill_plain_list, copy, 1),
    'banner-metered': (wait_for('metered'), None, 1),
    'banner-power': (wait_for('power'), None, 1),
    'banner-saver': (wait_for('power', wait_detail='saver'), None, 1),
    'banner-offline': (wait_for('offline'), None, 1),
    'banner-portal': (wait_for('captive-portal'), None, 1),
    'banner-folder': (wait_for('destination'), None, 1),
    'banner-space': (wait_for('low-disk'), None, 1),
    'banner-service': (fill_plain_list, stop_service, 1),
    'banner-away': (fill_away, None, 1),
    'details-running': (fill_running, run_two_minutes, FAST),
    'details-end': (fill_running, open_details_end, 1),
    'details-unknown': (fill_unknown, open_details, 1),
    'details-paused': (fill_gone, open_details, 1),
    'details-good': (fill_good, open_details, 1),
    'details-bad': (fill_bad, open_details, 1),
    'details-failed': (fill_broken, open_details, 1),
    'new-link': (fail_with(['needs-new-url']), press_button, 1),
    'sign-in': (fill_asked, press_button, 1),
    'shortcuts': (fill_plain_list, open_shortcuts, 1),
    'about': (fill_plain_list, open_about, 1),
}
