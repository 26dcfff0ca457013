#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to a request for the rest, after a cut: which are appended, which are not.

The rows are those of the table in src/engine/keel-resume.c, as a server makes them. What is
compared in the end is the file; what is compared before is what the server was asked, for bytes
that are here already are not asked for again without need.
"""

from keeltest import main, rows
from truth import AFTER, OVERLAP, REST, SIZE, Truth

WHOLE = None
PROBE = 'bytes=0-0'


class Append(Truth):
    """The same version: what is missing is fetched, and little more."""

    @rows({
        'as_asked': ('short', {}),
        'strong_date': ('short', {'validator': 'date'}),
        'a_little_earlier_than_asked': ('wrong-start', {'shift': -1000}),
        'from_the_start': ('wrong-start', {'shift': -SIZE}),
    })
    def test_206(self, behaviour, options):
        number = self.cut(behaviour, **options)
        task = self.check_finished(number)
        self.assertEqual(self.asked(), [WHOLE, REST])
        last = self.server.requests()[-1]
        self.assertEqual(last.status, 206)
        self.assertIn(last.header('If-Range'), [last.etag, *last.validators[0].split(': ', 1)[1:]])
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(task['durable'], SIZE)

    def test_206_that_gives_less_than_asked(self):
        number = self.cut('short-part', piece=200_000)
        self.check_finished(number)
        first, *later = self.server.requests()
        self.assertGreater(len(later), 3)
        for exchange in later:
            self.assertIsNotNone(exchange.header('Range'))
            self.assertEqual(exchange.header('If-Range'), first.etag)
        self.assertLess(sum(exchange.sent for exchange in later), 2 * SIZE)

    def test_200_with_the_same_bytes(self):
        number = self.cut('no-range', times=1, validator='tag')
        self.check_finished(number)
        self.assertEqual(self.asked(), [WHOLE, REST])

    def test_200_that_is_cut_again_loses_nothing(self):
        """What comes is compared with the disk; that it breaks off earlier takes nothing away."""
        number = self.cut('no-range', times=3, validator='tag')
        for _ in range(2):
            self.pass_retry(number)
            self.wait_waiting(number, 'retry', 'truncated')
            self.check_partial(number)
        self.check_finished(number)

    @rows({'weak_tag': ('weak',), 'fresh_date': ('fresh',), 'none': ('none',)})
    def test_no_strong_validator(self, validator):
        number = self.cut('short', validator=validator)
        self.check_partial(number)
        self.check_finished(number)
        self.assertEqual(self.asked(), [WHOLE, WHOLE])
        self.assertIsNone(self.server.requests()[-1].header('If-Range'))


class Doubt(Truth):
    """206 answers that make no sense are asked for once more, then all is asked for and compared.
    The bytes on disk stay there, so nothing of them is lost if that breaks too."""

    DOUBTFUL = [WHOLE, REST, REST, WHOLE]

    @rows({
        'later_start': ('wrong-start', {'shift': 100}),
        'start_behind_the_disk': ('wrong-start', {'shift': OVERLAP + 1}),
        'no_content_range': ('content-range', {}),
        'content_range_of_another_unit': ('content-range', {'as': b'items 5-9/10'}),
        'content_range_backwards': ('content-range', {'as': b'bytes 900-100/1000000'}),
        'content_range_beyond_the_total': ('content-range', {'as': b'bytes 334464-999999/5000'}),
        'content_range_words': ('content-range', {'as': b'bytes some-more/all'}),
        'content_range_overflow': ('content-range', {'as': b'bytes 0-99999999999999999999/*'}),
        'content_range_without_total': ('content-range', {'as': b'bytes 334464-999999/*'}),
        'content_range_of_other_length': ('content-range', {'as': b'bytes 334464-334470/1000000'}),
        'multipart': ('multipart', {}),
        'no_tag': ('no-tag', {}),
    })
    def test_206(self, behaviour, options):
        number = self.cut(behaviour, **options)
        self.check_finished(number)
        self.assertEqual(self.asked(), self.DOUBTFUL)

    @rows({
        'later_start': ('wrong-start', {'shift': 100}),
        'no_content_range': ('content-range', {}),
        'multipart': ('multipart', {}),
        'no_tag': ('no-tag', {}),
    })
    def test_206_of_another_version(self, behaviour, options):
        number = self.cut(behaviour, **options)
        self.server.versions['x.bin'] = 2
        self.check_finished(number, version=2)

    @rows({
        'no_content_range': ({}, [WHOLE, REST, PROBE, WHOLE]),
        'malformed': ({'as': b'bytes */many'}, [WHOLE, REST, PROBE, WHOLE]),
        'the_size_that_it_has': ({'as': f'bytes */{SIZE}'.encode()}, [WHOLE, REST, PROBE, WHOLE]),
    })
    def test_416(self, options, asked):
        number = self.cut('unsatisfiable', **options)
        self.check_finished(number)
        self.assertEqual(self.asked(), asked)


class Changed(Truth):
    """Another version: not a byte of it is mixed with what is here."""

    @rows({
        '200': ('short', {}),
        '200_of_an_undated_file': ('short', {'validator': 'none'}),
        '200_with_a_weak_tag': ('short', {'validator': 'weak'}),
        '200_with_another_date': ('short', {'validator': 'date'}),
        '206_with_another_tag': ('lying-206', {}),
        '206_with_another_date': ('lying-206', {'validator': 'date'}),
        '206_with_the_same_tag': ('same-tag', {}),
        '206_without_a_tag': ('no-tag', {}),
        '206_multipart': ('multipart', {}),
    })
    def test_answer(self, behaviour, options):
        number = self.cut(behaviour, **options)
        self.server.versions['x.bin'] = 2
        self.check_finished(number, version=2)

    def test_206_of_other_bytes_than_it_says(self):
        self.check_finished(self.cut('shifted'))

    def test_206_with_another_total(self):
        number = self.cut('other-total')
        self.check_finished(number)
        self.assertEqual(self.asked(), [WHOLE, REST, WHOLE])

    @rows({
        'smaller_than_what_is_here': (1000,), 'of_exactly_what_is_here': (AFTER,),
        'smaller_than_it_was': (SIZE - 1,), 'larger_than_it_was': (SIZE + 1,),
    })
    def test_416(self, total):
        number = self.cut('unsatisfiable', **{'as': f'bytes */{total}'.encode()})
        self.check_finished(number)
        self.assertEqual(self.asked(), [WHOLE, REST, WHOLE])

    @rows({'than_what_is_here': (1000,), 'than_it_was': (AFTER + 1000,)})
    def test_smaller_file(self, size):
        self.check_finished(self.cut('shrinks', now=size), version=2, size=size)

    def test_gzip_in_place_of_the_rest(self):
        """A 206 of a compressed copy has bytes of another kind."""
        self.check_finished(self.cut('zipped-on-resume'))


class Twice(Truth):
    """The same over again: a download that breaks at every turn gets there."""

    def test_every_trap_in_a_row(self):
        names = ['short', 'lying-206', 'no-tag', 'multipart', 'content-range', 'wrong-start']
        numbers = [self.house.add(self.url(behaviour, name=f'{behaviour}.bin'))
                   for behaviour in names]
        for behaviour, number in zip(names, numbers):
            self.end(number)
            self.assertEqual(self.house.task(number)['state'], 'finished', behaviour)


if __name__ == '__main__':
    main()
