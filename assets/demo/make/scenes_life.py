"""Drawings about hospitals, payments, large type and the kitchen."""

import math

from scenes_digital import apps, bar, phone
from stage import (AMBER, BRONZE, GOLD, GREY, INDIGO, INK, JADE, PAPER, PLUM, RED, SKIN, WHITE, clamp, ease, lerp, mix,
                   person, qr, span, wave)


def hospital(s, t, p):
    s.rect(-8, -8, 576, 400, "#CFE3E6")
    s.rect(-8, 372, 576, 90, "#C9C2B2")
    s.rect(120, 110, 320, 270, WHITE, 4, "#B9C4C4", 4)
    s.rect(200, 40, 160, 90, WHITE, 4, "#B9C4C4", 4)
    s.rect(266, 54, 28, 64, RED, 4)
    s.rect(248, 72, 64, 28, RED, 4)
    for j in range(3):
        for k in range(4):
            if j == 2 and k in (1, 2):
                continue
            s.rect(144 + 72 * k, 140 + 76 * j, 52, 50, "#8FB4C4", 4)
    d = 26 * span(t % 6, .6, 1.6) - 26 * span(t % 6, 4.4, 5.4)
    s.rect(222, 296, 116, 84, "#5B7A86")
    s.rect(222 - d, 296, 56, 84, "#A9C9D6", 0, "#7C9AA6", 3)
    s.rect(282 + d, 296, 56, 84, "#A9C9D6", 0, "#7C9AA6", 3)
    with s.at(lerp(20, 84, ease(clamp(t / 3))), 428, .62):
        person(s, 0, 0, clothes=AMBER, trousers="#4A4038", rh=(50, 60))


def _list(s, x, y, w, title, rows, pick, t, head=INDIGO, size=38):
    bar(s, x, y, w, title, head)
    for k, words in enumerate(rows):
        yy = y + 88 + 74 * k
        on = k == pick
        s.rect(x + 10, yy, w - 20, 64, "#FFE7B0" if on else "#F1ECE0", 12, AMBER if on else None, 4)
        s.text(x + w / 2, yy + 46, words, size, INK, "centre")


def gh_pick(s, t, p):
    x, y, w, h = phone(s, 40, 8, 300)
    if p < .45:
        _list(s, x, y, w, "选医院", ("市一医院", "中心医院", "社区医院"), 2 if p > .2 else -1, t)
        s.finger(x + w / 2 + 60, y + 270, t)
        s.text(460, 190, "先选", 48, INDIGO, "centre")
        s.text(460, 250, "近的", 48, INDIGO, "centre")
    else:
        _list(s, x, y, w, "选科室", ("内科", "骨科", "眼科", "中医科"), 1 if p > .6 else -1, t)
        s.finger(x + w / 2 + 60, y + 198, t)
        s.text(460, 170, "腿疼", 48, INDIGO, "centre")
        s.arrow((460, 196), (460, 240), RED, 8)
        s.text(460, 320, "骨科", 48, RED, "centre")


def gh_open(s, t, p):
    x, y, w, h = phone(s, 167, 8)
    apps(s, x + 8, y + 52, w - 16)
    s.rect(x + 10, y + 276, w - 20, 80, JADE, 18)
    s.text(x + w / 2, y + 330, "预约挂号", 40, WHITE, "centre")
    s.finger(x + w / 2 + 50, y + 326, t)


