"""Drawings about moving, sitting and measuring."""

import math

from stage import (AMBER, BRONZE, GOLD, GREY, INDIGO, INK, JADE, PAPER, PLUM, RED, SKIN, WHITE, clamp, ease, lerp, mix,
                   person, span, wave)


def park(s, t, leaves=True):
    s.rect(-8, -8, 576, 300, "#CFE0DA")
    s.circle(452, 78, 40, "#FBEFCB")
    s.curve([(-40, 300), (80, 210), (220, 262), (360, 196), (620, 290)], None, 0, fill="#A9C4B0")
    s.rect(-8, 268, 576, 200, "#8FB07F")
    s.oval(280, 440, 260, 70, "#E9D9B0")
    s.line([(60, 330), (60, 140)], "#7A5233", 26)
    for dx, dy, r in ((0, 0, 62), (-52, 30, 46), (54, 26, 48), (10, -46, 46)):
        s.circle(60 + dx, 108 + dy, r, "#E9B33F")
    for dx, dy, r in ((-20, -20, 26), (30, 10, 24), (-40, 36, 20)):
        s.circle(60 + dx, 108 + dy, r, "#F5CB6C")
    if leaves:
        for k in range(4):
            f = (t * .11 + k / 4) % 1
            s.oval(110 + 60 * k + 26 * math.sin(f * 9 + k), 110 + 310 * f, 9, 5, "#E3A437", turn=f * 8)


def _keys(table, f):
    """Arms between key positions: (share, left hand x, y, bend, look)."""
    for a, b in zip(table, table[1:]):
        if f <= b[0]:
            k = ease((f - a[0]) / (b[0] - a[0]))
            return [lerp(p, q, k) for p, q in zip(a[1:], b[1:])]
    return list(table[-1][1:])


FORM1 = ((0.0, 62, 118, 0.0, 0), (0.10, 12, 112, 0.35, 0), (0.28, 12, 48, 0.2, 0), (0.46, 22, -104, 0.0, 1),
         (0.62, 18, -122, 0.0, 1), (0.80, 128, 6, 0.0, 0), (0.94, 62, 118, 0.3, 0), (1.0, 62, 118, 0.0, 0))


def bdj_form1(s, t, p, start=0.0, end=1.0, seconds=9.0, words=""):
    park(s, t)
    f = start + (end - start) * clamp((t % (seconds + 1.2)) / seconds)
    x, y, bend, look = _keys(FORM1, f)
    person(s, 300, 424, (-x, y), (x, y), 44, bend, 1.0, look=look)
    if words:
        s.label(452, 404, words, 36, JADE, WHITE)
    if 0.28 < f < 0.6:
        s.arrow((470, 330), (470, 210), RED, 10, span(f, 0.3, 0.4))
    if 0.66 < f < 0.9:
        s.arrow((470, 210), (470, 330), RED, 10, span(f, 0.66, 0.76))


def bdj_feet(s, t, p):
    park(s, t, False)
    f = span(t, 1.0, 2.6)
    person(s, 290, 412, (-62, 118), (62, 118), lerp(16, 46, f), 0.15 * span(t, 3.4, 4.6))
    if f > 0.2:
        s.line([(244, 60), (244, 424)], RED, 4, 0.55 * f)
        s.line([(336, 60), (336, 424)], RED, 4, 0.55 * f)
        s.label(452, 396, "与肩同宽", 36, RED, WHITE)


def bdj_breath(s, t, p):
    park(s, t)
    f = wave(t, 6.0)
    person(s, 230, 424, (-lerp(40, 54, f), lerp(112, 84, f)), (lerp(40, 54, f), lerp(112, 84, f)), 46, 0.4 - 0.25 * f)
    s.circle(462, 220, 40 + 34 * f, JADE, alpha=.85)
    s.text(462, 238, "吸" if t % 6 < 3 else "呼", 52, WHITE, "centre")


def bdj_hold(s, t, p):
    park(s, t)
    f = span(t, 0.8, 2.6)
    x, y = lerp(62, 44, f), lerp(118, 70, f)
    person(s, 290, 424, (-x, y), (x, y), 46, 0.45 * f)
    if f > .5:
        s.circle(290, 214, 34, None, AMBER, 5, f)
        s.label(462, 396, "像抱个球", 36, BRONZE, WHITE)


def bdj_care(s, t, p):
    park(s, t)
    y = lerp(118, -104, wave(t, 7)) if p < .5 else lerp(118, 20, wave(t, 7))
    x = lerp(62, 22, wave(t, 7)) if p < .5 else lerp(62, 110, wave(t, 7))
    person(s, 230, 424, (-x, y), (x, y), 44)
    s.tick(462, 180, 46, span(t, .4, 1.2))
    s.text(462, 290, "慢", 60, JADE, "centre")
    s.text(462, 360, "不疼", 48, JADE, "centre")


