# SPDX-License-Identifier: GPL-3.0-or-later
"""Every screen of the application, and how somebody with a keyboard gets there.

They are opened from the list, with the focus on the first of the downloads that fill() makes. What
is looked for is English; a translation that has the English words in it, as test-marked.py makes
one, is found as well, if MARK says how the title of a window is written in it.
"""

from keelui import TITLE
from mockdesk import MB, days_ago

MARK = ['{}']


def title(words):
    return MARK[0].format(words)


def fill(desk):
    """One download for each kind of screen."""
    link = 'https://example.org/a.iso'
    desk.fill(name='a.iso', state='running', received=MB, total=2 * MB, rate=MB, uri=link,
              effective_uri='https://mirror.example.org/a.iso')
    desk.fill(name='b.iso', state='waiting', wait_reason='auth', challenge_cookie='c1',
              challenge_tries=0, challenge_origin='https://example.org:443',
              challenge_realm='Staff', challenge_scheme='basic')
    desk.fill(name='c.iso', state='failed', error_code='needs-new-url', error_message='x',
              received=MB, total=2 * MB)
    desk.fill(name='d.iso', state='finished', received=MB, finished=days_ago(0), uri=link)


def open_list(program):
    program.wait_focused('a.iso')


def open_selection(program):
    program.keys('ctrl+a')
    program.find('label', '4 Selected')


def open_search(program):
    program.keys('ctrl+f')
    program.wait_focused('Search downloads')


def open_menu(program):
    program.keys('F10')
    program.find('menu item', 'About Keelboat')


def open_row_menu(program):
    program.keys('shift+F10')
    program.find('menu item', 'Copy Link')


def open_add(program):
    program.keys('ctrl+n')
    program.find('text', 'File Name')
    program.activate(title('Add Download'))


def open_options(program):
    open_add(program)
    program.tab_to('More Options')
    program.keys('Return')
    program.find('text', 'Checksum')


def open_preferences(program):
    program.keys('ctrl+comma')
    program.find('check box', 'Finished Downloads')
    program.activate(title('Preferences'))


def turn_page(program, times, role, name):
    open_preferences(program)
    program.tab_to('General')
    program.keys(*['Right'] * times, 'space')
    program.find(role, name)


def open_network(program):
    turn_page(program, 1, 'spin button', 'Downloads at Once')


def open_advanced(program):
    turn_page(program, 2, None, 'Advanced')


def open_details(program):
    program.keys('F9')
    program.find('label', 'Served From')


def open_finished_details(program):
    program.keys('End')
    program.wait_focused('d.iso')
    program.keys('alt+Return')
    program.find('label', 'Source')


def open_shortcuts(program):
    program.keys('ctrl+question')
    program.find('label', 'Pause or resume')


def open_sign_in(program):
    program.press('push button', 'Sign In…', inside='b.iso')
    program.find('text', 'User Name')
    program.activate(title('Sign In'))


def open_new_link(program):
    program.press('push button', 'Paste New Link…', inside='c.iso')
    program.find('text', 'Link')
    program.activate(title('Paste New Link'))


# How it is opened; the title of its window; whether Tab goes round in it; what is shown in it and
# cannot be reached, if that is so on purpose; None: pages that are not shown are in the tree, too.
SCREENS = {
    'list': (open_list, TITLE, True, ['Search downloads']),
    'selection': (open_selection, TITLE, True, ['Search downloads']),
    'search': (open_search, TITLE, True, []),
    'menu': (open_menu, TITLE, False, []),
    'row_menu': (open_row_menu, TITLE, False, []),
    'add': (open_add, 'Add Download', True, []),
    'add_options': (open_options, 'Add Download', True, []),
    'preferences': (open_preferences, 'Preferences', True, None),
    'preferences_network': (open_network, 'Preferences', True, None),
    'preferences_advanced': (open_advanced, 'Preferences', True, None),
    'details': (open_details, TITLE, True, []),
    'details_finished': (open_finished_details, TITLE, True, []),
    'shortcuts': (open_shortcuts, 'Keyboard Shortcuts', False, []),
    'sign_in': (open_sign_in, 'Sign In', True, []),
    'new_link': (open_new_link, 'Paste New Link', True, []),
}
