"""The stage: a thin drawing layer over cairo, colours, easing, figures made of a few joints, and brush strokes.

What is drawn on it lives in scenes.py and posters.py."""

import math

import cairo

SANS = "Noto Sans CJK SC"
SERIF = "Noto Serif CJK SC"

INK = "#221407"
PAPER = "#FCF3E1"
PAPER2 = "#E6D6B8"
GOLD = "#F5CB6C"
AMBER = "#E3A437"
RED = "#B3382C"
JADE = "#2F7A5E"
INDIGO = "#2C5B86"
PLUM = "#7A4A7C"
BRONZE = "#8A6224"
SKIN = "#EFC7A2"
GREY = "#8C8074"
WHITE = "#FFFDF6"


def rgb(colour):
    colour = colour.lstrip("#")
    return tuple(int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4))


def mix(a, b, f):
    a, b = rgb(a), rgb(b)
    return "#" + "".join(f"{round((x + (y - x) * f) * 255):02X}" for x, y in zip(a, b))


def clamp(x, lo=0.0, hi=1.0):
    return lo if x < lo else hi if x > hi else x


def ease(x):
    x = clamp(x)
    return x * x * (3 - 2 * x)


def span(x, a, b):
    """How far x has come from a to b, eased."""
    return ease((x - a) / (b - a)) if b > a else float(x >= b)


def lerp(a, b, f):
    return a + (b - a) * f


