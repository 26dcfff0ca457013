#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the library offers is what is written down: every symbol has words, and says what has to be
said of a symbol of its kind; what the library exports is the list in src/lib/keel.symbols."""

import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from keeltest import Case, main

SOURCE = os.environ['KEEL_SOURCE_ROOT']
LIBRARY = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'src/lib/libkeel-1.so.0')
GIR = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'src/lib/Keel-1.gir')
CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'
SYMBOL = re.compile(r'^[0-9a-f]+ T (keel_\w+)$', re.MULTILINE)


def doc_of(element):
    found = element.find(CORE + 'doc')
    return ' '.join((found.text or '').split()) if found is not None else ''


def read_symbols():
    with open(os.path.join(SOURCE, 'src/lib/keel.symbols'), encoding='utf-8') as file:
        return [line for line in file.read().splitlines() if line and not line.startswith('#')]


class Symbols(Case):
    """The ABI: a symbol that goes breaks programs, one that comes is a promise."""

    def test_both_ways(self):
        listed = read_symbols()
        said = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], check=True, text=True,
                              capture_output=True).stdout
        self.assertEqual(sorted(SYMBOL.findall(said)), listed)

    def test_nothing_else_is_exported(self):
        if os.environ.get('KEEL_TEST_SANITIZED'):
            self.skipTest('the sanitizers export names of their own')
        said = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], check=True, text=True,
                              capture_output=True).stdout
        self.assertEqual([line for line in said.splitlines() if not SYMBOL.match(line)], [])


class Documentation(Case):
    def setUp(self):
        if not os.path.exists(GIR):
            self.skipTest('built without introspection')
        self.namespace = ElementTree.parse(GIR).getroot().find(CORE + 'namespace')
        self.functions = [element for tag in ['method', 'function', 'constructor']
                          for element in self.namespace.iter(CORE + tag)]

    def names(self, elements, is_bad):
        return [element.get(C + 'identifier') or element.get('name')
                for element in elements if is_bad(element)]

    def test_every_function(self):
        def is_bad(function):
            return len(doc_of(function)) < 10 or not function.get('version')
        self.assertGreater(len(self.functions), 150)
        self.assertEqual(self.names(self.functions, is_bad), [])

    def test_every_parameter_and_result(self):
        def is_bad(function):
            values = [*function.iter(CORE + 'parameter'), function.find(CORE + 'return-value')]
            return any(not doc_of(value) for value in values
                       if value.find(CORE + 'type') is None or
                       value.find(CORE + 'type').get('name') != 'none')
        self.assertEqual(self.names(self.functions, is_bad), [])

    def test_what_is_asynchronous_says_where_and_what_cancelling_leaves(self):
        def is_bad(function):
            text = doc_of(function).lower()
            return not ('cancelling' in text or 'cancelled' in text or 'see [method@' in text) or (
                'main context' not in text)
        found = [function for function in self.functions
                 if (function.get(C + 'identifier') or '').endswith('_async')]
        self.assertGreater(len(found), 20)
        self.assertEqual(self.names(found, is_bad), [])

    def test_what_can_fail_says_how(self):
        def is_bad(function):
            text = doc_of(function)
            return 'Errors:' not in text and 'for the errors' not in text
        found = [function for function in self.functions if function.get('throws') == '1']
        self.assertGreater(len(found), 15)
        self.assertEqual(self.names(found, is_bad), [])

    def test_every_type(self):
        found = [element for tag in ['class', 'enumeration', 'bitfield']
                 for element in self.namespace.iter(CORE + tag)]
        self.assertGreater(len(found), 15)
        self.assertEqual(self.names(found, lambda element: not doc_of(element)), [])
        members = [member for element in found for member in element.iter(CORE + 'member')]
        self.assertEqual(self.names(members, lambda member: not doc_of(member)), [])

    def test_every_property_and_signal(self):
        found = [*self.namespace.iter(CORE + 'property'), *self.namespace.iter(GLIB + 'signal')]
        self.assertGreater(len(found), 70)
        self.assertEqual(self.names(found, lambda element: not doc_of(element) or
                                    not element.get('version')), [])

    def test_symbols_are_introspected(self):
        """But for the functions that give types, each can be called from every language."""
        known = {function.get(C + 'identifier') for function in self.functions}
        types = {element.get(GLIB + 'get-type') for element in self.namespace.iter()}
        self.assertEqual([name for name in read_symbols() if name not in known | types], [])


if __name__ == '__main__':
    main()
