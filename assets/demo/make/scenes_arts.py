"""Drawings about writing, painting, speech and old houses."""

import math

from stage import (AMBER, BRONZE, GOLD, GREY, INDIGO, INK, JADE, PAPER, PLUM, RED, SERIF, SKIN, WHITE, brush,
                   brush_pen, clamp, ease, lerp, mix, person, smooth, span, wave)

# The eight strokes, on a field of 100 x 100: (x, y, half width).
YONG = (
    ("点", ((45, 9, 1.2), (49, 13, 4.2), (54, 19, 5.2), (56, 22, 3.4))),
    ("横", ((36, 33, 3.4), (39, 32.6, 3.0), (45, 31.4, 2.5), (50, 30.2, 3.6), (52.5, 30.8, 4.4))),
    ("竖", ((52, 31, 4.4), (52, 38, 3.8), (52, 58, 3.5), (52, 78, 3.8), (51.5, 86, 4.6))),
    ("钩", ((51.5, 86, 4.6), (49, 88, 4.0), (45, 84.5, 2.2), (40, 79, 0.5))),
    ("提", ((15, 49, 3.4), (18, 48.6, 3.0), (25, 46.6, 2.4), (32, 44.4, 3.2), (35, 44, 3.9))),
    ("撇", ((35, 44, 3.8), (31, 53, 3.2), (25, 63, 2.6), (18, 71, 1.7), (9, 78.5, 0.5))),
    ("短撇", ((81, 28, 3.8), (78, 31, 3.6), (70, 38, 2.6), (62, 44, 1.5), (56, 48, 0.6))),
    ("捺", ((55, 46.5, 1.2), (60, 54, 2.4), (68, 64, 4.0), (77, 73, 5.6), (82, 77, 6.0), (88, 78.6, 3.2),
           (95, 79.4, 0.6))),
)
HENG = ((96, 232, 10), (104, 240, 21), (116, 240, 20), (150, 232, 13), (230, 222, 11), (330, 213, 12), (410, 207, 16),
        (436, 208, 22), (446, 216, 19), (440, 224, 12))


def sheet(s, x=20, y=4, size=432):
    """Paper with the rice-grid used for practice."""
    s.rect(x, y, size, size, "#FBF4E2", 4, RED, 5)
    a = x + size / 2
    b = y + size / 2
    for p, q in (((x, b), (x + size, b)), ((a, y), (a, y + size)), ((x, y), (x + size, y + size)),
                 ((x + size, y), (x, y + size))):
        n = 18
        for k in range(n):
            u, v = k / n, (k + .5) / n
            s.line([(lerp(p[0], q[0], u), lerp(p[1], q[1], u)), (lerp(p[0], q[0], v), lerp(p[1], q[1], v))],
                   "#E0A99C", 2.5)


def scaled(points, x, y, k):
    return [(x + a * k, y + b * k, w * k) for a, b, w in points]


def yong(s, t, p, first=0, last=8, seconds=0.0, label=True):
    """Strokes before first stand already; first..last are written one after another."""
    sheet(s, 20, 4)
    k, x, y = 4.05, 36, 16
    each = seconds or 1.9
    tip = None
    now = -1
    for n, (name, points) in enumerate(YONG[:last]):
        pts = scaled(points, x, y, k)
        f = 1.0 if n < first else clamp((t - 0.6 - (n - first) * each) / (each * .72))
        if f <= 0:
            break
        colour = "#17120E"
        if n >= first:
            now = n
            if f < 1:
                colour = "#8E1F14"
            tip = pts[-1][:2] if f >= 1 else None
        end = brush(s, pts, f, colour)
        if n >= first and f < 1:
            tip = end
    if tip and t < 0.6 + (last - first) * each + .3:
        brush_pen(s, tip[0], tip[1], .62, .55)
    if label and now >= 0:
        s.text(505, 210, str(now + 1), 84, RED, "centre", SERIF)
        name = YONG[now][0]
        s.text(505, 290, name, 56 if len(name) == 1 else 46, INK, "centre", SERIF)


