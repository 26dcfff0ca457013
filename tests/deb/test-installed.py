#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed on this system, used as a person and as a programmer do. Run by debian/tests
and by deb-test, with tests/support on PYTHONPATH."""

import os
import subprocess

from gi.repository import GLib
from keeltest import Case, Display, Nginx, contents_of, main, processes, wait_until
from person import Person

APPLICATION = 'io.github.keelboat.Keelboat'
# A window that was mapped and not drawn has one colour, or two.
COLOURS = 50

PROGRAM = '''#include <keel/keel.h>
int main (void) { return keel_download_new ("http://127.0.0.1/x") == NULL; }
'''


class Service(Case):
    def test_download(self):
        person = Person(self)
        nginx = Nginx(self)
        nginx.make('a.bin', 5_000_000)
        number = person.add(nginx.url('a.bin'))
        task = person.wait_task(number, 'finished')
        self.assertEqual(contents_of(task['file']), contents_of(nginx.file('a.bin')))
        self.assertEqual(task['file'], os.path.join(person.downloads, 'a.bin'))
        self.assertTrue(os.path.exists(os.path.join(
            person.home, '.local/state/keelboat/transfers.db')))
        self.assertEqual(os.readlink(f'/proc/{person.service_pid()}/exe'),
                         '/usr/libexec/keelboat-service')
        person.keel('quit')
        wait_until('the service has left', lambda: person.service_pid() is None)

    def test_what_is_made_of_files_after_an_installation(self):
        """By triggers of other packages."""
        with open('/usr/share/glib-2.0/schemas/gschemas.compiled', 'rb') as file:
            self.assertIn(APPLICATION.encode(), file.read())


class Window(Case):
    def test_first_frame(self):
        """Started by the bus, as a desktop does it."""
        display = Display(self)
        person = Person(self, environment=display.environment)
        person.connection.call(APPLICATION, '/' + APPLICATION.replace('.', '/'),
                               'org.freedesktop.Application', 'Activate',
                               GLib.Variant('(a{sv})', ({},)), seconds=60)
        display.wait_window('Keelboat', 60)
        picture = os.path.join(processes.make_folder('keel-picture-'), 'window.png')

        def colours():
            display.picture(picture)
            return int(display.run('identify', '-format', '%k', picture))
        wait_until('the window is drawn', lambda: colours() > COLOURS, 60, interval=0.5)


class Library(Case):
    def test_c(self):
        folder = processes.make_folder('keel-program-')
        source = os.path.join(folder, 'program.c')
        with open(source, 'w', encoding='ascii') as file:
            file.write(PROGRAM)
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'keel-1'], check=True,
                               capture_output=True, text=True).stdout.split()
        program = os.path.join(folder, 'program')
        subprocess.run(['cc', '-o', program, source, *flags], check=True, timeout=60)
        subprocess.run([program], check=True, timeout=60)

    def test_python(self):
        subprocess.run(['/usr/bin/python3', '-c', 'import gi; gi.require_version("Keel", "1"); '
                        'from gi.repository import Keel; Keel.Download.new("http://127.0.0.1/x")'],
                       check=True, timeout=60)


if __name__ == '__main__':
    main()
