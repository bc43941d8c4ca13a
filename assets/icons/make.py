#!/usr/bin/python3
"""Draws the icons, the brand leaf and the lattice as white-on-transparent PNGs at the exact sizes used.

Needs python3-cairo. Icons live on a 64 grid with a 5 px line; the interface colours them, and draws them 1:1.
"""
import math
import os

import cairo

HERE = os.path.dirname(os.path.abspath(__file__))
PI = math.pi
# Tile, button, small mark. (px)
SIZES = {"72": 72, "44": 44, "36": 36}


def line(c, *points, close=False):
    c.move_to(*points[0])
    for point in points[1:]:
        c.line_to(*point)
    if close:
        c.close_path()
    c.stroke()


def solid(c, *points):
    """A filled shape whose corners are softened by a thin line of the same colour."""
    c.set_line_width(3)
    c.move_to(*points[0])
    for point in points[1:]:
        c.line_to(*point)
    c.close_path()
    c.fill_preserve()
    c.stroke()
    c.set_line_width(5)


def box(c, x, y, w, h, r):
    c.new_sub_path()
    c.arc(x + w - r, y + r, r, -PI / 2, 0)
    c.arc(x + w - r, y + h - r, r, 0, PI / 2)
    c.arc(x + r, y + h - r, r, PI / 2, PI)
    c.arc(x + r, y + r, r, PI, PI * 1.5)
    c.close_path()


def circle(c, x, y, r, fill=False):
    c.new_sub_path()
    c.arc(x, y, r, 0, 2 * PI)
    c.fill() if fill else c.stroke()


def arc(c, x, y, r, a, b):
    c.new_sub_path()
    c.arc(x, y, r, math.radians(a), math.radians(b))
    c.stroke()


def live(c):
    circle(c, 32, 32, 8.5, True)
    for r in (18, 27.5):
        arc(c, 32, 32, r, -48, 48)
        arc(c, 32, 32, r, 132, 228)


def heart_path(c):
    c.move_to(32, 55)
    c.curve_to(16, 44, 7, 34, 7, 23.5)
    c.curve_to(7, 14, 14, 9, 20, 9)
    c.curve_to(26, 9, 30, 12.5, 32, 16.5)
    c.curve_to(34, 12.5, 38, 9, 44, 9)
    c.curve_to(50, 9, 57, 14, 57, 23.5)
    c.curve_to(57, 34, 48, 44, 32, 55)
    c.close_path()


def heart(c):
    heart_path(c)
    c.stroke()
    c.set_line_width(4.5)
    line(c, (14, 31), (24, 31), (29, 22), (36, 40), (40.5, 31), (50, 31))


def phone(c):
    box(c, 17, 4.5, 30, 55, 6)
    c.stroke()
    box(c, 25, 14, 14, 11, 1)
    c.stroke()
    line(c, (25, 33), (39, 33))
    line(c, (29, 50), (35, 50))


def fan(c):
    centre = (32, 56)
    for a in (200, 230, 270, 310, 340):
        t = math.radians(a)
        line(c, centre, (32 + 39 * math.cos(t) * (0.72 if a in (200, 340) else 0.86), 56 + 39 * math.sin(t) + (-10 if a in (200, 340) else 0)))
    c.move_to(5.6, 32.5)
    c.curve_to(14, 13, 50, 13, 58.4, 32.5)
    c.stroke()
    line(c, (5.6, 32.5), centre, (58.4, 32.5))
    arc(c, 32, 56, 18, 222, 318)
    circle(c, 32, 56, 3.5, True)


def person(c):
    circle(c, 32, 20, 12.5)
    c.move_to(8.5, 58)
    c.curve_to(8.5, 34, 55.5, 34, 55.5, 58)
    c.stroke()


def book(c):
    for s in (1, -1):
        c.move_to(32, 17)
        c.curve_to(32 - s * 8, 10, 32 - s * 18, 10.5, 32 - s * 26, 11)
        c.line_to(32 - s * 26, 49)
        c.curve_to(32 - s * 18, 48.5, 32 - s * 8, 49, 32, 55.5)
        c.stroke()
    line(c, (32, 17), (32, 55))


def info(c):
    circle(c, 32, 32, 25)
    circle(c, 32, 20, 4, True)
    line(c, (32, 31), (32, 46))


def shield(c):
    c.move_to(32, 5)
    c.curve_to(40, 11, 48, 13, 55, 13)
    c.curve_to(56, 36, 49, 50, 32, 59)
    c.curve_to(15, 50, 8, 36, 9, 13)
    c.curve_to(16, 13, 24, 11, 32, 5)
    c.close_path()
    c.stroke()
    line(c, (21, 32), (29, 40), (43.5, 24))


