"""One lesson: its cues laid on a time line, its slides drawn frame by frame, its subtitles."""

import cairo

import scenes
import voice
from film import FPS, HEIGHT, WIDTH
from stage import SERIF, Stage, ease, mix, span

LEAD_S = 0.7
GAP_S = 0.45
TAIL_S = 0.7
# Slides change on key frames: the new picture is then paid for once.
STEP_S = 2

# ground top, ground bottom, heading, words, accent, panel behind the drawing
THEMES = {
    "board": ("#24503F", "#1B3D31", "#FFE3A0", "#FCF3E1", "#F5CB6C", "#EFE4C8"),
    "indigo": ("#1F4468", "#17344F", "#FFE3A0", "#FCF3E1", "#F5CB6C", "#E3ECF0"),
    "paper": ("#F6EAD0", "#EBD9B4", "#7A2318", "#2B1C10", "#B3382C", "#FFFAEC"),
    "red": ("#7E2A20", "#5F1D17", "#FFE3A0", "#FFF6E6", "#F5CB6C", "#F7E8D0"),
    "jade": ("#DCE8D6", "#C6D9C2", "#1D5140", "#20301F", "#2F7A5E", "#F7FAEF"),
    "plum": ("#54305A", "#402446", "#FFE3A0", "#FCF3E1", "#F5CB6C", "#F3E6EE"),
    "wood": ("#6E4A2C", "#523520", "#FFE3A0", "#FCF3E1", "#F5CB6C", "#F5E9D2"),
    "lake": ("#CFE3E6", "#B5D2D8", "#1B4A5E", "#14303C", "#B3382C", "#F6FBFA"),
}

BOX_X, BOX_Y, BOX_W, BOX_H = 664, 140, 560, 440
WORDS_X = 64
LINE_PX = 56


class Slide:
    def __init__(self, data):
        self.heading = data["heading"]
        self.lines = data.get("lines", [])
        self.drawing = data["drawing"]
        self.options = {k: v for k, v in data.items() if k not in ("heading", "lines", "drawing", "say", "title")}
        self.say = data["say"]
        self.title = data.get("title", False)
        self.start = self.length = 0.0
        self.cues = []  # (start, end, words), from the lesson's beginning


def plan(data, work):
    """Speaks the cues and gives every slide and cue its time. Returns slides, sound parts, total seconds."""
    slides, parts, now, number = [Slide(d) for d in data["slide"]], [], 0.0, 0
    for slide in slides:
        slide.start = now
        at = now + LEAD_S
        for words in slide.say:
            pcm = voice.speak(words, work, number)
            number += 1
            end = at + len(pcm) / voice.RATE
            parts.append((at, pcm))
            slide.cues.append((at, end, words))
            at = end + GAP_S
        length = at - GAP_S + TAIL_S - now
        slide.length = -(-length // STEP_S) * STEP_S
        now += slide.length
    return slides, parts, int(round(now))


def frames(theme, slides):
    surface = cairo.ImageSurface(cairo.FORMAT_RGB24, WIDTH, HEIGHT)
    stage = Stage(cairo.Context(surface))
    for slide in slides:
        still = cairo.ImageSurface(cairo.FORMAT_RGB24, WIDTH, HEIGHT)
        _still(Stage(cairo.Context(still)), THEMES[theme], slide)
        for n in range(int(round(slide.length * FPS))):
            stage.c.set_source_surface(still, 0, 0)
            stage.c.paint()
            _moving(stage, THEMES[theme], slide, n / FPS)
            surface.flush()
            yield surface.get_data()


def _still(s, theme, slide):
    top, bottom, heading, _, accent, panel = theme
    s.ground(WIDTH, HEIGHT, top)
    s.rect(0, HEIGHT - 116, WIDTH, 116, bottom)
    if not slide.title:
        s.rect(WORDS_X, 52, 10, 60, accent, 5)
        s.rect(WORDS_X + 15, 52, 4, 60, accent, 2)
        s.text(WORDS_X + 38, 106, slide.heading, 64, heading, font=SERIF)
    s.rect(BOX_X - 8, BOX_Y - 8, BOX_W + 16, BOX_H + 16, panel, 22)


def _moving(s, theme, slide, t):
    _, _, heading, words, accent, _ = theme
    p = t / slide.length
    s.c.save()
    s.c.rectangle(BOX_X - 8, BOX_Y - 8, BOX_W + 16, BOX_H + 16)
    s.c.clip()
    s.c.translate(BOX_X, BOX_Y)
    scenes.draw(slide.drawing, s, t, p, slide.options)
    s.c.restore()
    if slide.title:
        f = span(t, 0, 0.5)
        rows = slide.heading.split("|")
        y = 330 - 46 * (len(rows) - 1)
        for row in rows:
            s.text(WORDS_X, y, row, 88, heading, font=SERIF, alpha=f)
            y += 112
        s.rect(WORDS_X, y - 76, 380 * span(t, 0.2, 1.0), 6, accent, 3)
        for k, row in enumerate(slide.lines):
            s.text(WORDS_X, y + 6 + 76 * k, row, LINE_PX, words, alpha=span(t, 0.5 + 0.3 * k, 1.0 + 0.3 * k))
        return
    starts = [c[0] - slide.start for c in slide.cues]
    for k, row in enumerate(slide.lines):
        cue = starts[min(len(starts) - 1, k * len(starts) // max(1, len(slide.lines)))]
        same = [j for j in range(k) if j * len(starts) // len(slide.lines) == k * len(starts) // len(slide.lines)]
        begin = cue + 0.2 + 1.2 * len(same)
        f = span(t, begin, begin + 0.4)
        if f <= 0:
            continue
        y = 222 + 100 * k + (4 - len(slide.lines)) * 34
        s.circle(WORDS_X + 14, y - 20, 12 * ease(f), accent)
        s.text(WORDS_X + 44, y, row, LINE_PX, words, alpha=f)


def vtt(slides):
    def stamp(x):
        ms = int(round(x * 1000))
        return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"

    out, number = ["WEBVTT", ""], 1
    for slide in slides:
        for start, end, words in slide.cues:
            out += [str(number), f"{stamp(start)} --> {stamp(end + 0.25)}", words, ""]
            number += 1
    return "\n".join(out)
