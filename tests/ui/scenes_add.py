# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of the Add window and of the preferences for the pictures: what there is, what is done,
how fast time passes, and the links that the program is started with."""

import time

from mockdesk import GB, MB
from keelui import Atspi

ISO = 'https://example.org/get/fedora-41?arch=x86_64'
SURVEY = 'https://cdn.example.net/'
ADD = 'Add Download|添加下载'
PREFERENCES = 'Preferences|首选项'


def know_links(desk):
    """Mock-ups 07 and 08."""
    desk.find(ISO, name='fedora-workstation-live-41-1.4.x86_64.iso', size=2300 * MB,
              resumable=True, mime_type='application/x-cd-image')
    for i, size in enumerate([412, 398, 405, 421]):
        desk.find(f'{SURVEY}ocean-survey-0{i + 1}.mp4', name=f'ocean-survey-0{i + 1}.mp4',
                  size=size * MB, resumable=True)
    desk.find(f'{SURVEY}Station%20List.pdf', name='Station List.pdf', size=1800000)
    desk.find(f'{SURVEY}index.html', name='index.html', mime_type='text/html')
    desk.find(f'{SURVEY}readings.tar.gz', error_code='http-status', http_status='404',
              error_message='The server answered with 404')
    desk.find(f'{SURVEY}huge.img', name='huge.img', size=900000 * GB, resumable=True)
    desk.find(f'{SURVEY}secret.zip', error_code='auth-required', error_message='x')


def listed(desk):
    know_links(desk)
    desk.fill(name='fedora.iso', state='finished', uri=ISO, total=2300 * MB, received=2300 * MB)


def type_link(program, link):
    program.keys('ctrl+n')
    program.activate(f'({ADD})')
    program.type(link)
    time.sleep(1.5)


def one(program):
    type_link(program, ISO)


def asking(program):
    type_link(program, f'{SURVEY}tide-tables.zip')


def lost(program):
    type_link(program, f'{SURVEY}readings.tar.gz')


def full(program):
    type_link(program, f'{SURVEY}huge.img')


def refused(program):
    type_link(program, 'ftp://example.org/old.zip')


def pattern(program):
    type_link(program, f'{SURVEY}ocean-survey-[01-20].mp4')


def focused_role(program):
    for node in program.find_all():
        if node.get_state_set().contains(Atspi.StateType.FOCUSED):
            return node.get_role_name()
    return None


def tab_to_role(program, role):
    """Names depend on the language, roles do not."""
    for _ in range(30):
        program.keys('Tab')
        time.sleep(0.1)
        if focused_role(program) == role:
            return
    raise AssertionError(f'Tab leads to no {role}')


def later(program):
    one(program)
    tab_to_role(program, 'combo box')
    program.keys('space', 'Down', 'Down', 'Return')


def unfold(program):
    """More Options, with everything that can be wrong wrong."""
    one(program)
    tab_to_role(program, 'combo box')
    program.keys('Tab', 'space')
    time.sleep(0.5)
    program.keys('Tab')
    program.type('12345')
    program.keys('Tab', 'Tab', 'space')
    program.type('https://mirror.example.com/fedora.iso')
    time.sleep(0.5)


def many_links():
    names = [f'ocean-survey-0{i}.mp4' for i in range(1, 5)]
    return [SURVEY + name for name in
            [*names, 'Station%20List.pdf', 'index.html', 'readings.tar.gz', 'tide-tables.zip']]


def preferences(program):
    program.keys('ctrl+comma')
    program.activate(f'({PREFERENCES})')


def quiet_hours(program):
    preferences(program)
    program.press('check box', 'Quiet Hours')
    time.sleep(1)


def next_page(program, count):
    preferences(program)
    time.sleep(1)
    if focused_role(program) != 'page tab':
        tab_to_role(program, 'page tab')
    program.keys('Left', 'Left', *['Right'] * count, 'space')


SCENES = {
    'add-one': (know_links, one, 1),
    'add-asking': (know_links, asking, 1),
    'add-lost': (know_links, lost, 1),
    'add-full': (know_links, full, 1),
    'add-refused': (know_links, refused, 1),
    'add-pattern': (know_links, pattern, 1),
    'add-listed': (listed, one, 1),
    'add-later': (know_links, later, 1),
    'add-options': (know_links, unfold, 1),
    'add-many': (know_links, None, 1, many_links()),
    'preferences': (know_links, preferences, 1),
    'preferences-quiet': (know_links, quiet_hours, 1),
    'preferences-network': (know_links, lambda program: next_page(program, 1), 1),
    'preferences-advanced': (know_links, lambda program: next_page(program, 2), 1),
}
