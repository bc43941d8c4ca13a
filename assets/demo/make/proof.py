"""proof.py [COURSE…] OUT.png

Still pictures for the eye: every slide of the named courses at a few moments, on one sheet. Encodes nothing."""

import sys
import cairo

import build
import lesson
from stage import Stage

W, H = 480, 270


def main(names, out):
    cells = []
    for course in build.sources():
        if names and course["id"] not in names:
            continue
        for data in course["lesson"]:
            for d in data["slide"]:
                slide = lesson.Slide(d)
                slide.length = max(6.0, sum(len(x) for x in slide.say) / 3.0 + 2)
                slide.cues = [(0.7 + k * slide.length / len(slide.say), 0, "") for k in range(len(slide.say))]
                for f in (0.35, 0.93):
                    cells.append((course["theme"], slide, slide.length * f))
    columns = 4
    rows = -(-len(cells) // columns)
    sheet = cairo.ImageSurface(cairo.FORMAT_RGB24, W * columns, H * rows)
    c = cairo.Context(sheet)
    for n, (theme, slide, t) in enumerate(cells):
        c.save()
        c.translate(n % columns * W, n // columns * H)
        c.rectangle(0, 0, W - 2, H - 2)
        c.clip()
        c.scale(W / 1280, H / 720)
        s = Stage(c)
        lesson._still(s, lesson.THEMES[theme], slide)
        lesson._moving(s, lesson.THEMES[theme], slide, t)
        c.restore()
    sheet.write_to_png(out)


if len(sys.argv) < 2 or not sys.argv[-1].endswith(".png"):
    sys.exit("usage: proof.py [COURSE…] OUT.png")
main(sys.argv[1:-1], sys.argv[-1])