def wave(t, period=2.0):
    """0 → 1 → 0 over one period."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * t / period)


class Stage:
    def __init__(self, context):
        self.c = context

    # -- placing ---------------------------------------------------------
    def at(self, x=0, y=0, scale=1.0, turn=0.0):
        return _Saved(self.c, x, y, scale, turn)

    def group(self, alpha):
        return _Faded(self.c, alpha)

    # -- paint -----------------------------------------------------------
    def colour(self, colour, alpha=1.0):
        self.c.set_source_rgba(*rgb(colour), alpha)

    def ground(self, w, h, top, bottom=None):
        if bottom is None or bottom == top:
            self.colour(top)
        else:
            g = cairo.LinearGradient(0, 0, 0, h)
            g.add_color_stop_rgb(0, *rgb(top))
            g.add_color_stop_rgb(1, *rgb(bottom))
            self.c.set_source(g)
        self.c.rectangle(0, 0, w, h)
        self.c.fill()

    def _finish(self, fill, stroke, width, alpha):
        if fill:
            self.colour(fill, alpha)
            if stroke:
                self.c.fill_preserve()
            else:
                self.c.fill()
        if stroke:
            self.colour(stroke, alpha)
            self.c.set_line_width(width)
            self.c.set_line_cap(cairo.LINE_CAP_ROUND)
            self.c.set_line_join(cairo.LINE_JOIN_ROUND)
            self.c.stroke()
        self.c.new_path()

    def rect(self, x, y, w, h, fill=None, r=0, stroke=None, width=3, alpha=1.0):
        c = self.c
        c.new_path()
        r = min(r, w / 2, h / 2)
        if r <= 0:
            c.rectangle(x, y, w, h)
        else:
            c.arc(x + w - r, y + r, r, -math.pi / 2, 0)
            c.arc(x + w - r, y + h - r, r, 0, math.pi / 2)
            c.arc(x + r, y + h - r, r, math.pi / 2, math.pi)
            c.arc(x + r, y + r, r, math.pi, 1.5 * math.pi)
            c.close_path()
        self._finish(fill, stroke, width, alpha)

    def circle(self, x, y, r, fill=None, stroke=None, width=3, alpha=1.0):
        self.c.new_path()
        self.c.arc(x, y, max(r, 0.01), 0, 2 * math.pi)
        self._finish(fill, stroke, width, alpha)

    def oval(self, x, y, rx, ry, fill=None, stroke=None, width=3, turn=0.0, alpha=1.0):
        self.c.save()
        self.c.translate(x, y)
        self.c.rotate(turn)
        self.c.scale(max(rx, 0.01), max(ry, 0.01))
        self.c.new_path()
        self.c.arc(0, 0, 1, 0, 2 * math.pi)
        self.c.restore()
        self._finish(fill, stroke, width, alpha)

    def arc(self, x, y, r, a, b, colour, width=4, alpha=1.0):
        self.c.new_path()
        self.c.arc(x, y, r, a, b)
        self._finish(None, colour, width, alpha)

    def poly(self, points, fill=None, stroke=None, width=3, alpha=1.0):
        self.c.new_path()
        for x, y in points:
            self.c.line_to(x, y)
        self.c.close_path()
        self._finish(fill, stroke, width, alpha)

    def line(self, points, colour=INK, width=4, alpha=1.0):
        self.c.new_path()
        for x, y in points:
            self.c.line_to(x, y)
        self._finish(None, colour, width, alpha)

    def curve(self, points, colour=INK, width=4, alpha=1.0, fill=None):
        """A smooth line through the points."""
        pts = smooth([(x, y, 0) for x, y in points], 8)
        self.c.new_path()
        for x, y, _ in pts:
            self.c.line_to(x, y)
        self._finish(fill, colour if width else None, width, alpha)

    def part(self, points, f, colour=INK, width=4):
        """The first share f of a polyline."""
        total = sum(math.dist(a, b) for a, b in zip(points, points[1:]))
        left = total * clamp(f)
        out = [points[0]]
        for a, b in zip(points, points[1:]):
            d = math.dist(a, b)
            if left <= 0:
                break
            k = min(1, left / d) if d else 1
            out.append((lerp(a[0], b[0], k), lerp(a[1], b[1], k)))
            left -= d
        if len(out) > 1:
            self.line(out, colour, width)
        return out[-1]

    # -- words -----------------------------------------------------------
    def text(self, x, y, words, size, colour=INK, align="left", font=SANS, bold=True, alpha=1.0):
        """y is the baseline."""
        c = self.c
        c.select_font_face(font, cairo.FONT_SLANT_NORMAL,
                           cairo.FONT_WEIGHT_BOLD if bold else cairo.FONT_WEIGHT_NORMAL)
        c.set_font_size(size)
        if align != "left":
            advance = c.text_extents(words).x_advance
            x -= advance / 2 if align == "centre" else advance
        self.colour(colour, alpha)
        c.move_to(x, y)
        c.show_text(words)
        c.new_path()

    def width_of(self, words, size, font=SANS, bold=True):
        self.c.select_font_face(font, cairo.FONT_SLANT_NORMAL,
                                cairo.FONT_WEIGHT_BOLD if bold else cairo.FONT_WEIGHT_NORMAL)
        self.c.set_font_size(size)
        return self.c.text_extents(words).x_advance

    def label(self, x, y, words, size=34, fill=INK, colour=PAPER, pad=16):
        """A pill with words, centred on x, y."""
        w = self.width_of(words, size) + 2 * pad
        self.rect(x - w / 2, y - size * 0.78, w, size * 1.56, fill, r=size * 0.5)
        self.text(x, y + size * 0.36, words, size, colour, "centre")

    # -- signs -----------------------------------------------------------
    def tick(self, x, y, r, f=1.0, fill=JADE):
        self.circle(x, y, r, fill)
        self.part([(x - r * 0.45, y + r * 0.02), (x - r * 0.12, y + r * 0.36), (x + r * 0.48, y - r * 0.34)], f,
                  WHITE, r * 0.22)

    def cross(self, x, y, r, fill=RED):
        self.circle(x, y, r, fill)
        d = r * 0.38
        self.line([(x - d, y - d), (x + d, y + d)], WHITE, r * 0.22)
        self.line([(x - d, y + d), (x + d, y - d)], WHITE, r * 0.22)

    def arrow(self, a, b, colour=RED, width=10, f=1.0):
        end = self.part([a, b], f, colour, width)
        if f > 0.15:
            ang = math.atan2(b[1] - a[1], b[0] - a[0])
            s = width * 2.6
            self.poly([(end[0] + math.cos(ang) * s, end[1] + math.sin(ang) * s),
                       (end[0] + math.cos(ang + 2.2) * s, end[1] + math.sin(ang + 2.2) * s),
                       (end[0] + math.cos(ang - 2.2) * s, end[1] + math.sin(ang - 2.2) * s)], colour)

    def ripple(self, x, y, t, colour=AMBER, reach=46):
        """A finger's tap: rings that widen."""
        for k in (0, 0.5):
            f = (t / 1.2 + k) % 1
            self.circle(x, y, 10 + reach * f, None, colour, 6, 1 - f)

    def finger(self, x, y, t, press=1.0):
        """A pointing hand whose tip is at x, y."""
        self.ripple(x, y, t)
        d = 8 * wave(t, 1.2) * press
        with self.at(x + d * 0.5, y + d, 1, -0.35):
            self.rect(-16, 0, 32, 120, SKIN, 16, "#B98B63", 3)
            self.rect(-24, 78, 92, 100, SKIN, 34, "#B98B63", 3)
            self.rect(-13, 66, 26, 60, SKIN)
            self.rect(-10, 6, 20, 20, "#FBE6D2", 9)