def heng(s, t, p, begin=0.0, end=1.0, seconds=5.0, ghost=True):
    s.rect(10, 14, 540, 412, "#FBF4E2", 6, "#D9C9A6", 3)
    for yy in (120, 320):
        for k in range(26):
            s.line([(20 + 20.4 * k, yy), (30 + 20.4 * k, yy)], "#E0A99C", 3)
    if ghost:
        brush(s, HENG, 1, "#EADFC8")
    u = clamp((t % (seconds + 2.4) - 0.5) / seconds)
    f = lerp(begin, end, ease(u))
    tip = brush(s, HENG, f)
    brush_pen(s, tip[0], tip[1] - (14 * wave(t, 3) if u >= 1 else 0), .7, .5)
    marks = (("顿", 112, 0.0), ("行", 262, 0.28), ("顿回", 436, .8))
    for words, xx, at in marks:
        if f >= at + .02:
            s.label(xx, 372, words, 40, RED if f < at + .3 else JADE, WHITE)


def heng_compare(s, t, p):
    rows = (("平板无力", [(150, 90, 9), (280, 92, 9), (430, 96, 9)], False),
            ("略向上斜", scaled(HENG, 74, 106, .62), True))
    s.rect(10, 14, 540, 412, "#FBF4E2", 6, "#D9C9A6", 3)
    for n, (words, pts, good) in enumerate(rows):
        f = span(t, .6 + 2.6 * n, 2.2 + 2.6 * n)
        y = 120 + 190 * n
        if f > 0:
            brush(s, pts, f)
        g = span(t, 2.2 + 2.6 * n, 2.7 + 2.6 * n)
        if g > 0:
            (s.tick if good else s.cross)(494, y - 24 + 6 * n, 34 * g)
            s.text(280, y + 66, words, 46, JADE if good else RED, "centre", alpha=g)


def pen_hold(s, t, p):
    s.rect(-8, 350, 576, 110, "#B98A55")
    s.rect(60, 330, 440, 40, "#FBF4E2", 4, "#D9C9A6", 3)
    d = 10 * math.sin(t * 1.4)
    x = 280 + d
    with s.at(x, 336, 1.05, 0.02):
        brush_pen(s, 0, 0, 1, 0)
    for k, (dx, dy, turn) in enumerate(((46, -190, .3), (52, -160, .2), (50, -130, .1), (40, -104, 0))):
        s.line([(x + 150, 150 + 40 * k * .4 + 30), (x + dx + 20, 336 + dy - 10), (x + 6, 336 + dy)], "#D9A981", 34)
        s.line([(x + 150, 150 + 40 * k * .4 + 30), (x + dx + 20, 336 + dy - 10), (x + 6, 336 + dy)], SKIN, 29)
    s.line([(x + 130, 210), (x + 30, 128), (x - 14, 166)], "#D9A981", 36)
    s.line([(x + 130, 210), (x + 30, 128), (x - 14, 166)], SKIN, 31)
    s.line([(x + 140, 200), (620, 150)], "#D9A981", 100)
    s.line([(x + 140, 200), (620, 150)], SKIN, 92)
    s.rect(470, 80, 130, 160, INDIGO, 20)
    if t > 2.5:
        f = span(t, 2.5, 3.2)
        for k in range(9):
            s.line([(x, 24 + 32 * k), (x, 40 + 32 * k)], RED, 4, f * .8)
        s.label(110, 90, "笔杆直", 42, RED, WHITE)


# -- bamboo --------------------------------------------------------------
def stalk(s, x0, y0, x1, y1, width, f, colour):
    joints = 6
    for k in range(joints):
        g = clamp(f * joints - k)
        if g <= 0:
            break
        a, b = k / joints + .012, (k + 1) / joints - .012
        b = lerp(a, b, g)
        pts = [(lerp(x0, x1, u), lerp(y0, y1, u), width * w) for u, w in
               ((a, 1.16), (lerp(a, b, .12), .94), (lerp(a, b, .5), .86), (lerp(a, b, .88), .94), (b, 1.12))]
        brush(s, pts, 1, colour)
    for k in range(1, joints):
        if f * joints > k + .2:
            x, y = lerp(x0, x1, k / joints), lerp(y0, y1, k / joints)
            s.curve([(x - width, y - 3), (x, y + 2), (x + width, y - 3)], "#17120E", 4)


def leaf(s, x, y, length, angle, f, colour="#1F3A2C"):
    pts = []
    for u, w in ((0, .02), (.12, .055), (.35, .1), (.6, .085), (.85, .035), (1, .005)):
        r = length * u
        bow = .06 * length * math.sin(math.pi * u)
        pts.append((x + r * math.cos(angle) - bow * math.sin(angle), y + r * math.sin(angle) + bow * math.cos(angle),
                    length * w))
    return brush(s, pts, f, colour)


