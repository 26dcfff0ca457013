#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program in which somebody has copied a text: copier.py TEXT. Says so, and stays."""

import sys

import gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gtk  # noqa: E402


def main():
    Gtk.init()
    clipboard = Gdk.Display.get_default().get_clipboard()
    clipboard.set_content(Gdk.ContentProvider.new_for_bytes(
        'text/plain;charset=utf-8', GLib.Bytes.new(sys.argv[1].encode())))
    print('copied', flush=True)
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
