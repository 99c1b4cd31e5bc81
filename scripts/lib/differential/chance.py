"""Chance with the words that a grammar is written in."""


class Chance:
    def __init__(self, random):
        self.random = random

    def chance(self, probability):
        return self.random.random() < probability

    def maybe(self, probability, make):
        """What `make` gives, or None."""
        return make() if self.chance(probability) else None

    def pick(self, *choices):
        return self.random.choice(choices)

    def sample(self, choices, count):
        return self.random.sample(choices, min(count, len(choices)))

    def weighted(self, weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    def some(self, *makers):
        """A few of the parts, in their order, one at least."""
        chosen = [make for make in makers if self.chance(0.35)] or [self.random.choice(makers)]
        return "".join(make() for make in chosen)

    def yesno(self):
        return self.pick("yes", "no")

    def onoff(self):
        return self.pick("on", "off")

    @staticmethod
    def text(name, value):
        """` name='value'`, where `name` is written with its blank and equals sign."""
        return f"{name}'{value}'"

    @staticmethod
    def attributes(**values):
        """Attributes that have a value; Python's words are written with an underscore behind."""
        return "".join(f" {name.rstrip('_')}='{value}'" for name, value in values.items() if value is not None)
