# SPDX-License-Identifier: GPL-3.0-or-later
"""What Keelboat wants to reach, and whether it did: a ratio to a rival in the same rounds, or a
figure that hangs little on the machine. Nothing passes or fails by this; it is printed.
"""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Ratio:
    """At most so many times the wall or processor time of the best of the rivals."""

    workload: str
    rivals: list
    limit: float
    quantity: str = 'wall'
    programs: tuple = ('keelboat',)

    def describe(self):
        return f'{self.workload}: {self.quantity} of {self.rivals[0]}' + ''.join(
            f' or {rival}' for rival in self.rivals[1:])

    def measured(self, results, figures):
        """The middle ratio to the best of them, and what is to be said with it; None if somebody
        was not there."""
        runs = results.get(self.workload, {})
        ours = next((name for name in self.programs if name in runs), None)
        if ours is None or any(rival not in runs for rival in self.rivals):
            return None
        def ratio_of(quantity):
            return max(middle_ratio(runs[ours], runs[rival], quantity) for rival in self.rivals)
        # Where other work shares the machine, processor time tells more.
        more = f', cpu {ratio_of("cpu"):.2f}' if self.quantity == 'wall' else ''
        return ratio_of(self.quantity), ours + more


@dataclasses.dataclass(frozen=True)
class Figure:
    """At most so much of what a workload noted under this name."""

    name: str
    limit: float
    unit: str

    def describe(self):
        return f'{self.name}, {self.unit}'

    def measured(self, results, figures):
        return (figures[self.name], 'service') if self.name in figures else None


# Whose row stands for Keelboat where the user asks for sixteen: until there is such an option, the
# one that he does not ask anything.
SIXTEEN = ('keelboat x16', 'keelboat')

TARGETS = [
    Ratio('large', ['curl'], 0.75),
    Ratio('large', ['curl'], 0.75, 'cpu'),
    Ratio('tls', ['curl'], 0.95),
    Ratio('tls', ['curl'], 1.05, 'cpu'),
    Ratio('http2', ['curl'], 0.90),
    Ratio('throttled', ['curl'], 0.08, programs=SIXTEEN),
    Ratio('small', ['aria2'], 0.65),
    Ratio('small', ['curl -Z'], 2.0),
    Ratio('small-tls', ['aria2'], 0.8),
    Ratio('lossy', ['aria2 x16', 'axel x16'], 1.1),
    Ratio('lossy', ['aria2 x16', 'axel x16'], 1.1, programs=SIXTEEN[:1]),
    Ratio('delay', ['curl'], 1.05),
    Figure('idle: private dirty', 2.5, 'MiB'),
    Figure('idle: private if alone', 8, 'MiB'),
    Figure('active: 16 plain, private dirty', 32, 'MiB'),
    Figure('active: 16 over TLS, private dirty', 100, 'MiB'),
    Figure('active: idle again after TLS, private dirty', 9, 'MiB'),
    Figure('tasks: 10,000 queued, private dirty more', 20, 'MiB'),
    Figure('tasks: start to first answer', 60, 'ms'),
]


def middle_ratio(runs, others, quantity):
    """The median over the rounds of the ratio in one round."""
    return statistics.median(getattr(a, quantity) / getattr(b, quantity)
                             for a, b in zip(runs, others))


def show(results, figures):
    """What of it was measured in this run."""
    rows = [(target, target.measured(results, figures)) for target in TARGETS]
    rows = [(target, *found) for target, found in rows if found is not None]
    if rows:
        print(f'\n{"target":46} {"at most":>8} {"measured":>9}')
    for target, value, who in rows:
        verdict = ('met' if value <= target.limit else
                   f'missed by {value / target.limit - 1:.0%}') + f' ({who})'
        print(f'{target.describe():46} {target.limit:8.2f} {value:9.2f}  {verdict}')
