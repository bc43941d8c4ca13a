"""A picture for every course: 648 x 364, painted on its own, kept to few colours so that the file stays small."""

import io
import math
from pathlib import Path

import cairo
from PIL import Image

import scenes_arts as arts
import scenes_digital as digital
import scenes_health as health
import scenes_life as life
from stage import (AMBER, BRONZE, GOLD, INDIGO, INK, JADE, PAPER, PLUM, RED, SERIF, SKIN, WHITE, Stage, brush_pen, mix,
                   person, qr)

W, H = 648, 364
COLOURS = 128


def metro_code(s):
    s.ground(W, H, "#254F78", "#16304A")
    s.rect(0, 286, W, 78, "#8E98A0")
    s.rect(0, 286, W, 10, AMBER)
    with s.at(-40, 40, .9):
        s.rect(0, 40, 900, 234, "#E8E4DA", 40)
        s.rect(0, 212, 900, 20, RED)
        for k in range(5):
            s.rect(60 + 176 * k, 76, 116, 92, "#8FB4C4", 14)
        s.rect(300, 62, 56, 204, "#CFC9BC", 6, "#8E877B", 3)
        s.rect(358, 62, 56, 204, "#CFC9BC", 6, "#8E877B", 3)
    x, y, w, h = digital.phone(s, 420, 22, 176, 330)
    digital.bar(s, x, y, w, "乘车码", INDIGO, 26)
    qr(s, x + 24, y + 96, w - 48, 3)
    s.rect(x + 22, y + 250, w - 44, 12, JADE, 6)


def baduanjin(s):
    s.ground(W, H, "#D6E6E2", "#F3EBD2")
    s.circle(520, 84, 46, "#F6D98F")
    s.curve([(-60, 300), (90, 196), (240, 250), (400, 170), (560, 236), (720, 190), (720, 420), (-60, 420)], None, 0,
            fill="#A4C2AC")
    s.curve([(-60, 320), (140, 262), (330, 300), (520, 250), (720, 300), (720, 420), (-60, 420)], None, 0, fill="#86A873")
    s.oval(330, 380, 250, 60, "#EAD9AE")
    for x, k in ((84, 1.0), (590, .72)):
        s.line([(x, 330), (x + 6, 150)], "#76502F", 26 * k)
        for dx, dy, r, c in ((0, 0, 66, "#E5A93A"), (-56, 36, 46, "#EDB84B"), (56, 30, 50, "#DB9A2E"),
                             (8, -44, 44, "#F2C763"), (-24, -10, 26, "#F7D98A")):
            s.circle(x + dx * k, 120 + dy * k + (1 - k) * 90, r * k, c)
    for k in range(9):
        s.oval(40 + 70 * k, 316 + 17 * (k % 3), 9, 5, "#E5A93A", turn=k)
    with s.at(330, 352, .74):
        person(s, 0, 0, (-22, -104), (22, -104), 46, .12, look=1)


def fraud_call(s):
    s.ground(W, H, "#8C3024", "#571A13")
    for k in range(5):
        s.circle(220, 190, 90 + 52 * k, None, "#A84A3A", 3)
    with s.at(120, 24, .75):
        x, y, w, h = digital.phone(s, 0, 0)
        digital._call_screen(s, x, y, w, h, 0.1, "陌生号码", "")
    with s.at(466, 196, .86):
        with s.at(-280, -212):
            digital.shield(s, 9, 1)


def calligraphy(s):
    s.ground(W, H, "#7A5433", "#4C301B")
    for k in range(4):
        s.curve([(-20, 60 + 96 * k), (200, 44 + 100 * k), (460, 72 + 92 * k), (700, 50 + 98 * k)], "#6B4829", 5)
    with s.at(70, 22, .74, -.05):
        s.rect(8, 12, 452, 440, "#3A2413", 6, alpha=.5)
        arts.yong(s, 99, 1, first=8, label=False)
    s.oval(520, 306, 84, 38, "#2B2522")
    s.oval(520, 298, 84, 38, "#3F3733")
    s.oval(520, 298, 58, 24, "#15110F")
    brush_pen(s, 470, 268, .86, .62)