def chair(s, x, y, colour="#8A5A33"):
    s.rect(x - 58, y + 14, 132, 18, colour, 8)
    s.rect(x - 62, y - 150, 18, 280, colour, 8)
    s.rect(x + 52, y + 26, 16, 104, colour, 6)


def sitter(s, x, y, angle=90, clothes="#7A4A7C", hand=None, lean=0.0, trousers="#4A4038"):
    """Somebody on a chair, seen from the side, looking right. x, y: the hip. angle: of the lower leg, 90 is down."""
    chair(s, x, y)
    sx, sy = x + lean, y - 118
    for dx, tone in ((8, 0.2), (0, 0.0)):
        a = math.radians(90 if tone else angle)
        knee = (x + 104, y - 6)
        foot = (knee[0] + 104 * math.cos(a), knee[1] + 104 * math.sin(a))
        c = mix(trousers, "#000000", tone)
        s.line([(x, y - 6), knee, foot], c, 36)
        up = math.radians(angle - 90 if not tone else 0)
        toe = (foot[0] + 30 * math.cos(up), foot[1] + 30 * math.sin(up))
        s.line([foot, toe], "#2B211A", 22)
    s.line([(x, y - 10), (sx, sy + 8)], clothes, 70)
    s.line([(sx, sy), (sx + 4, sy - 30)], mix(SKIN, "#A87B55", .25), 22)
    s.circle(sx + 8, sy - 58, 36, SKIN)
    s.c.new_path()
    s.c.arc(sx + 8, sy - 60, 37, math.pi * .72, math.pi * 1.78)
    s.c.curve_to(sx + 10, sy - 80, sx - 6, sy - 66, sx - 20, sy - 32)
    s._finish("#B9B4AE", None, 0, 1)
    s.circle(sx - 26, sy - 84, 14, "#B9B4AE")
    s.circle(sx + 28, sy - 58, 4, INK)
    s.arc(sx + 30, sy - 44, 8, 0.3, 2.4, "#9A4B3A", 3)
    if hand is None:
        hand = (x + 74, y - 30)
    ex, ey = sx + (hand[0] - sx) * .38, sy + (hand[1] - sy) * .62 + 20
    s.line([(sx, sy + 18), (ex, ey), hand], mix(clothes, "#000000", .22), 34)
    s.line([(sx, sy + 18), (ex, ey), hand], mix(clothes, "#FFFFFF", .08), 28)
    s.circle(hand[0], hand[1], 15, SKIN)


def floor(s, colour="#E3D3B3"):
    s.rect(-8, 366, 576, 100, colour)


def knee_lift(s, t, p, hold=True):
    floor(s)
    u = t % 6
    f = span(u, 0.6, 2.0) - span(u, 4.0, 5.4)
    sitter(s, 170, 262, 90 - 84 * f, "#2C6E8A")
    if f > .4:
        s.arc(274, 256, 150, 0.1, 1.2, RED, 8, f)
        s.poly([(420, 258), (440, 292), (408, 288)], RED, alpha=f)
    if 2.0 < u < 4.2:
        s.label(440, 130, f"停 {min(5, 1 + int((u - 2.0) * 2.4))} 秒", 48, JADE, WHITE)


def knee_rub(s, t, p):
    floor(s)
    a = t * 3
    sitter(s, 170, 262, 90, "#2C6E8A", hand=(268 + 16 * math.cos(a), 236 + 10 * math.sin(a)))
    for k in range(3):
        f = (t * .5 + k / 3) % 1
        s.curve([(330 + 40 * k, 240 - 80 * f), (344 + 40 * k, 220 - 80 * f), (330 + 40 * k, 200 - 80 * f),
                 (344 + 40 * k, 180 - 80 * f)], AMBER, 7, 1 - f)


def knee_heel(s, t, p):
    floor(s)
    u = t % 5
    f = span(u, 0.6, 1.8) - span(u, 3.2, 4.4)
    s.rect(330, 196, 18, 190, "#8A5A33", 6)
    s.rect(330, 196, 140, 18, "#8A5A33", 6)
    s.rect(330, 280, 140, 16, "#8A5A33", 6)
    s.rect(452, 196, 18, 190, "#8A5A33", 6)
    person(s, 200, 388, (-58, 118), (118, 88 + 14 * f), 30, 0, .92, "#2C6E8A", "#4A4038", lift=16 * f)
    s.line([(140, 392), (262, 392)], RED, 4, 0.5)
    if f > .3:
        s.arrow((90, 380), (90, 300), RED, 9, f)