def star(c):
    points = []
    for k in range(10):
        r = 28 if k % 2 == 0 else 11.6
        a = -PI / 2 + k * PI / 5
        points.append((32 + r * math.cos(a), 34 + r * math.sin(a)))
    solid(c, *points)


def clock(c):
    circle(c, 32, 32, 26)
    line(c, (32, 15.5), (32, 33), (43, 40))


def play(c):
    solid(c, (14, 8), (56, 32), (14, 56))


def pause(c):
    box(c, 13, 8, 12, 48, 4)
    c.fill()
    box(c, 39, 8, 12, 48, 4)
    c.fill()


def previous(c):
    box(c, 9, 10, 7, 44, 3)
    c.fill()
    solid(c, (54, 11), (24, 32), (54, 53))


def next_(c):
    box(c, 48, 10, 7, 44, 3)
    c.fill()
    solid(c, (10, 11), (40, 32), (10, 53))


def rewind(c):
    solid(c, (31, 13), (6, 32), (31, 51))
    solid(c, (58, 13), (33, 32), (58, 51))


def forward(c):
    solid(c, (33, 13), (58, 32), (33, 51))
    solid(c, (6, 13), (31, 32), (6, 51))


def speed(c):
    circle(c, 32, 37, 22)
    line(c, (25, 6), (39, 6))
    line(c, (32, 6), (32, 14))
    line(c, (32, 37), (41, 26))
    line(c, (51, 16), (55, 20))


def subtitles(c):
    box(c, 5, 11, 54, 42, 7)
    c.stroke()
    line(c, (15, 30), (27, 30))
    line(c, (36, 30), (49, 30))
    line(c, (15, 42), (36, 42))
    line(c, (45, 42), (49, 42))


def check(c):
    c.set_line_width(6.5)
    line(c, (8, 34), (25, 51), (56, 15))


def wifi(c):
    circle(c, 32, 52, 5.5, True)
    for r in (16, 29, 42):
        arc(c, 32, 54, r, 225 if r < 40 else 228, 315 if r < 40 else 312)


def medal(c):
    circle(c, 32, 41, 17)
    line(c, (25, 25), (16, 5), (27, 5), (32, 16), (37, 5), (48, 5), (39, 25))
    points = []
    for k in range(10):
        r = 8.5 if k % 2 == 0 else 3.8
        a = -PI / 2 + k * PI / 5
        points.append((32 + r * math.cos(a), 42 + r * math.sin(a)))
    c.set_line_width(1)
    solid(c, *points)


def bell(c):
    c.move_to(7, 47)
    c.curve_to(14, 42, 13, 34, 13, 26)
    c.curve_to(13, 3, 51, 3, 51, 26)
    c.curve_to(51, 34, 50, 42, 57, 47)
    c.close_path()
    c.stroke()
    line(c, (26, 57), (38, 57))


def search(c):
    circle(c, 27, 27, 19)
    c.set_line_width(7)
    line(c, (41.5, 41.5), (57, 57))


def trash(c):
    line(c, (8, 16), (56, 16))
    line(c, (23, 15), (25, 6), (39, 6), (41, 15))
    line(c, (13, 17), (17, 58), (47, 58), (51, 17))
    line(c, (26, 28), (27, 47))
    line(c, (38, 28), (37, 47))


def exit_(c):
    line(c, (36, 8), (9, 8), (9, 56), (36, 56))
    line(c, (25, 32), (57, 32))
    line(c, (44, 18), (58, 32), (44, 46))


def gear(c):
    circle(c, 32, 32, 9)
    points = []
    for k in range(8):
        a = k * PI / 4
        for d, r in ((-0.24, 20), (-0.17, 27.5), (0.17, 27.5), (0.24, 20)):
            points.append((32 + r * math.cos(a + d), 32 + r * math.sin(a + d)))
    line(c, *points, close=True)


def tv(c):
    box(c, 5, 16, 54, 36, 5)
    c.stroke()
    line(c, (21, 4.5), (32, 15), (43, 4.5))
    line(c, (20, 60), (44, 60))


def down(c):
    solid(c, (11, 17), (53, 17), (32, 50))


def up(c):
    solid(c, (11, 47), (53, 47), (32, 14))


def left(c):
    solid(c, (47, 11), (47, 53), (14, 32))


def right(c):
    solid(c, (17, 11), (17, 53), (50, 32))


def speaker(c):
    solid(c, (8, 25), (17, 25), (31, 12), (31, 52), (17, 39), (8, 39))
    arc(c, 31, 32, 13, -48, 48)
    arc(c, 31, 32, 24, -48, 48)


