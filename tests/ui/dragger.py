#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program, for dragging: `dragger.py link URL`, `text TEXT` and `files PATH...` have
something to be dragged from their window; `target` is to be dropped on, and says what it is given.
"""

import sys

import gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, Gio, GLib, Gtk  # noqa: E402


def content(kind, words):
    if kind == 'link':
        # As browsers do it.
        return Gdk.ContentProvider.new_for_bytes(
            'text/uri-list', GLib.Bytes.new(f'{words[0]}\r\n'.encode()))
    if kind == 'files':
        uris = ''.join(f'{Gio.File.new_for_path(path).get_uri()}\r\n' for path in words)
        return Gdk.ContentProvider.new_union([
            Gdk.ContentProvider.new_for_bytes('text/uri-list', GLib.Bytes.new(uris.encode())),
            Gdk.ContentProvider.new_for_bytes('text/plain;charset=utf-8',
                                              GLib.Bytes.new('\n'.join(words).encode()))])
    return Gdk.ContentProvider.new_for_bytes('text/plain;charset=utf-8',
                                             GLib.Bytes.new(words[0].encode()))


def say(word):
    print(word, flush=True)


def make_source(label, kind, words):
    """Says "taken" when what is under the pointer would take it."""
    def begun(_source, drag):
        drag.connect('notify::selected-action',
                     lambda *_: drag.get_selected_action() and say('taken'))

    source = Gtk.DragSource()
    source.set_content(content(kind, words))
    source.connect('drag-begin', begun)
    label.add_controller(source)


def make_target(label):
    """Says "taken" when it would take what is over it, and then what it was given."""
    def accept(_target, drop):
        return drop.get_formats().contain_mime_type('text/uri-list')

    def over(*_):
        say('taken')
        return Gdk.DragAction.COPY

    def dropped(_target, value, _x, _y):
        for file in value.get_files():
            say(file.get_uri())
        return True

    target = Gtk.DropTarget.new(Gdk.FileList, Gdk.DragAction.COPY)
    target.connect('accept', accept)
    target.connect('enter', over)
    target.connect('drop', dropped)
    label.add_controller(target)


def main():
    Gtk.init()
    window = Gtk.Window(title='Dragger', default_width=200, default_height=200)
    label = Gtk.Label(label='Dragger', hexpand=True, vexpand=True)
    window.set_child(label)
    if sys.argv[1] == 'target':
        make_target(label)
    else:
        make_source(label, sys.argv[1], sys.argv[2:])
    window.present()
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