def knee_care(s, t, p):
    s.rect(-8, 366, 576, 100, "#E3D3B3")
    for k in range(5):
        s.rect(60 + 62 * k, 316 - 46 * k, 62, 50 + 46 * k, mix("#B9A98C", "#8A7A5E", k / 5))
    s.line([(66, 236), (366, 14)], "#7A5233", 12)
    for k in range(5):
        s.line([(90 + 62 * k, 218 - 46 * k), (90 + 62 * k, 316 - 46 * k)], "#7A5233", 7)
    f = clamp(t * .22 % 1.3)
    with s.at(86 + 190 * f, 316 - 46 * min(3, int(f * 3.06)), .46):
        person(s, 0, 0, (58, 60), (70, 60), 22, 0.2, 1, "#2C6E8A", "#4A4038")
    s.label(460, 70, "扶好", 48, JADE, WHITE)
    s.label(460, 160, "慢走", 48, JADE, WHITE)


def monitor(s, x, y, high, low, pulse, t, scale=1.0, on=True):
    with s.at(x, y, scale):
        s.rect(-130, -120, 260, 240, "#F4F2EC", 30, "#A9A297", 5)
        s.rect(-104, -98, 150, 180, "#C9D8C0", 12, "#8E9A86", 3)
        if on:
            s.text(34, -38, str(high), 60, INK, "right")
            s.text(34, 20, str(low), 60, INK, "right")
            s.text(34, 70, str(pulse), 44, INK, "right")
            beat = 1 + .18 * (t * 1.2 % 1 < .3)
            heart(s, -74, 54, 12 * beat, RED)
        s.text(62, -50, "高压", 30, GREY)
        s.text(62, 8, "低压", 30, GREY)
        s.text(62, 64, "心率", 30, GREY)
        s.circle(88, 96, 16, JADE)


def heart(s, x, y, r, colour):
    s.c.new_path()
    s.c.move_to(x, y + r * 1.1)
    s.c.curve_to(x - r * 2.2, y - r * .3, x - r * 1.1, y - r * 1.7, x, y - r * .6)
    s.c.curve_to(x + r * 1.1, y - r * 1.7, x + r * 2.2, y - r * .3, x, y + r * 1.1)
    s._finish(colour, None, 0, 1)


def bp_monitor(s, t, p):
    s.rect(-8, 340, 576, 130, "#C9A878")
    monitor(s, 180, 220, 118, 76, 68, t, 1.15)
    s.curve([(330, 280), (400, 340), (450, 250), (430, 180)], INK, 9)
    s.rect(360, 70, 160, 130, INDIGO, 34)
    s.rect(376, 70, 18, 130, mix(INDIGO, WHITE, .3))
    heart(s, 448, 136, 22 + 5 * wave(t, 1.0), "#F2B8A8")


def bp_rest(s, t, p):
    floor(s)
    sitter(s, 150, 262, 90)
    s.circle(420, 150, 104, WHITE, INK, 8)
    for k in range(12):
        a = k * math.pi / 6
        s.line([(420 + 84 * math.cos(a), 150 + 84 * math.sin(a)), (420 + 94 * math.cos(a), 150 + 94 * math.sin(a))],
               INK, 5)
    f = clamp(t / 6)
    s.c.new_path()
    s.c.move_to(420, 150)
    s.c.arc(420, 150, 80, -math.pi / 2, -math.pi / 2 + f * math.pi / 6 * 1.0001)
    s.c.close_path()
    s._finish(JADE, None, 0, .8)
    a = -math.pi / 2 + f * math.pi / 6
    s.line([(420, 150), (420 + 76 * math.cos(a), 150 + 76 * math.sin(a))], RED, 8)
    s.circle(420, 150, 10, INK)
    s.text(420, 328, f"{int(f * 5)} 分钟", 52, JADE, "centre")


def bp_avoid(s, t, p):
    for k, name in enumerate(("coffee", "run", "smoke")):
        f = span(t, 0.5 + 1.0 * k, 1.0 + 1.0 * k)
        x = 96 + 184 * k
        s.rect(x - 82, 70, 164, 240, WHITE, 20, "#D8CBB2", 3, .3 + .7 * f)
        if name == "coffee":
            s.rect(x - 46, 190, 80, 66, BRONZE, 12)
            s.arc(x + 36, 218, 20, -1.4, 1.4, BRONZE, 9)
            for j in range(2):
                s.curve([(x - 24 + 32 * j, 172), (x - 14 + 32 * j, 156), (x - 24 + 32 * j, 140),
                         (x - 14 + 32 * j, 122 + 6 * wave(t + j))], GREY, 5)
        elif name == "run":
            with s.at(x, 268, .56):
                a = math.sin(t * 6)
                person(s, 0, -10 * abs(a), (-70, 40 + 40 * a), (70, 40 - 40 * a), 20 + 20 * abs(a), 0.3, 1, RED,
                       "#4A4038")
        else:
            s.rect(x - 50, 218, 72, 18, WHITE, 4, GREY, 3)
            s.rect(x + 22, 218, 28, 18, AMBER, 4, GREY, 3)
            s.curve([(x - 50, 208), (x - 40, 180), (x - 56, 156), (x - 44, 124 + 6 * wave(t))], GREY, 6)
        if f > 0:
            s.cross(x, 340, 34 * f)