class _Saved:
    def __init__(self, c, x, y, scale, turn):
        self.args = (c, x, y, scale, turn)

    def __enter__(self):
        c, x, y, scale, turn = self.args
        c.save()
        c.translate(x, y)
        if turn:
            c.rotate(turn)
        if scale != 1:
            c.scale(scale, scale)

    def __exit__(self, *_):
        self.args[0].restore()


class _Faded:
    def __init__(self, c, alpha):
        self.c, self.alpha = c, alpha

    def __enter__(self):
        self.c.push_group()

    def __exit__(self, *_):
        self.c.pop_group_to_source()
        self.c.paint_with_alpha(self.alpha)


# -- brush ---------------------------------------------------------------
def smooth(points, steps=14):
    """Catmull-Rom through (x, y, width) points."""
    if len(points) < 3:
        out = []
        a, b = points[0], points[-1]
        for i in range(steps + 1):
            out.append(tuple(lerp(p, q, i / steps) for p, q in zip(a, b)))
        return out
    pts = [points[0]] + list(points) + [points[-1]]
    out = []
    for p0, p1, p2, p3 in zip(pts, pts[1:], pts[2:], pts[3:]):
        for i in range(steps):
            u = i / steps
            out.append(tuple(0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u * u
                                    + (3 * b - a - 3 * c + d) * u ** 3)
                             for a, b, c, d in zip(p0, p1, p2, p3)))
    out.append(points[-1])
    return out


def brush(s, points, f=1.0, colour="#17120E"):
    """One brush stroke up to the share f; returns where the tip is."""
    pts = smooth(points)
    n = max(2, int(round(len(pts) * clamp(f))))
    if f <= 0:
        return pts[0][:2]
    c = s.c
    c.new_path()
    for (x0, y0, w0), (x1, y1, w1) in zip(pts[:n], pts[1:n]):
        steps = max(1, int(math.dist((x0, y0), (x1, y1)) / max(0.25, min(w0, w1) * 0.25)))
        for i in range(steps + 1):
            u = i / steps
            c.new_sub_path()
            c.arc(lerp(x0, x1, u), lerp(y0, y1, u), max(0.15, lerp(w0, w1, u)), 0, 2 * math.pi)
    s.colour(colour)
    c.fill()
    return pts[n - 1][:2]


def brush_pen(s, x, y, scale=1.0, lean=0.5):
    """A writing brush, its tip at x, y."""
    with s.at(x, y, scale, lean):
        s.c.new_path()
        s.c.move_to(0, 0)
        s.c.curve_to(-12, -22, -17, -44, -13, -70)
        s.c.line_to(13, -70)
        s.c.curve_to(17, -44, 12, -22, 0, 0)
        s._finish("#2A211B", None, 0, 1)
        s.rect(-14, -84, 28, 18, GOLD, 3)
        s.rect(-11, -300, 22, 218, "#9C6A35", 6)
        s.rect(-11, -300, 8, 218, "#B5824A", 4)
        s.rect(-11, -312, 22, 16, RED, 4)