LEAVES = [  # x, y, length, angle in degrees
    (352, 120, 120, 60), (352, 120, 128, 92), (352, 120, 112, 128),
    (198, 96, 112, 66), (198, 96, 122, 98), (198, 96, 108, 132),
    (392, 204, 104, 44), (392, 204, 116, 78), (392, 204, 100, 112),
    (150, 208, 100, 74), (150, 208, 106, 106), (150, 208, 92, 140),
]


def bamboo(s, t, p, stalks=1.0, leaves=1.0, grow_stalks=False, grow_leaves=False, seal=True, seconds=7.0):
    s.rect(14, 0, 532, 440, "#FAF3E0", 4, "#D9C9A6", 3)
    u = clamp((t - .5) / seconds)
    fs = u if grow_stalks else stalks
    fl = u if grow_leaves else leaves
    stalk(s, 330, 436, 286, 10, 13, clamp(fs * 1.25), "#4E6B52")
    stalk(s, 216, 436, 262, 60, 9, clamp(fs * 1.6 - .6), "#7D937C")
    if fs > .9:
        for a, b in (((303, 152), (352, 120)), ((292, 60), (198, 96)), ((312, 250), (392, 204)), ((240, 250), (150, 208))):
            s.curve([a, (lerp(a[0], b[0], .5), lerp(a[1], b[1], .5) - 8), b], "#4E6B52", 4)
    n = len(LEAVES)
    tip = None
    for k, (x, y, length, angle) in enumerate(LEAVES):
        g = clamp(fl * n - k)
        if g <= 0:
            break
        tip = leaf(s, x, y, length, math.radians(angle), g, "#1F3A2C" if k % 3 != 2 else "#46634F")
    if grow_leaves and tip and u < 1:
        brush_pen(s, tip[0], tip[1], .5, .5)
    if grow_stalks and u < 1:
        f = clamp(u * 1.25)
        x, y = (lerp(330, 286, f), lerp(436, 10, f)) if f < 1 else (lerp(216, 262, clamp(u * 1.6 - .6)),
                                                                    lerp(436, 60, clamp(u * 1.6 - .6)))
        brush_pen(s, x, y, .5, .5)
    if seal and fl >= 1:
        s.rect(468, 360, 48, 48, RED, 6)
        s.text(492, 396, "竹", 34, WHITE, "centre", SERIF)


def leaf_groups(s, t, p):
    s.rect(14, 0, 532, 440, "#FAF3E0", 4, "#D9C9A6", 3)
    for n, (words, x, angles) in enumerate((("人", 130, (62, 122)), ("个", 290, (56, 92, 128)),
                                            ("介", 440, (48, 78, 106, 136)))):
        for k, a in enumerate(angles):
            f = span(t, .6 + 2.0 * n + .4 * k, 1.2 + 2.0 * n + .4 * k)
            if f > 0:
                leaf(s, x, 90, 160, math.radians(a), f)
        g = span(t, 1.6 + 2.0 * n, 2.1 + 2.0 * n)
        if g > 0:
            s.text(x, 380, words, 88, RED, "centre", SERIF, alpha=g)


# -- Shanghai ------------------------------------------------------------
def hu_talk(s, t, p, left="侬好", right="侬好", hint=""):
    s.rect(-8, 372, 576, 80, "#C9B79A")
    bow = wave(t, 4)
    with s.at(130, 432, .75):
        person(s, 0, 0, clothes="#C9823B", trousers="#4A4038", rh=(70, 60 - 26 * bow), lh=(-58, 118))
    with s.at(430, 432, .75):
        person(s, 0, 0, clothes=PLUM, trousers="#33414D", hair="#4A4038", lh=(-70, 60 - 26 * bow), rh=(58, 118))
    for words, x, start in ((left, 20, .5), (right, 300, 2.0)):
        f = span(t, start, start + .4)
        if f > 0 and words:
            s.rect(x, 4, 240, 96, RED if x < 100 else JADE, 26, alpha=f)
            cx = x + 120
            s.poly([(cx - 14, 98), (cx + 14, 98), (cx, 122)], RED if x < 100 else JADE, alpha=f)
            s.text(x + 120, 72, words, 60 if len(words) < 4 else 50, WHITE, "centre", alpha=f)
    if hint:
        s.label(280, 404, hint, 40, INK, PAPER)