def bp_posture(s, t, p):
    floor(s)
    s.rect(290, 236, 250, 18, "#8A5A33", 6)
    s.rect(500, 250, 16, 130, "#8A5A33")
    monitor(s, 476, 176, 0, 0, 0, t, .48, False)
    sitter(s, 130, 262, 90, hand=(372, 214))
    s.line([(190, 176), (242, 206)], INDIGO, 46)
    f = span(t, 2.6, 3.4)
    if f > 0:
        heart(s, 142, 192, 17 + 3 * wave(t, 1), RED)
        for k in range(12):
            s.line([(160 + 26 * k, 190), (172 + 26 * k, 190)], RED, 5, f)
        s.label(430, 70, "一样高", 42, RED, WHITE)


def _arm(s, squeeze=0.0):
    s.line([(-30, 250), (250, 250)], "#D9A981", 112)
    s.line([(-30, 250), (250, 250)], SKIN, 104)
    s.line([(250, 250), (470, 262)], "#D9A981", 92)
    s.line([(250, 250), (470, 262)], SKIN, 84)
    s.oval(500, 264, 56, 40, SKIN)
    for k in range(4):
        s.line([(520, 244 + 13 * k), (560, 240 + 15 * k)], SKIN, 15)
    s.arc(262, 250, 46, -1.2, 1.2, "#D9A981", 5)


def bp_cuff(s, t, p):
    _arm(s)
    f = span(t, 0.4, 1.6)
    x = lerp(-240, 40, f)
    s.rect(x, 176, 150, 148, INDIGO, 24)
    s.rect(x + 20, 176, 16, 148, mix(INDIGO, WHITE, .3))
    s.curve([(x + 120, 320), (x + 170, 390), (x + 300, 410), (x + 420, 420)], INK, 9)
    if t > 2.4:
        g = span(t, 2.4, 3.0)
        s.line([(194, 150), (194, 130), (256, 130), (256, 150)], RED, 6, g)
        s.text(226, 108, "两指宽", 46, RED, "centre", alpha=g)
        for k in range(2):
            s.rect(196 + 30 * k, 196 - 4 * wave(t), 27, 110, mix(SKIN, "#FFFFFF", .25), 13, "#B98B63", 3, g)


def bp_tight(s, t, p):
    _arm(s)
    s.rect(40, 176, 150, 148, INDIGO, 24)
    s.rect(60, 176, 16, 148, mix(INDIGO, WHITE, .3))
    d = 34 * wave(t, 2.4)
    with s.at(206 - d, 232, 1, 1.57):
        s.rect(-16, -120, 32, 130, mix(SKIN, WHITE, .2), 16, "#B98B63", 3)
        s.rect(-10, -4, 20, 14, "#FBE6D2", 7)
    s.rect(40, 176, 126, 148, INDIGO, 24)
    s.rect(60, 176, 16, 148, mix(INDIGO, WHITE, .3))
    s.text(300, 96, "能放进一指", 50, JADE, "centre")
    s.tick(486, 80, 38, span(t, 1, 1.8))


def bp_read(s, t, p):
    s.rect(-8, 372, 576, 100, "#C9A878")
    f = span(t, 0.6, 3.6)
    if f < 1:
        monitor(s, 280, 200, int(160 * f), "--", "--", t, 1.5)
    else:
        monitor(s, 280, 200, 126, 78, 70, t, 1.5)


def bp_log(s, t, p):
    s.rect(40, 16, 480, 408, WHITE, 14, "#C9B68F", 4)
    s.rect(40, 16, 480, 76, JADE, 14)
    s.text(280, 70, "我的血压记录", 48, WHITE, "centre")
    for k, row in enumerate((("早", "126 / 78"), ("早", "124 / 76"), ("晚", "122 / 76"))):
        y = 160 + 96 * k
        s.line([(60, y + 32), (500, y + 32)], "#D9CBA8", 3)
        s.text(70, y + 12, row[0], 50, BRONZE)
        full = row[1]
        n = int(len(full) * span(t, 0.8 + 1.4 * k, 1.9 + 1.4 * k))
        s.text(170, y + 12, full[:n], 56, INK)


SCENES = {f.__name__: f for f in (bdj_form1, bdj_feet, bdj_breath, bdj_hold, bdj_care, knee_lift, knee_rub, knee_heel,
                                  knee_care, bp_monitor, bp_rest, bp_avoid, bp_posture, bp_cuff, bp_tight, bp_read,
                                  bp_log)}