# -- people --------------------------------------------------------------
def _elbow(a, b, length, side, fade=1.0):
    """Joint of a limb of two equal parts between a and b, bent to the given side."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    d = math.hypot(dx, dy)
    if d < 1e-6:
        return (a[0] + side * length, a[1]), b
    if d > 2 * length:
        k = 2 * length / d
        b = (a[0] + dx * k, a[1] + dy * k)
        dx, dy, d = dx * k, dy * k, 2 * length
    h = math.sqrt(max(0, length * length - d * d / 4)) * fade
    mx, my = a[0] + dx / 2, a[1] + dy / 2
    return (mx - dy / d * h * side, my + dx / d * h * side), b


def person(s, x, y, lh=(-62, 118), rh=(62, 118), stance=34, bend=0.0, scale=1.0, clothes=WHITE, trousers="#E9E0CC",
           hair="#B9B4AE", line="#8A7A66", face=True, bun=True, look=0.0, lift=0.0, palms=True, elbows=(1, -1)):
    """Somebody seen from the front. x, y: between the feet. Hands are given from the middle of the shoulders."""
    with s.at(x, y - lift, scale):
        leg = 82
        hip = -2 * leg + 46 * bend
        for side in (-1, 1):
            foot = (side * stance, 0)
            knee, foot = _elbow((side * 15, hip), foot, leg, side * (1 if bend > 0.02 else 0.02) * -1)
            s.line([(side * 15, hip), knee, foot], line, 40)
            s.line([(side * 15, hip), knee, foot], trousers, 34)
            s.oval(foot[0] + side * 7, foot[1] + 4, 24, 11, "#3A2E25")
            if lift > 2:
                s.oval(foot[0] + side * 7, foot[1] + 6, 14, 6, "#3A2E25")
        top = hip - 128
        s.c.new_path()
        s.c.move_to(-42, top + 8)
        s.c.curve_to(-20, top - 8, 20, top - 8, 42, top + 8)
        s.c.line_to(36, hip + 22)
        s.c.line_to(-36, hip + 22)
        s.c.close_path()
        s._finish(clothes, line, 3, 1)
        s.line([(0, top + 4), (0, hip + 20)], line, 2.5)
        for k in range(4):
            s.line([(-9, top + 22 + k * 30), (9, top + 22 + k * 30)], line, 3.5)
        hy = top - 44 - 4 * look
        s.rect(-11, top - 16, 22, 24, mix(SKIN, "#A87B55", 0.25), 8)
        s.circle(0, hy, 36, SKIN)
        if bun:
            s.circle(0, hy - 41, 15, hair)
        s.c.new_path()
        s.c.arc(0, hy - 2 - 3 * look, 37, math.pi, 2 * math.pi)
        s.c.curve_to(26, hy - 20 - 4 * look, -26, hy - 20 - 4 * look, -37, hy - 2 - 3 * look)
        s._finish(hair, None, 0, 1)
        if face:
            ey = hy + 2 - 8 * look
            for side in (-1, 1):
                s.circle(side * 13, ey, 3.6, INK)
                s.oval(side * 21, ey + 12, 6, 4, "#E7A385", alpha=0.7)
            s.arc(0, ey + 9, 9, 0.25, math.pi - 0.25, "#9A4B3A", 3)
        for side, hand, bendy in ((-1, lh, elbows[0]), (1, rh, elbows[1])):
            sh = (side * 38, top + 18)
            rise = hand[1] - 8
            # Elbows point outwards; while the hand passes the shoulder the arm points at the viewer.
            elbow, hand = _elbow(sh, (hand[0], hand[1] + top + 10), 66, bendy if rise >= 0 else -bendy,
                                 clamp(abs(rise) / 45))
            s.line([sh, elbow, hand], line, 33)
            s.line([sh, elbow, hand], clothes, 27)
            if palms:
                s.circle(hand[0], hand[1], 14, SKIN, "#C79C76", 2.5)
        return hy


def qr(s, x, y, size, seed=7, colour=INK, ground=WHITE):
    """Something that looks like a code and is none."""
    n = 15
    k = size / n
    s.rect(x - k, y - k, size + 2 * k, size + 2 * k, ground, k)
    v = seed * 7919 + 17
    s.c.new_path()
    for j in range(n):
        for i in range(n):
            v = (v * 1103515245 + 12345) & 0x7FFFFFFF
            corner = (i < 5 and j < 5) or (i > 9 and j < 5) or (i < 5 and j > 9)
            if not corner and (v >> 16) & 1:
                s.c.rectangle(x + i * k, y + j * k, k + 0.3, k + 0.3)
    s.colour(colour)
    s.c.fill()
    for cx, cy in ((0, 0), (11, 0), (0, 11)):
        s.rect(x + cx * k, y + cy * k, 4 * k, 4 * k, colour)
        s.rect(x + (cx + .7) * k, y + (cy + .7) * k, 2.6 * k, 2.6 * k, ground)
        s.rect(x + (cx + 1.3) * k, y + (cy + 1.3) * k, 1.4 * k, 1.4 * k, colour)