def shanghai_talk(s):
    s.ground(W, H, "#6B4370", "#43284A")
    s.rect(0, 306, W, 60, "#B79F86")
    for k in range(4):
        s.rect(30 + 160 * k, 110 + 30 * (k % 2), 120, 210, "#5A3660")
        for j in range(2):
            s.rect(52 + 160 * k, 140 + 30 * (k % 2) + 70 * j, 30, 40, "#E9C98A")
            s.rect(98 + 160 * k, 140 + 30 * (k % 2) + 70 * j, 30, 40, "#E9C98A")
    with s.at(180, 352, .62):
        person(s, 0, 0, clothes="#C9823B", trousers="#4A4038", rh=(74, 40))
    with s.at(468, 352, .62):
        person(s, 0, 0, clothes="#E6D6B8", trousers="#33414D", hair="#4A4038", lh=(-74, 40))
    for words, x, c in (("侬好", 90, RED), ("侬好", 380, JADE)):
        s.rect(x, 14, 176, 84, c, 26)
        s.poly([(x + 74, 96), (x + 104, 96), (x + 88, 118)], c)
        s.text(x + 88, 76, words, 60, WHITE, "centre", SERIF)


def guahao(s):
    s.ground(W, H, "#BFDCE2", "#E8F2EE")
    with s.at(-40, -6, .86):
        life.hospital(s, 3.2, 0)
    s.rect(0, 316, 700, 60, "#C9C2B2")
    s.rect(440, 0, 220, H, "#DCEBEC")
    x, y, w, h = digital.phone(s, 420, 18, 196, 336)
    digital.bar(s, x, y, w, "预约挂号", JADE, 32)
    for k, words in enumerate(("内科", "骨科", "眼科")):
        s.rect(x + 12, y + 92 + 72 * k, w - 24, 60, "#FFE7B0" if k == 1 else "#F1ECE0", 12, AMBER if k == 1 else None, 4)
        s.text(x + w / 2, y + 136 + 72 * k, words, 38, INK, "centre")


def blood_pressure(s):
    s.ground(W, H, "#CFE3E6", "#B9D5DA")
    s.rect(0, 282, W, 90, "#C9A878")
    s.rect(0, 282, W, 10, "#B5925F")
    health.monitor(s, 190, 186, 118, 76, 68, 0.1, 1.24)
    s.curve([(352, 262), (410, 318), (448, 250), (440, 180)], INK, 9)
    s.rect(392, 58, 196, 156, INDIGO, 40)
    s.rect(412, 58, 20, 156, mix(INDIGO, WHITE, .3))
    health.heart(s, 504, 136, 32, "#F2B8A8")


def knee_care(s):
    s.ground(W, H, "#F2E4C6", "#E6CFA0")
    s.rect(0, 316, W, 60, "#C79E66")
    s.rect(420, 40, 180, 150, "#BFD7DD", 4, WHITE, 10)
    s.line([(510, 40), (510, 190)], WHITE, 8)
    s.circle(560, 90, 20, "#F5CB6C")
    with s.at(70, -14, .9):
        health.sitter(s, 170, 262, 14, "#2C6E8A")
        s.arc(274, 256, 150, .25, 1.2, RED, 9)
        s.poly([(418, 270), (438, 304), (404, 300)], RED)


def big_text(s):
    s.ground(W, H, "#F3D9A0", "#E0A84B")
    s.circle(480, 190, 200, "#F0C67A")
    x, y, w, h = digital.phone(s, 90, 18, 210, 336)
    s.text(x + w / 2, y + 190, "字", 150, INK, "centre")
    s.text(x + w / 2, y + 268, "看得清", 54, RED, "centre")
    s.circle(462, 158, 92, "#FFF6E0", INK, 16)
    s.line([(532, 226), (606, 306)], INK, 30)
    s.text(462, 206, "大", 134, RED, "centre", SERIF)


def pay_code(s):
    s.ground(W, H, "#2B6250", "#173B30")
    with s.at(80, 16, .8):
        life.pay_show(s, 2.0, 0)
    s.rect(470, 214, 130, 104, GOLD, 16)
    s.arc(535, 216, 40, math.pi, 2 * math.pi, GOLD, 16)
    s.circle(535, 258, 14, INK)
    s.rect(529, 262, 12, 34, INK, 5)