def list_(c):
    for y in (14, 32, 50):
        circle(c, 9, y, 4, True)
        line(c, (22, y), (58, y))


ICONS = {
    "live": live, "heart": heart, "phone": phone, "fan": fan, "person": person, "book": book, "shield": shield, "info": info, "star": star,
    "clock": clock, "play": play, "pause": pause, "previous": previous, "next": next_, "rewind": rewind, "forward": forward,
    "speed": speed, "subtitles": subtitles, "check": check, "wifi": wifi, "medal": medal, "bell": bell, "search": search,
    "trash": trash, "exit": exit_, "gear": gear, "tv": tv, "arrow-down": down, "arrow-up": up, "arrow-left": left, "arrow-right": right, "speaker": speaker, "list": list_,
}


def canvas(width, height):
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width, height)
    c = cairo.Context(surface)
    c.set_antialias(cairo.ANTIALIAS_BEST)
    c.set_source_rgb(1, 1, 1)
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    c.set_line_join(cairo.LINE_JOIN_ROUND)
    c.set_line_width(5)
    return surface, c


def icon(name, draw, label, size):
    surface, c = canvas(size, size)
    c.scale(size / 64, size / 64)
    draw(c)
    surface.write_to_png(os.path.join(HERE, f"{name}-{label}.png"))


def leaf(c, w):
    """The ginkgo leaf of the brand on a grid of 72, veins cut out."""
    c.scale(w / 72, w / 72)
    c.move_to(36, 47)
    c.curve_to(26, 44, 9, 40, 2, 24)
    c.curve_to(4, 20, 8, 20, 10, 18)
    c.curve_to(10, 13, 16, 13, 19, 11)
    c.curve_to(22, 6, 31, 7, 36, 12)
    c.curve_to(41, 7, 50, 6, 53, 11)
    c.curve_to(56, 13, 62, 13, 62, 18)
    c.curve_to(64, 20, 68, 20, 70, 24)
    c.curve_to(63, 40, 46, 44, 36, 47)
    c.close_path()
    c.fill()
    c.set_line_width(4)
    c.move_to(36, 44)
    c.curve_to(36, 54, 35, 61, 38, 68)
    c.stroke()
    c.set_operator(cairo.OPERATOR_DEST_OUT)
    c.set_source_rgba(1, 1, 1, 0.55)
    c.set_line_width(1.8)
    for x, y in ((13, 21), (22, 14), (30, 13), (42, 13), (50, 14), (59, 21)):
        line(c, (36, 45), (x, y))


def lattice():
    """花窗: squares, rings and bevelled lines on a grid of 120, faded towards the lower left."""
    width, height = 624, 720
    surface, c = canvas(width, height)
    c.set_line_width(2)
    for gx in range(-1, 7):
        for gy in range(-1, 7):
            x, y = 564 - gx * 120, 60 + gy * 120
            # Strongest in the corner, gone at the lower left.
            far = math.hypot((width - x) / width, y / height)
            alpha = max(0.0, 1.0 - far) ** 1.1
            if alpha <= 0.01:
                continue
            c.set_source_rgba(1, 1, 1, alpha)
            c.rectangle(x - 30, y - 30, 60, 60)
            c.stroke()
            circle(c, x, y, 15)
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
                line(c, (x + dx * 30, y + dy * 30), (x + dx * 60, y + dy * 60))
            for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                line(c, (x + dx * 30, y + dy * 30), (x + dx * 60, y + dy * 60))
                line(c, (x + dx * 60, y + dy * 30), (x + dx * 60, y + dy * 60))
                line(c, (x + dx * 30, y + dy * 60), (x + dx * 60, y + dy * 60))
    surface.write_to_png(os.path.join(HERE, "lattice.png"))


def main():
    for name, draw in ICONS.items():
        for label, size in SIZES.items():
            icon(name, draw, label, size)
    icon("wifi", wifi, "96", 96)
    for size in (72, 200):
        surface, c = canvas(size, size)
        leaf(c, size)
        surface.write_to_png(os.path.join(HERE, f"ginkgo-{size}.png"))
    lattice()
    # All on one sheet, to look at; not kept.
    if os.environ.get("SHEET"):
        names = list(ICONS) + ["ginkgo"]
        surface, c = canvas(10 * 100, (len(names) + 9) // 10 * 100)
        c.set_source_rgb(0.15, 0.1, 0.07)
        c.paint()
        for k, name in enumerate(names):
            c.set_source_surface(cairo.ImageSurface.create_from_png(os.path.join(HERE, f"{name}-72.png")), k % 10 * 100 + 14, k // 10 * 100 + 14)
            c.paint()
        surface.write_to_png(os.environ["SHEET"])


main()
