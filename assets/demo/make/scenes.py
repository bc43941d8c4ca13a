"""The drawings of the lessons. Each is drawn into a box of 560 x 440; t is seconds since the slide began, p its share."""

from scenes_digital import SCENES as DIGITAL

SCENES = {**DIGITAL}
W, H = 560, 440


def draw(name, s, t, p, options):
    SCENES[name](s, t, p, **options)