def gh_time(s, t, p):
    x, y, w, h = phone(s, 40, 8, 300)
    if p < .5:
        bar(s, x, y, w, "选日期")
        for k in range(6):
            xx, yy = x + 12 + 90 * (k % 3), y + 92 + 128 * (k // 3)
            on = k == 2 and p > .18
            full = k in (0, 3)
            s.rect(xx, yy, 82, 116, "#FFE7B0" if on else "#E4DFD3" if full else "#E3F0E6", 12, AMBER if on else None, 4)
            s.text(xx + 41, yy + 52, "一二三四五六"[k], 42, GREY if full else INK, "centre")
            s.text(xx + 41, yy + 98, "满" if full else "有号", 32, GREY if full else JADE, "centre")
        s.finger(x + 232, y + 180, t)
        s.text(460, 190, "绿色", 48, JADE, "centre")
        s.text(460, 250, "有号", 48, JADE, "centre")
    else:
        _list(s, x, y, w, "选时间", ("8:30", "9:00", "9:30"), 1 if p > .62 else -1, t, JADE, 44)
        s.finger(x + w / 2 + 60, y + 200, t)
        s.text(460, 190, "上午", 48, INDIGO, "centre")
        s.text(460, 250, "九点", 48, INDIGO, "centre")


def gh_cancel(s, t, p):
    x, y, w, h = phone(s, 40, 8, 300)
    bar(s, x, y, w, "我的预约", JADE)
    s.text(x + w / 2, y + 136, "社区医院", 42, INK, "centre")
    s.text(x + w / 2, y + 190, "骨科 周三 9:00", 36, INK, "centre")
    s.rect(x + 24, y + 226, w - 48, 66, "#8FA3B0", 16)
    s.text(x + w / 2, y + 273, "返回", 40, WHITE, "centre")
    s.rect(x + 24, y + 308, w - 48, 66, BRONZE, 16)
    s.text(x + w / 2, y + 355, "取消预约", 40, WHITE, "centre")
    s.finger(x + w / 2 + 70, y + (262 if p < .5 else 344), t)
    s.text(460, 190, "能退回", 46, INDIGO, "centre")
    s.text(460, 260, "能重选", 46, INDIGO, "centre", alpha=.25 + .75 * span(p, .5, .56))


def gh_check(s, t, p):
    x, y, w, h = phone(s, 40, 8, 300)
    bar(s, x, y, w, "核对一遍", JADE)
    for k, (a, b) in enumerate((("医院", "社区医院"), ("科室", "骨科"), ("时间", "周三 9:00"))):
        f = span(t, .6 + 1.0 * k, 1.0 + 1.0 * k)
        s.text(x + 14, y + 126 + 62 * k, a, 34, GREY)
        s.text(x + w - 12, y + 126 + 62 * k, b, 36, INK, "right", alpha=.2 + .8 * f)
        s.line([(x + 14, y + 142 + 62 * k), (x + w - 14, y + 142 + 62 * k)], "#D9CFBB", 2)
    s.rect(x + 24, y + 306, w - 48, 68, RED, 16)
    s.text(x + w / 2, y + 354, "确认", 42, WHITE, "centre")
    if p > .5:
        s.finger(x + w / 2 + 60, y + 344, t)
    g = span(t, 3.8, 4.4)
    if g > 0:
        s.tick(460, 200, 54, g)
        s.text(460, 320, "都对", 48, JADE, "centre", alpha=g)


def id_card(s, t, p):
    s.rect(40, 40, 330, 210, "#DCEBF0", 18, "#9DB8C2", 4)
    s.text(66, 100, "医保卡", 48, INDIGO)
    s.rect(70, 140, 66, 48, GOLD, 8, BRONZE, 3)
    for k in range(3):
        s.rect(160, 140 + 34 * k, 180 - 40 * k, 16, "#AFC6CF", 8)
    s.rect(330, 190, 190, 236, "#8D9398", 16)
    s.rect(348, 208, 154, 96, "#16323F", 8)
    s.text(425, 272, "取号", 44, "#BFF0D0", "centre")
    s.rect(356, 336, 138, 12, INK, 6)
    f = span(t % 6, 1.2, 3.0)
    s.rect(372, 342, 106, 84 * f, WHITE, 2)
    if f > .8:
        s.text(425, 406, "12号", 40, INK, "centre")


# -- large type ----------------------------------------------------------
def big_letters(s, t, p):
    x, y, w, h = phone(s, 150, 8, 262)
    f = .35 + .65 * (span(t % 7, 1, 2.6) - span(t % 7, 5.6, 6.6))
    s.text(x + w / 2, y + 190 + 20 * f, "字", 190 * f, INK, "centre")
    s.text(x + w / 2, y + 268 + 24 * f, "看得清", lerp(30, 68, f), RED, "centre")
    s.text(50, 90, "小", 44, GREY, "centre")
    s.text(500, 110, "大", 84, RED, "centre")


def big_settings(s, t, p, step=1):
    x, y, w, h = phone(s, 150, 8, 262)
    if step == 1:
        apps(s, x + 8, y + 40, w - 16)
        s.rect(x + 18, y + 300, 84, 84, GREY, 20)
        for k in range(8):
            a = k * math.pi / 4 + t * .5
            s.line([(x + 60, y + 342), (x + 60 + 32 * math.cos(a), y + 342 + 32 * math.sin(a))], WHITE, 10)
        s.circle(x + 60, y + 342, 22, WHITE)
        s.circle(x + 60, y + 342, 11, GREY)
        s.text(x + 116, y + 358, "设置", 44, INK)
        s.finger(x + 62, y + 350, t)
    elif step == 2:
        _list(s, x, y, w, "设置", ("网络", "声音", "显示与字体", "隐私"), 2 if p > .3 else -1, t, "#5B6670", 38)
        s.finger(x + 190, y + 276, t)
    else:
        bar(s, x, y, w, "字体大小", "#5B6670")
        f = span(t, 1.4, 4.2)
        s.text(x + w / 2, y + 210, "您好", lerp(44, 104, f), INK, "centre")
        s.rect(x + 30, y + 296, w - 60, 10, "#C9C2B2", 5)
        for k in range(4):
            s.circle(x + 30 + (w - 60) * k / 3, y + 301, 8, "#A9A297")
        kx = x + 30 + (w - 60) * f
        s.circle(kx, y + 301, 22, AMBER, WHITE, 5)
        s.finger(kx, y + 312, t)
        s.text(60, 320, "小", 40, GREY, "centre")
        s.text(490, 326, "大", 76, RED, "centre")


def big_more(s, t, p):
    for k, (words, colour) in enumerate((("声音", INDIGO), ("亮度", AMBER))):
        y = 60 + 190 * k
        f = .3 + .6 * span(t, .8 + 2.6 * k, 2.6 + 2.6 * k)
        s.text(30, y + 86, words, 60, INK)
        s.rect(190, y + 50, 340, 34, "#DDD5C5", 17)
        s.rect(190, y + 50, 340 * f, 34, colour, 17)
        s.circle(190 + 340 * f, y + 67, 30, WHITE, colour, 8)


# -- paying --------------------------------------------------------------
def pay_show(s, t, p):
    x, y, w, h = phone(s, 40, 8, 250)
    bar(s, x, y, w, "付款码", JADE)
    for k in range(26):
        s.rect(x + 22 + k * 7.4, y + 100, 2 + (k * 7 % 5), 64, INK)
    qr(s, x + 46, y + 190, w - 92, 11)
    u = t % 5
    with s.at(lerp(470, 420, span(u, .4, 1.4)), 210, 1, -.1):
        s.rect(-60, -40, 140, 70, "#3A4650", 18)
        s.rect(10, 20, 40, 120, "#3A4650", 14)
        if 1.4 < u < 3.6:
            s.poly([(-60, -30), (-60, 24), (-170, 70), (-170, -76)], RED, alpha=.35 + .3 * wave(t, .6))
    if u > 2.4:
        s.label(440, 404, "嘀！付好了", 40, JADE, WHITE)


def pay_hide(s, t, p):
    x, y, w, h = phone(s, 40, 8, 250)
    bar(s, x, y, w, "付款码", JADE)
    qr(s, x + 40, y + 120, w - 80, 11)
    f = span(t, 1.0, 2.2)
    d = 40 * (1 - f)
    for k in range(4):
        s.rect(x + 6 + d, y + 150 + 48 * k, w - 10, 46, mix(SKIN, "#C98F63", .1), 22, "#B98B63", 3, f)
    g = span(p, .5, .58)
    if g > 0:
        s.rect(340, 60, 196, 110, RED, 20, alpha=g)
        s.text(438, 130, "发给我！", 46, WHITE, "centre", alpha=g)
        s.cross(438, 270, 60 * g)


def pay_limit(s, t, p):
    s.rect(20, 40, 520, 350, WHITE, 20, "#D8CBB2", 4)
    for k, words in enumerate(("小额免密", "每日限额")):
        y = 70 + 160 * k
        s.text(50, y + 92, words, 60, INK)
        f = span(t, 1.2 + 2.6 * k, 1.8 + 2.6 * k)
        if k == 0:
            s.rect(390, y + 38, 120, 66, mix(JADE, "#B9B2A4", f), 33)
            s.circle(lerp(476, 424, f), y + 71, 27, WHITE)
        else:
            s.text(510, y + 94, "200 元" if f > .5 else "不限", 56, RED if f > .5 else GREY, "right")
        if k == 0:
            s.line([(50, y + 150), (510, y + 150)], "#E6DCC6", 3)


# -- kitchen -------------------------------------------------------------
def _stove(s, flame, t, y=300):
    s.rect(40, y, 480, 120, "#5B6068", 14)
    s.rect(40, y, 480, 22, "#7A8088", 10)
    for cx in (160, 400):
        s.rect(cx - 70, y - 16, 140, 16, "#2B2F34", 6)
        s.circle(cx, y + 74, 26, "#2B2F34")
        a = -math.pi / 2 + (1.3 * flame if cx < 200 else 0)
        s.line([(cx, y + 74), (cx + 20 * math.cos(a), y + 74 + 20 * math.sin(a))], GOLD, 6)
    if flame > 0:
        for k in range(7):
            x = 160 - 54 + 18 * k
            h = (30 + 8 * math.sin(t * 9 + k * 1.7)) * flame
            s.poly([(x - 9, y - 16), (x, y - 16 - h), (x + 9, y - 16)], "#3D8BD9")
            s.poly([(x - 5, y - 16), (x, y - 16 - h * .55), (x + 5, y - 16)], "#BFE2FF")


def stove(s, t, p):
    s.rect(-8, -8, 576, 340, "#F2E3C6")
    s.poly([(60, 60), (260, 60), (300, 120), (20, 120)], "#9AA1A8")
    s.rect(120, -8, 80, 70, "#9AA1A8")
    for k in range(3):
        f = (t * .4 + k / 3) % 1
        s.curve([(140 + 20 * k, 190 - 70 * f), (150 + 20 * k, 176 - 70 * f), (140 + 20 * k, 160 - 70 * f)], WHITE, 5, 1 - f)
    _stove(s, 1, t)
    s.rect(100, 206, 120, 46, "#B5473A", 12)
    s.rect(84, 214, 16, 12, INK, 5)
    s.rect(220, 214, 16, 12, INK, 5)
    s.rect(94, 196, 132, 14, "#8E3329", 7)
    s.rect(360, 40, 160, 150, "#BFD7DD", 4, WHITE, 10)
    s.line([(440, 40), (440, 190)], WHITE, 8)


def gas_smell(s, t, p):
    s.rect(-8, -8, 576, 340, "#F2E3C6")
    _stove(s, 0, t)
    for k in range(5):
        f = (t * .25 + k / 5) % 1
        s.curve([(110 + 80 * k, 270 - 180 * f), (130 + 80 * k, 240 - 180 * f), (106 + 80 * k, 206 - 180 * f),
                 (128 + 80 * k, 170 - 180 * f)], "#B5A642", 9, .8 * (1 - f))
    s.label(280, 60, "有臭味？", 52, RED, WHITE)


def gas_valve(s, t, p):
    s.rect(-8, 190, 576, 60, "#D9B64A")
    s.rect(-8, 190, 576, 14, "#EACF7C")
    s.rect(230, 168, 100, 104, BRONZE, 12)
    s.circle(280, 220, 40, mix(BRONZE, INK, .35))
    f = span(t % 6, .8, 2.2)
    with s.at(280, 220, 1, f * math.pi / 2):
        s.rect(-110, -20, 220, 40, RED, 20)
        s.circle(0, 0, 20, mix(RED, INK, .3))
    s.label(280, 380, "关上了" if f > .9 else "横着转一转", 46, JADE if f > .9 else INK, WHITE)
    s.text(280, 84, "总阀门", 60, INK, "centre")


def open_window(s, t, p):
    f = span(t, .6, 2.2)
    s.rect(60, 20, 330, 370, "#8A5A33", 6)
    s.rect(80, 40, 290, 330, "#BFE0EA")
    s.oval(190, 130, 50, 16, WHITE)
    s.oval(290, 200, 44, 14, WHITE)
    s.rect(-8, 390, 576, 60, "#D9C7A6")
    w = 145 * (1 - .7 * f)
    for x in (80, 370 - w):
        s.rect(x, 40, w, 330, "#E8F4F8", 0, "#8A5A33", 12, .85)
    for k in range(3):
        g = (t * .5 + k / 3) % 1
        if f > .5:
            s.arrow((150 + 60 * k, 330 - 90 * k), (210 + 60 * k + 60 * g, 330 - 90 * k), JADE, 8)
    s.text(475, 180, "开窗", 56, JADE, "centre")
    s.text(475, 260, "通风", 56, JADE, "centre")


def no_switch(s, t, p):
    s.rect(40, 60, 210, 250, WHITE, 20, "#C9C2B2", 5)
    s.rect(90, 120, 110, 130, "#EDE7DA", 12, "#B9B2A4", 4)
    s.rect(112, 136, 66, 98, "#D9D2C2", 8)
    s.text(145, 390, "不开灯", 50, RED, "centre")
    s.rect(320, 100, 150, 190, BRONZE, 16)
    d = 20 * wave(t, 1.2)
    s.rect(336, 116, 118, 80, "#221B17", 8)
    s.text(395, 172, "电话", 42, WHITE, "centre")
    for k in range(6):
        s.rect(340 + 40 * (k % 3), 212 + 34 * (k // 3), 30, 24, PAPER, 5)
    s.text(395, 390, "屋里不打", 50, RED, "centre")
    for x, y, start in ((210, 84, 1.0), (470, 110, 2.6)):
        g = span(t, start, start + .4)
        if g > 0:
            s.cross(x, y, (40 + 3 * wave(t, 1)) * g)
    s.poly([(250, 180), (290 + d, 160), (276, 190), (306 + d, 196)], AMBER)


def leave_call(s, t, p):
    s.rect(-8, 372, 576, 90, "#C9C2B2")
    s.rect(20, 40, 230, 340, "#A9553F", 4)
    s.rect(80, 190, 110, 190, "#3B302A")
    f = ease(clamp((t - .4) / 2.4))
    with s.at(lerp(140, 400, f), 416, .78):
        person(s, 0, 0, clothes=AMBER, trousers="#4A4038", lh=(-58, 118), rh=(44, 4) if f > .95 else (60, 90))
        if f > .95:
            s.rect(40, -312, 18, 42, "#221B17", 5)
    if f < 1:
        s.arrow((250, 130), (340, 130), JADE, 10)
    else:
        s.label(410, 80, "燃气抢修", 48, RED, WHITE)


SCENES = {f.__name__: f for f in (hospital, gh_pick, gh_open, gh_time, gh_check, gh_cancel, id_card, big_letters, big_settings,
                                  big_more, pay_show, pay_hide, pay_limit, stove, gas_smell, gas_valve, open_window,
                                  no_switch, leave_call)}