def bamboo(s):
    s.ground(W, H, "#F6ECD2", "#E9D7AE")
    s.circle(470, 120, 74, "#F2C98A")
    with s.at(60, -30, .94):
        arts.stalk(s, 330, 436, 286, 10, 13, 1, "#4E6B52")
        arts.stalk(s, 216, 436, 262, 40, 9, 1, "#7D937C")
        for k, (x, y, n, a) in enumerate(arts.LEAVES):
            arts.leaf(s, x, y, n, math.radians(a), 1, "#1F3A2C" if k % 3 != 2 else "#46634F")
    s.rect(548, 270, 54, 54, RED, 6)
    s.text(575, 310, "竹", 38, WHITE, "centre", SERIF)


def shikumen(s):
    s.ground(W, H, "#BFD7DD", "#E9DDC0")
    for x in (-20, -20 + 594 * .94):
        with s.at(x, 0, .94):
            arts.lane(s, 3, 0, washing=x < 0)


def kitchen_gas(s):
    s.ground(W, H, "#F2E3C6")
    with s.at(40, -48, .98):
        life.stove(s, 1.3, 0)
    s.rect(0, 350, W, 20, "#8A5A33")


def solar_terms(s):
    s.ground(W, H, "#5E3A66", "#3E2347")
    s.circle(560, 70, 130, "#6E4877")
    with s.at(20, 6, .8):
        s.circle(220, 220, 220, PAPER)
        arts.terms_wheel(s, 9.5, 0, words=False)
    for k, words in enumerate(("节", "气")):
        s.text(510, 160 + 140 * k, words, 128, GOLD, "centre", SERIF)


def brush_first(s):
    s.ground(W, H, "#F6ECD2", "#E4D0A2")
    for k, x in enumerate((86, 236)):
        s.rect(x, 92, 130, 180, PAPER, 6)
        s.rect(x + 20, 174, 90, 14 if k else 4, INK if k else "#C9B891", 4)
    s.rect(0, 318, W, 46, "#8A5A33")
    s.rect(470, 40, 22, 190, "#8A5A33", 8)
    s.rect(462, 222, 38, 24, GOLD, 6)
    s.circle(481, 262, 17, INK)
    s.circle(481, 282, 9, INK)
    s.text(575, 150, "一", 96, RED, "centre", SERIF)


def phone_month(s):
    s.ground(W, H, "#1F4468", "#17344F")
    s.rect(60, 36, 176, 292, INK, 26)
    s.rect(74, 62, 148, 240, PAPER, 8)
    s.text(148, 216, "字", 110, RED, "centre", SERIF)
    for k, words in enumerate(("一", "二", "三", "四")):
        x, y = 316 + 152 * (k % 2), 60 + 132 * (k // 2)
        s.rect(x, y, 128, 108, GOLD, 14)
        s.text(x + 64, y + 74, words, 60, INK, "centre", SERIF)


def one_minute(s):
    s.ground(W, H, "#DCE8D6", "#C6D9C2")
    s.circle(214, 182, 132, "#2F7A5E")
    s.circle(214, 182, 112, PAPER)
    s.rect(208, 84, 12, 104, INK, 6)
    s.rect(208, 176, 76, 12, RED, 6)
    s.circle(214, 182, 13, INK)
    s.text(490, 172, "一分钟", 84, "#1D5140", "centre", SERIF)
    s.text(490, 280, "学一招", 84, RED, "centre", SERIF)


PAINTERS = {f.__name__.replace("_", "-"): f for f in (metro_code, baduanjin, fraud_call, calligraphy, shanghai_talk,
                                                      guahao, blood_pressure, knee_care, big_text, pay_code, bamboo,
                                                      shikumen, kitchen_gas, solar_terms, brush_first,
                                                      phone_month, one_minute)}


def build(www: Path, courses):
    out = www / "posters"
    out.mkdir(parents=True, exist_ok=True)
    for name in courses:
        surface = cairo.ImageSurface(cairo.FORMAT_RGB24, W, H)
        s = Stage(cairo.Context(surface))
        PAINTERS[name](s)
        raw = io.BytesIO()
        surface.write_to_png(raw)
        # No dithering: flat colours stay flat, and the file small.
        Image.open(raw).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out / f"{name}.png", optimize=True)
