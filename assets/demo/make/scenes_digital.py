"""Drawings about phones, gates and calls."""

import math

from stage import (AMBER, BRONZE, GOLD, GREY, INDIGO, INK, JADE, PAPER, PLUM, RED, SKIN, WHITE, clamp, ease, lerp, mix,
                   person, qr, span, wave)

W, H = 560, 440
APPS = ("#D9634C", "#E3A437", "#2F7A5E", "#2C5B86", "#7A4A7C", "#C9823B", "#5C8F9E", "#9C5A3C", "#6E8B3D")


def phone(s, x, y, w=226, h=424, screen=WHITE):
    """A phone with its upper left corner at x, y. Returns the box of its screen."""
    s.rect(x, y, w, h, "#221B17", 28)
    s.rect(x + 10, y + 12, w - 20, h - 24, screen, 18)
    s.rect(x + w / 2 - 28, y + 18, 56, 9, "#221B17", 5)
    return x + 10, y + 12, w - 20, h - 24


def apps(s, x, y, w, names=True):
    k = w / 3
    for n, colour in enumerate(APPS):
        s.rect(x + (n % 3) * k + k * .16, y + (n // 3) * k + k * .16, k * .68, k * .68, colour, k * .16)


def bar(s, x, y, w, words, colour=INDIGO, size=30):
    s.rect(x, y + 20, w, 54, colour)
    s.text(x + w / 2, y + 58, words, size, WHITE, "centre")


def metro_train(s, t, p):
    s.rect(-8, 300, 580, 160, "#B9AFA0")
    s.rect(-8, 300, 580, 14, AMBER)
    s.rect(-8, 40, 580, 12, "#9AA6AD")
    for k in range(4):
        s.rect(30 + 150 * k, 52, 90, 10, "#FFF1BF")
    x = lerp(620, 20, ease(clamp(t / 2.6)))
    s.rect(x, 96, 900, 204, "#E8E4DA", 34)
    s.rect(x, 238, 900, 22, RED)
    for k in range(5):
        s.rect(x + 46 + 168 * k, 124, 104, 82, "#8FB4C4", 12)
    for k in range(2):
        d = 26 * span(t, 3.0, 4.0)
        cx = x + 350 + 300 * k
        s.rect(cx - 52 - d, 116, 50, 176, "#C9C3B6", 6, "#8E877B", 3)
        s.rect(cx + 2 + d, 116, 50, 176, "#C9C3B6", 6, "#8E877B", 3)
    with s.at(100, 402, 0.86):
        person(s, 0, 0, clothes=INDIGO, trousers="#4A4038", rh=(40, 40 - 10 * wave(t)), lh=(-58, 118))


def phone_ready(s, t, p):
    x, y, w, h = phone(s, 60, 8)
    s.rect(x, y, w, h, mix("#3A4650", "#FFFDF6", span(t, 3.0, 4.6)), 18)
    apps(s, x + 8, y + 150, w - 16)
    s.text(x + 26, y + 112, "9:30", 58, INK if t > 3.8 else WHITE)
    # battery
    f = 0.25 + 0.65 * span(t, 0.6, 2.4)
    s.rect(346, 44, 150, 76, None, 14, INK, 6)
    s.rect(498, 66, 12, 32, INK, 4)
    s.rect(355, 53, 132 * f, 58, mix(RED, JADE, clamp((f - .25) * 2)), 8)
    # waves
    for k in range(3):
        s.arc(422, 262, 26 + 26 * k, -math.pi * .78, -math.pi * .22, INDIGO if t * 2 % 4 > k else "#B9C4CC", 12)
    s.circle(422, 264, 11, INDIGO)
    # sun
    g = span(t, 3.0, 4.6)
    s.circle(422, 360, 26 + 6 * g, AMBER)
    for k in range(8):
        a = k * math.pi / 4 + t * .3
        s.line([(422 + math.cos(a) * 44, 360 + math.sin(a) * 44),
                (422 + math.cos(a) * (50 + 14 * g), 360 + math.sin(a) * (50 + 14 * g))], AMBER, 7)


def _code_screen(s, x, y, w, h, t, seed=3):
    bar(s, x, y, w, "乘车码")
    qr(s, x + 33, y + 104, w - 66, seed)
    s.text(x + w / 2, y + 312, "刷码进站", 30, INK, "centre")
    f = t / 6 % 1
    s.rect(x + 28, y + 340, w - 56, 12, "#DDD5C5", 6)
    s.rect(x + 28, y + 340, (w - 56) * (1 - f), 12, JADE, 6)


def phone_open_code(s, t, p):
    x, y, w, h = phone(s, 167, 8)
    if p < 0.33:
        apps(s, x + 8, y + 60, w - 16)
        s.rect(x + 8 + 2, y + 282, w - 20, 76, INDIGO, 18)
        s.text(x + w / 2, y + 332, "地铁乘车", 34, WHITE, "centre")
        s.finger(x + w / 2 + 40, y + 330, t)
    elif p < 0.66:
        bar(s, x, y, w, "地铁乘车")
        for k, (words, colour) in enumerate((("乘车码", RED), ("查线路", "#8FA3B0"), ("充值", "#8FA3B0"))):
            s.rect(x + 16, y + 96 + 92 * k, w - 32, 76, colour, 16)
            s.text(x + w / 2, y + 147 + 92 * k, words, 38, WHITE, "centre")
        s.finger(x + w / 2 + 50, y + 142, t)
    else:
        _code_screen(s, x, y, w, h, t)
        s.tick(x + w + 70, y + 200, 46, span(p, 0.7, 0.8))


def phone_code_rules(s, t, p):
    x, y, w, h = phone(s, 30, 8)
    _code_screen(s, x, y, w, h, t, 3 + int(t / 6))
    if p < 0.5:
        a = t * 2.2
        s.arc(410, 190, 78, a, a + 4.6, JADE, 18)
        e = a + 4.6
        ex, ey = 410 + 78 * math.cos(e), 190 + 78 * math.sin(e)
        s.poly([(ex + 34 * math.cos(e + 1.57), ey + 34 * math.sin(e + 1.57)),
                (ex + 28 * math.cos(e), ey + 28 * math.sin(e)),
                (ex - 28 * math.cos(e), ey - 28 * math.sin(e))], JADE)
        s.text(410, 350, "自动更新", 44, JADE, "centre")
    else:
        d = 6 * wave(t)
        s.rect(330, 96 - d, 160, 130, WHITE, 14, INK, 5)
        qr(s, 368, 118 - d, 84, 5)
        s.arrow((300, 168), (318, 168), GREY, 6)
        s.cross(478, 224 - d, 44)
        s.text(410, 350, "不截图", 44, RED, "centre")


def gate(s, x, y, open_, t, green):
    """A pair of gate posts with flaps between them."""
    for side in (0, 1):
        gx = x + side * 300
        s.rect(gx, y, 110, 220, "#CFCBC2", 16)
        s.rect(gx, y, 110, 34, "#8D9398", 16)
        s.rect(gx + 12, y + 60, 86, 10, "#A9A59B", 5)
        s.rect(gx + 12, y + 196, 86, 10, "#A9A59B", 5)
    d = 74 * open_
    s.rect(x + 108 - d, y + 66, 94, 110, RED if not green else JADE, 16, alpha=0.92)
    s.rect(x + 208 + d, y + 66, 94, 110, RED if not green else JADE, 16, alpha=0.92)
    for side in (0, 1):
        gx = x + side * 300
        s.rect(gx, y + 36, 110, 184, "#CFCBC2", 14)
        s.rect(gx, y, 110, 60, "#8D9398", 16)
    s.rect(x + 322, y + 12, 66, 38, "#16110D", 8)
    s.circle(x + 355, y + 96, 22, JADE if green else "#7D7468")
    if green:
        s.part([(x + 344, y + 97), (x + 352, y + 105), (x + 367, y + 88)], 1, WHITE, 5)


def metro_gate(s, t, p):
    s.rect(-8, 330, 580, 130, "#B9AFA0")
    s.rect(-8, 30, 580, 60, INDIGO)
    s.text(280, 76, "进 站", 46, WHITE, "centre")
    u = t % 7
    down = span(u, 0.4, 1.4) - span(u, 2.6, 3.4)
    green = 1.5 < u < 6.2
    opened = span(u, 1.6, 2.4) - span(u, 5.6, 6.4)
    walk = span(u, 2.6, 5.2)
    gate(s, 75, 150, opened, u, green)
    # the phone comes down on the reader
    px, py = lerp(470, 430, down), lerp(60, 126, down)
    if down > 0.9 and u < 2.6:
        for k in range(2):
            s.arc(430, 152, 40 + 26 * ((u * 1.3 + k * .5) % 1), -math.pi, 0, JADE, 5)
    with s.at(px, py, 1, -0.5 + 0.5 * down):
        s.rect(-48, -14, 96, 20, "#221B17", 8)
        s.rect(-40, 2, 80, 8, "#9FE0FF", 4)
        s.rect(10, -22, 90, 24, SKIN, 12, "#B98B63", 3)
    if green:
        s.label(280, 404, "嘀！请通过", 40, JADE, WHITE)
    else:
        s.label(280, 404, "请扫码", 40, "#6B5A48", WHITE)


def gate_aim(s, t, p):
    s.rect(150, 250, 260, 190, "#CFCBC2", 18)
    s.rect(150, 250, 260, 54, "#8D9398", 18)
    s.rect(206, 258, 148, 38, "#16110D", 8)
    glow = 0.35 + 0.45 * wave(t, 1.4)
    s.poly([(216, 258), (344, 258), (386, 150), (174, 150)], "#BFE8FF", alpha=glow * .6)
    y = lerp(40, 118, span(t, 0.4, 1.6)) + (4 * math.sin(t * 14) if 2.0 < t < 3.0 else 0)
    s.rect(150, y, 260, 34, "#221B17", 14)
    s.rect(164, y + 26, 232, 10, "#9FE0FF", 5)
    s.rect(356, y - 14, 200, 36, SKIN, 18, "#B98B63", 3)
    s.rect(340, y + 6, 60, 34, SKIN, 16, "#B98B63", 3)
    if t > 3.2:
        f = span(t, 3.2, 4.0)
        s.line([(92, y + 36), (92, y + 36 + (252 - y - 36) * f)], RED, 6)
        s.line([(74, y + 36), (110, y + 36)], RED, 6)
        s.line([(74, 252), (110, 252)], RED, 6)
        s.text(52, 214, "一", 40, RED, "centre")
        s.text(52, 262, "拳", 40, RED, "centre")


def gate_out(s, t, p):
    if p < 0.55:
        s.rect(-8, 330, 580, 130, "#B9AFA0")
        s.rect(-8, 30, 580, 60, JADE)
        s.text(280, 76, "出 站", 46, WHITE, "centre")
        u = t % 6
        gate(s, 75, 150, span(u, 1.5, 2.2), u, u > 1.4)
        if u > 1.4:
            f = span(u, 1.4, 2.2)
            s.label(280, 404 - 12 * f, "已扣车费 3 元", 40, JADE, WHITE)
        else:
            s.label(280, 404, "请扫码出站", 40, "#6B5A48", WHITE)
    else:
        s.rect(-8, 350, 580, 110, "#B9AFA0")
        s.rect(200, 230, 330, 150, BRONZE, 14)
        s.rect(190, 218, 350, 26, mix(BRONZE, INK, .3), 10)
        s.rect(20, 16, 220, 66, INDIGO, 12)
        s.text(130, 64, "服务台", 46, WHITE, "centre")
        with s.at(366, 350, 0.84):
            person(s, 0, 0, clothes=INDIGO, hair="#33281F", bun=False, lh=(-90, 60 + 14 * wave(t)), rh=(66, 110))
        s.rect(200, 236, 330, 150, BRONZE, 14)
        s.rect(190, 224, 350, 24, mix(BRONZE, INK, .3), 10)
        with s.at(96, 424, 0.88):
            person(s, 0, 0, clothes="#C9823B", trousers="#4A4038", rh=(96, 62), lh=(-58, 118))


def _call_screen(s, x, y, w, h, t, who="陌生号码", number="号码没见过"):
    s.rect(x, y, w, h, "#2E2A33", 18)
    s.circle(x + w / 2, y + 112, 46, "#6A6270")
    s.circle(x + w / 2, y + 100, 19, "#B7AFBC")
    s.oval(x + w / 2, y + 146, 34, 22, "#B7AFBC")
    s.text(x + w / 2, y + 214, who, 38, WHITE, "centre")
    s.text(x + w / 2, y + 258, number, 30, "#C9C2CE", "centre", bold=False)
    d = 5 * math.sin(t * 9)
    s.circle(x + 52, y + 336, 36, RED)
    s.circle(x + w - 52, y + 336 + d * .6, 36, JADE)
    for cx, turn in ((x + 52, 2.3), (x + w - 52, 0)):
        with s.at(cx, y + 336, 1, turn):
            s.arc(8, 8, 20, math.pi * .95, math.pi * 1.55, WHITE, 8)


def phone_fraud(s, t, p):
    # Whole pixels: the encoder then finds the phone again and it costs nearly nothing.
    shake = 3 * (int(t * 7.5) % 2) if t % 2 < 0.9 else 0
    x, y, w, h = phone(s, 60 + shake, 8)
    _call_screen(s, x, y, w, h, t)
    for k in range(2):
        f = (t * .8 + k * .5) % 1
        s.arc(60 + shake, 60, 20 + 30 * f, math.pi, math.pi * 1.5, RED, 6, 1 - f)
        s.arc(286 + shake, 60, 20 + 30 * f, -math.pi / 2, 0, RED, 6, 1 - f)
    for k, (words, yy) in enumerate((("我是警察", 60), ("我是客服", 172), ("您出事了", 284))):
        f = span(t, 0.8 + 1.5 * k, 1.3 + 1.5 * k)
        if f > 0:
            with s.at(318, yy + 8 * (1 - f)):
                s.rect(0, 0, 226, 82, "#5B4C57", 20, alpha=f)
                s.poly([(4, 34), (-20, 48), (4, 58)], "#5B4C57", alpha=f)
                s.text(113, 56, words, 44, WHITE, "centre", alpha=f)


def fraud_clock(s, t, p):
    s.circle(180, 220, 146, WHITE, INK, 10)
    for k in range(12):
        a = k * math.pi / 6
        s.line([(180 + 120 * math.cos(a), 220 + 124 * math.sin(a)), (180 + 134 * math.cos(a), 220 + 134 * math.sin(a))],
               INK, 7)
    a = t * 1.9 - math.pi / 2
    s.line([(180, 220), (180 + 106 * math.cos(a), 220 + 106 * math.sin(a))], RED, 9)
    b = t * .16 - 1.2
    s.line([(180, 220), (180 + 70 * math.cos(b), 220 + 70 * math.sin(b))], INK, 13)
    s.circle(180, 220, 13, INK)
    f = span(t, 0.7, 1.2)
    s.rect(336, 30, 212, 92, RED, 22, alpha=f)
    s.text(454, 94, "快！快！", 50, WHITE, "centre", alpha=f)
    g = span(t, 2.6, 3.2)
    if g > 0:
        with s.group(g):
            s.circle(438, 276, 72, SKIN)
            s.circle(412, 262, 7, INK)
            s.circle(464, 262, 7, INK)
            s.rect(398, 288, 80, 34, WHITE, 8, "#B9AFA0", 3)
            s.line([(406, 305), (470, 305)], RED, 7)
        s.text(438, 406, "不许说？", 42, RED, "centre", alpha=g)


def fraud_money(s, t, p):
    x, y, w, h = phone(s, 30, 8)
    bar(s, x, y, w, "对方说", RED)
    for k, words in enumerate(("转账", "验证码", "共享屏幕")):
        f = span(t, 0.8 + 1.3 * k, 1.3 + 1.3 * k)
        yy = y + 96 + 96 * k
        s.rect(x + 16, yy, w - 32, 80, mix(WHITE, "#E6C9A8", f), 16)
        if f > 0:
            s.text(x + w / 2, yy + 53, words, 40, INK, "centre", alpha=f)
    for k in range(5):
        f = (t * .35 + k / 5) % 1
        s.circle(290 + 200 * f, 250 - 120 * math.sin(math.pi * f), 24, GOLD, BRONZE, 4, 1 - f * .6)
        s.text(290 + 200 * f, 261 - 120 * math.sin(math.pi * f), "元", 28, BRONZE, "centre", alpha=1 - f * .6)
    g = span(p, 0.5, 0.6)
    if g > 0:
        s.cross(440, 280, 92 * g)
        s.text(440, 422, "不给", 48, RED, "centre", alpha=g)


def shield(s, t, p):
    f = span(t, 0, 0.8)
    with s.at(280, 212, 0.8 + 0.2 * f):
        s.c.new_path()
        s.c.move_to(0, -190)
        s.c.curve_to(60, -150, 120, -140, 164, -140)
        s.c.curve_to(170, 20, 120, 130, 0, 196)
        s.c.curve_to(-120, 130, -170, 20, -164, -140)
        s.c.curve_to(-120, -140, -60, -150, 0, -190)
        s._finish(JADE, GOLD, 12, 1)
        s.part([(-74, 0), (-18, 60), (88, -66)], span(t, 0.8, 1.6), WHITE, 34)
    for k in range(3):
        on = span(p, 0.12 + 0.28 * k, 0.2 + 0.28 * k)
        s.circle(200 + 80 * k, 420, 13, mix("#CDBFA6", AMBER, on))


def phone_hangup(s, t, p):
    x, y, w, h = phone(s, 167, 8)
    u = t % 7
    if u < 3.4:
        _call_screen(s, x, y, w, h, t)
        s.finger(x + 60, y + 344, t)
    else:
        s.rect(x, y, w, h, "#F3EEE2", 18)
        s.text(x + w / 2, y + 150, "已挂断", 50, JADE, "centre")
        s.tick(x + w / 2, y + 246, 58, span(u, 3.5, 4.2))


def ask_family(s, t, p):
    with s.at(130, 420, 0.98):
        person(s, 0, 0, clothes="#C9823B", trousers="#4A4038", rh=(44, 4), lh=(-58, 118))
    with s.at(430, 420, 0.98):
        person(s, 0, 0, clothes=INDIGO, trousers="#33414D", hair="#33281F", bun=False, lh=(-44, 4), rh=(58, 118))
    for px in (186, 374):
        s.rect(px - 9, 106, 18, 42, "#221B17", 5)
    f = span(t, 0.6, 1.1)
    s.rect(176, 6, 208, 66, JADE, 20, alpha=f)
    s.text(280, 54, "真的吗？" if p < .5 else "是骗子！", 44, WHITE, "centre", alpha=f)
    for k in range(4):
        u = (t * .9 + k / 4) % 1
        s.circle(214 + 132 * u, 128, 7, JADE, alpha=math.sin(math.pi * u))


def hotline(s, t, p):
    for k, (number, words, colour) in enumerate((("96110", "反诈热线", JADE), ("110", "报警", RED))):
        f = span(t, 0.6 + k * 3.4, 1.2 + k * 3.4)
        y = 20 + 214 * k
        s.rect(20, y, 520, 188, mix("#D9CFBB", colour, f), 26)
        s.text(60, y + 128, number, 112, WHITE)
        s.text(516, y + 168, words, 40, WHITE, "right")
        cx, cy = 474, y + 68
        for j in range(2):
            g = (t * .7 + j * .5) % 1
            s.circle(cx, cy, 30 + 26 * g, None, WHITE, 4, (1 - g) * f)
        with s.at(cx, cy, 1, .12 * math.sin(t * 14)):
            s.arc(10, 10, 30, math.pi * .95, math.pi * 1.55, WHITE, 12)


SCENES = {f.__name__: f for f in (metro_train, phone_ready, phone_open_code, phone_code_rules, metro_gate, gate_aim,
                                  gate_out, phone_fraud, fraud_clock, fraud_money, shield, phone_hangup, ask_family,
                                  hotline)}
