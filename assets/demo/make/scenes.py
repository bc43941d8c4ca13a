"""The drawings of the lessons. Each is drawn into a box of 560 x 440; t is seconds since the slide began, p its share."""

from scenes_arts import SCENES as ARTS
from scenes_digital import SCENES as DIGITAL
from scenes_health import SCENES as HEALTH
from scenes_life import SCENES as LIFE

SCENES = {**ARTS, **DIGITAL, **HEALTH, **LIFE}
W, H = 560, 440


def draw(name, s, t, p, options):
    SCENES[name](s, t, p, **options)
