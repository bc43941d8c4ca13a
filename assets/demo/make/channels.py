"""Live channels: an ident for each, its logo, the loop of segments, and what the guide says."""

import array
import math
import tempfile
import tomllib
from pathlib import Path

import cairo

import film
import voice
import words
from build import HERE, dump
from stage import GOLD, PAPER, SERIF, Stage, mix

IDENT_S = 8
IDENT_SEGMENT_S = 2
TONE_PEAK = 1500


def ident(channel):
    surface = cairo.ImageSurface(cairo.FORMAT_RGB24, film.WIDTH, film.HEIGHT)
    s = Stage(cairo.Context(surface))
    colour = channel["colour"]
    for n in range(IDENT_S * film.FPS):
        t = n / film.FPS
        s.ground(film.WIDTH, film.HEIGHT, colour)
        s.rect(0, 566, 1280, 154, mix(colour, "#000000", 0.18))
        # a clock with one hand, eight seconds around
        s.circle(270, 330, 176, mix(colour, "#FFFFFF", 0.12), PAPER, 10)
        for k in range(8):
            a = k * math.pi / 4
            s.line([(270 + 146 * math.cos(a), 330 + 146 * math.sin(a)),
                    (270 + 160 * math.cos(a), 330 + 160 * math.sin(a))], PAPER, 8)
        a = t / IDENT_S * 2 * math.pi - math.pi / 2
        s.line([(270, 330), (270 + 128 * math.cos(a), 330 + 128 * math.sin(a))], GOLD, 14)
        s.circle(270, 330, 16, GOLD)
        s.text(510, 226, f"{channel['number']} 频道", 76, GOLD)
        s.text(506, 400, channel["name"], 160, PAPER, font=SERIF)
        s.text(510, 500, channel["group"], 60, PAPER)
        s.rect(64, 640, 1152, 18, mix(colour, "#000000", 0.4), 9)
        s.rect(64, 640, max(18, 1152 * t / IDENT_S), 18, GOLD, 9)
        surface.flush()
        yield surface.get_data()


def tone(number, out):
    """Two soft notes; each channel its own."""
    pcm = array.array("h", bytes(2 * IDENT_S * voice.RATE))
    base = 220 * 2 ** ((number % 7) / 7)
    for start, pitch in ((0.3, base), (0.9, base * 1.5)):
        for i in range(int(1.6 * voice.RATE)):
            t = i / voice.RATE
            k = int(start * voice.RATE) + i
            pcm[k] += int(TONE_PEAK * math.sin(2 * math.pi * pitch * t) * math.exp(-2.2 * t) * min(1, t * 40))
    voice.join([(0, pcm)], IDENT_S, out)


def logo(channel, out: Path):
    size = 160
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, size, size)
    s = Stage(cairo.Context(surface))
    s.rect(4, 4, 152, 152, channel["colour"], 34, PAPER, 5)
    s.text(80, 104, channel["name"][:1], 84, PAPER, "centre", font=SERIF)
    s.rect(48, 124, 64, 7, GOLD, 3)
    out.parent.mkdir(parents=True, exist_ok=True)
    surface.write_to_png(str(out))


def build(www: Path, only=None):
    listed, guide = [], []
    for channel in tomllib.loads((HERE / "channels.toml").read_text())["channel"]:
        for name in channel["lessons"]:
            if not (www / "lessons" / name / "hi" / "seg-000.ts").exists():
                raise SystemExit(f"{channel['id']}: the lesson {name} is not there as MPEG-TS; build it first")
        out = www / "live" / channel["id"]
        if not (out / "ident-000.ts").exists():
            with tempfile.TemporaryDirectory() as folder:
                sound, made = Path(folder) / "tone.wav", Path(folder) / "out"
                tone(channel["number"], sound)
                film.hls(ident(channel), sound, made, segment_s=IDENT_SEGMENT_S, name="ident",
                         renditions=film.RENDITIONS[:1])
                out.mkdir(parents=True, exist_ok=True)
                for _, uri in film.segments(made / "hi" / "index.m3u8"):
                    (out / uri).write_bytes((made / "hi" / uri).read_bytes())
        logo(channel, www / "logos" / f"{channel['id']}.png")
        loop, written = [], channel.get("subtitles")
        idents = [(float(IDENT_SEGMENT_S), f"{channel['id']}/{p.name}") for p in sorted(out.glob("ident-*.ts"))]
        for name in channel["lessons"]:
            pieces = [(d, f"../lessons/{name}/hi/{uri}")
                      for d, uri in film.segments(www / "lessons" / name / "hi" / "index.m3u8")]
            said_there = words.cues(www / "lessons" / name / "zh.vtt") if written else []
            for part, said in ((idents, []), (pieces, said_there)):
                texts = []
                if written:
                    tick = words.clock(www / "live" / part[0][1])
                    texts = words.cut(said, [duration for duration, _ in part], tick)
                for n, (duration, uri) in enumerate(part):
                    entry = {"uri": uri, "duration": duration}
                    if n == 0:
                        # Time stamps jump where one recording follows another.
                        entry["discontinuity"] = True
                    if written:
                        entry["subtitle"] = f"{channel['id']}/words-{len(loop):03}.vtt"
                        (www / "live" / entry["subtitle"]).write_text(texts[n])
                    loop.append(entry)
        entry = {"id": channel["id"], "number": channel["number"], "name": channel["name"],
                 "group": channel["group"], "logo": f"../logos/{channel['id']}.png", "loop": loop}
        if written:
            entry["subtitles"] = written
        listed.append(entry)
        guide.append({"id": channel["id"], "programmes": [{"title": t, "length_min": m, "description": d}
                                                          for t, m, d in channel["programmes"]]})
    dump(www / "live" / "channels.json", {"channels": listed})
    dump(www / "live" / "programmes.json", {"channels": guide})