def lane(s, t, p, washing=True):
    """A row of old houses seen along the lane."""
    s.rect(-8, -8, 576, 330, "#BFD7DD")
    for k in range(2):
        x = (t * 6 + 300 * k) % 700 - 80
        s.oval(x, 60 + 30 * k, 70, 18, WHITE, alpha=.8)
    for k, x in enumerate((-30, 168, 366)):
        c = ("#A9553F", "#9B4B38", "#A9553F")[k]
        s.rect(x, 120, 199, 260, c)
        s.poly([(x - 8, 122), (x + 40, 70), (x + 150, 70), (x + 198, 122)], "#4A4744")
        s.rect(x + 70, 34, 22, 46, "#7A3A2C")
        for j in range(2):
            s.rect(x + 26 + 84 * j, 146, 56, 66, "#E7D9B8", 2)
            s.rect(x + 31 + 84 * j, 151, 46, 56, "#5B7A86")
            s.line([(x + 54 + 84 * j, 151), (x + 54 + 84 * j, 207)], "#E7D9B8", 4)
        _door(s, x + 95, 380, .52, 0)
    s.rect(-8, 378, 576, 80, "#B7AC9C")
    if not washing:
        return
    d = 5 * math.sin(t * 1.5)
    s.line([(20, 232), (540, 226)], "#6B5A48", 4)
    for k, c in enumerate((AMBER, WHITE, INDIGO, "#D98C8C")):
        x = (24, 138, 336, 452)[k]
        s.poly([(x, 230), (x + 50, 230), (x + 50 + d, 292), (x + d, 292)], c)


def _door(s, x, y, k, opened):
    """A stone-framed gate; x is its middle, y the ground."""
    w, h = 150 * k, 300 * k
    s.rect(x - w, y - h, 2 * w, h, "#CFC6B4")
    s.rect(x - w * 1.1, y - h - 26 * k, 2.2 * w, 34 * k, "#BDB39F")
    s.c.new_path()
    s.c.arc(x, y - h - 26 * k, w * .9, math.pi, 2 * math.pi)
    s.c.close_path()
    s._finish("#CFC6B4", "#A39A86", 4 * k, 1)
    s.c.new_path()
    s.c.arc(x, y - h - 26 * k, w * .6, math.pi, 2 * math.pi)
    s.c.close_path()
    s._finish("#B9AE98", None, 0, 1)
    s.rect(x - w * .78, y - h * .92, 1.56 * w, h * .92, "#3B302A")
    leaf_w = w * .76 * (1 - .75 * opened)
    for side in (-1, 1):
        lx = x - w * .76 if side < 0 else x + w * .76 - leaf_w
        s.rect(lx, y - h * .9, leaf_w, h * .9, "#2B211C", 0, "#17120E", 3 * k)
        for j in range(3):
            s.circle(lx + leaf_w / 2, y - h * (.25 + .25 * j), 6 * k, "#4A3C33")
        hx = x + side * 16 * k if opened < .05 else (lx + leaf_w if side < 0 else lx)
        s.circle(hx, y - h * .45, 12 * k, None, GOLD, 5 * k)


def gate_stone(s, t, p, opens=False, parts=False):
    s.rect(-8, -8, 576, 456, "#A9553F")
    for j in range(12):
        for i in range(8):
            s.rect(-20 + 80 * i + (40 if j % 2 else 0), 4 + 36 * j, 76, 32, "#B05E47" if (i * 3 + j) % 4 else "#9B4B38", 2)
    s.rect(-8, 424, 576, 40, "#B7AC9C")
    _door(s, 200, 424, .95, span(t, 1.0, 3.0) if opens else 0)
    if parts:
        for n, (words, y, yy) in enumerate((("门楣", 64, 80), ("石框", 190, 210), ("黑漆木门", 320, 330))):
            f = span(t, .6 + 2.2 * n, 1.2 + 2.2 * n)
            if f > 0:
                tx = (268, 338, 262)[n]
                s.arrow((400, y), (tx + 20, yy), GOLD, 7, f)
                s.label(452, y, words, 40, INK, GOLD)


def house_plan(s, t, p):
    """Rooms of a lane house, from the gate inwards."""
    rooms = (("天井", 120, "#BFD9C4"), ("客堂", 110, "#F0D9A8"), ("灶间", 84, "#E2BFA5"))
    s.rect(70, 6, 300, 428, "#A9553F", 6)
    y = 424
    for n, (words, h, colour) in enumerate(rooms):
        f = span(t, .6 + 2.4 * n, 1.2 + 2.4 * n)
        y -= h + 8
        s.rect(84, y, 272, h, mix("#8A7A68", colour, f), 4)
        s.text(220, y + h / 2 + 20, words, 54, INK, "centre", alpha=.15 + .85 * f)
    s.rect(180, 416, 80, 20, "#2B211C")
    s.rect(84, 20, 272, 62, "#D8C7A6", 4)
    f = span(t, 6.6, 7.4)
    s.text(220, 70, "亭子间", 48, INK, "centre", alpha=.15 + .85 * f)
    u = clamp(t / 9)
    yy = lerp(424, 60, u)
    s.arrow((420, 430), (420, lerp(420, 60, u)), RED, 10)
    s.text(470, 240, "往", 46, RED, "centre")
    s.text(470, 300, "里", 46, RED, "centre")


TERMS = ("立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至", "小暑", "大暑",
         "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至", "小寒", "大寒")
SEASONS = (("春", "#7FAE6B"), ("夏", "#2F8A6B"), ("秋", "#D9952F"), ("冬", "#5E86A8"))


def terms_wheel(s, t, p, words=True):
    """One term after another lights up around the year."""
    cx, cy = 220, 220
    now = int(t * 1.6) % 24
    for k in range(24):
        a = math.radians(-90 + 15 * k)
        b = math.radians(-90 + 15 * k + 14)
        name, colour = SEASONS[k // 6]
        on = k == now
        r = 212 if on else 200
        pts = [(cx + q * math.cos(u), cy + q * math.sin(u)) for q, us in
               ((r, (a, (a + b) / 2, b)), (112, (b, (a + b) / 2, a))) for u in us]
        s.poly(pts, GOLD if on else colour)
    for k, (name, colour) in enumerate(SEASONS):
        a = math.radians(-45 + 90 * k)
        s.text(cx + 66 * math.cos(a), cy + 66 * math.sin(a) + 20, name, 56, colour, "centre", SERIF)
    if not words:
        return
    s.text(500, 210, TERMS[now][0], 76, RED, "centre", SERIF)
    s.text(500, 300, TERMS[now][1], 76, RED, "centre", SERIF)


def seasons(s, t, p):
    """One tree through the year, a quarter of the slide for each season."""
    k = min(3, int(p * 4))
    sky = ("#DCEBD6", "#CDE6EE", "#F3DFB8", "#DDE4EC")[k]
    s.rect(-8, -8, 576, 456, sky)
    s.rect(-8, 356, 576, 100, ("#A9C98C", "#7FB36E", "#CDA864", "#F2F4F6")[k])
    s.circle(470, 84, 46, ("#F6E3A0", "#F2B632", "#EFA03A", "#F4EBCB")[k])
    s.line([(210, 390), (214, 210)], "#76502F", 34)
    for dx, dy in ((-70, -60), (70, -70), (0, -120), (-34, -10), (44, -16)):
        s.line([(213, 250), (213 + dx, 210 + dy)], "#76502F", 12)
    leaves = ("#E8A0AE", "#3F8F55", "#DB8F2A", None)[k]
    for n in range(13):
        a = n * 2.4
        r = 20 + 8.5 * n
        x, y = 213 + r * math.cos(a), 146 + .72 * r * math.sin(a)
        if leaves:
            s.circle(x, y, 58 - 1.6 * n, mix(leaves, "#FFFFFF" if n % 2 else "#7A3A10", .14))
    for n in range(9):
        f = (t * .12 + n / 9) % 1
        x = 40 + 60 * n + 20 * math.sin(f * 8 + n)
        if k == 0:
            s.line([(x, 430 * f), (x - 3, 430 * f + 20)], "#6FA3B8", 4)
        elif k == 2:
            s.oval(x, 430 * f, 11, 6, "#DB8F2A", turn=f * 7)
        elif k == 3:
            s.circle(x, 430 * f, 7, WHITE)
    s.text(470, 300, SEASONS[k][0], 130, ("#4F8A45", "#1D6E54", "#A8501C", "#2F5B86")[k], "centre", SERIF)


SCENES = {f.__name__: f for f in (yong, heng, heng_compare, pen_hold, bamboo, leaf_groups, hu_talk, lane, gate_stone, terms_wheel, seasons,
                                  house_plan)}
