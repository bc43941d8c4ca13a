"""Checks assets/demo/www as an operator's root: counts, sizes, references, media. Exits 1 with a list of what is wrong."""

import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import film

HERE = Path(__file__).resolve().parent
WWW = HERE.parent / "www"
TOTAL_MAX = 24_000_000
POSTER_MAX = 40_000
BANDS = {"艺术", "文化", "健康", "生活", "智能", "防骗"}
TIERS = {"入门", "进阶", "提高"}
FORMS = {"微课", "慕课", "云视课堂", "网络直播课", "短视频"}
SLACK_S = 0.1

wrong = []


def expect(fine, words):
    if not fine:
        wrong.append(words)
    return fine


def probe(path, *what):
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *what, str(path)], capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr, f"{path}: ffprobe says {done.stderr.strip()}")
    return json.loads(done.stdout or "{}")


def streams(path, width, height):
    found = {s["codec_type"]: s for s in probe(path, "-show_streams").get("streams", [])}
    v, a = found.get("video", {}), found.get("audio", {})
    expect((v.get("codec_name"), v.get("profile"), v.get("pix_fmt")) == ("h264", "Main", "yuv420p"), f"{path}: video {v}")
    expect((v.get("width"), v.get("height")) == (width, height), f"{path}: size {v.get('width')}x{v.get('height')}")
    expect(v.get("avg_frame_rate") == f"{film.FPS}/1", f"{path}: frame rate {v.get('avg_frame_rate')}")
    expect((a.get("codec_name"), a.get("sample_rate"), a.get("channels")) == ("aac", "48000", 1), f"{path}: audio {a}")
    return v


def packets(path):
    rows = probe(path, "-show_entries", "packet=stream_index,codec_type,pts_time,dts_time,duration_time,flags")
    return rows.get("packets", [])


def segment_files(playlist):
    """One readable file per segment: fMP4 ones get their header in front."""
    folder = playlist.parent
    text = playlist.read_text()
    header = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
    for length, uri in film.segments(playlist):
        path = folder / uri
        if expect(path.exists(), f"{playlist}: {uri} is missing"):
            data = path.read_bytes()
            yield length, uri, (folder / header[1]).read_bytes() + data if header else data


def check_rendition(playlist, width, height, scratch):
    segs = film.segments(playlist)
    total = sum(d for d, _ in segs)
    target = int(re.search(r"#EXT-X-TARGETDURATION:(\d+)", playlist.read_text())[1])
    expect(all(round(d) <= target for d, _ in segs), f"{playlist}: a segment is longer than the target")
    expect("#EXT-X-ENDLIST" in playlist.read_text(), f"{playlist}: no end")
    streams(playlist, width, height)
    clock = None
    counted = 0.0
    for length, uri, data in segment_files(playlist):
        scratch.write_bytes(data)
        rows = [r for r in packets(scratch) if r["codec_type"] == "video"]
        if not expect(rows, f"{playlist}: {uri} holds no video"):
            continue
        expect("K" in rows[0]["flags"], f"{playlist}: {uri} does not begin with a key frame")
        times = sorted(float(r["pts_time"]) for r in rows)
        keys = [float(r["pts_time"]) for r in rows if "K" in r["flags"]]
        expect(all(abs(b - a - film.GOP_S) < 0.01 for a, b in zip(keys, keys[1:])), f"{playlist}: {uri} keys at {keys}")
        expect(abs(keys[0] - times[0]) < 1e-3, f"{playlist}: {uri} shows frames before its key frame")
        lasts = times[-1] - times[0] + 1 / film.FPS
        expect(abs(lasts - length) <= SLACK_S, f"{playlist}: {uri} lasts {lasts:.3f}, the list says {length}")
        if clock is not None:
            expect(abs(times[0] - clock) < 0.01, f"{playlist}: {uri} starts at {times[0]:.3f} after {clock:.3f}")
        clock = times[-1] + 1 / film.FPS
        counted += lasts
    expect(abs(counted - total) <= SLACK_S, f"{playlist}: {counted:.3f} s of frames, the list says {total:.3f}")
    return total


def check_master(path, scratch):
    text = path.read_text()
    expect("#EXT-X-INDEPENDENT-SEGMENTS" in text, f"{path}: segments are not called independent")
    found = re.findall(r"#EXT-X-STREAM-INF:(.*)\n(.*)\n", text)
    expect(len(found) == 2, f"{path}: {len(found)} renditions")
    lengths = []
    for attributes, uri in found:
        w, h = map(int, re.search(r"RESOLUTION=(\d+)x(\d+)", attributes).groups())
        peak, mean = (int(re.search(rf"(?:^|,){k}=(\d+)", attributes)[1]) for k in ("BANDWIDTH", "AVERAGE-BANDWIDTH"))
        playlist = path.parent / uri
        lengths.append(check_rendition(playlist, w, h, scratch))
        rates = [len((playlist.parent / u).read_bytes()) * 8 / d for d, u in film.segments(playlist) if d > 1]
        expect(max(rates) <= peak and mean <= peak, f"{path}: {uri} needs {max(rates):.0f} bit/s, BANDWIDTH is {peak}")
        level = re.search(r"avc1\.4D40([0-9A-F]{2})", attributes)
        v = streams(playlist, w, h)
        expect(level and int(level[1], 16) == v["level"], f"{path}: CODECS does not fit level {v.get('level')}")
    expect(max(lengths) - min(lengths) < SLACK_S, f"{path}: renditions of different length")
    return lengths[0]


def check_mp4(path):
    streams(path, 1280, 720)
    data = path.read_bytes()
    order, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        order.append(kind.decode())
        if size < 8:
            break
        at += size
    expect(order.index("moov") < order.index("mdat"), f"{path}: header behind the media, {order}")
    return float(probe(path, "-show_format")["format"]["duration"])


def check_vtt(path, length):
    text = path.read_text()
    expect(text.startswith("WEBVTT\n"), f"{path}: no WEBVTT")
    last = 0.0
    cues = re.findall(r"(\d+):(\d+):([\d.]+) --> (\d+):(\d+):([\d.]+)\n(.+)", text)
    expect(len(cues) >= 5, f"{path}: {len(cues)} cues")
    for a, b, c, d, e, f, words in cues:
        start, end = int(a) * 3600 + int(b) * 60 + float(c), int(d) * 3600 + int(e) * 60 + float(f)
        expect(last - 0.001 <= start < end <= length + 0.01, f"{path}: cue at {start} to {end} after {last}")
        last = end
        expect(len(words) <= 30, f"{path}: a cue of {len(words)} characters")


def check_picture(path, size, limit):
    if not expect(path.exists(), f"{path} is missing"):
        return
    data = path.read_bytes()
    expect(data[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", data[16:24]) == size, f"{path}: not a PNG of {size}")
    expect(len(data) <= limit, f"{path}: {len(data)} bytes")


def check_quiz(course, lesson, base):
    """What the program itself checks (`check catalogue`) is left to it."""
    where = f"{course['id']}/{lesson['id']}"
    questions = lesson.get("quiz", {}).get("questions", [])
    expect(2 <= len(questions) <= 3, f"{where}: {len(questions)} questions")
    for q in questions:
        expect(q.get("hint") and q.get("reason") and q.get("part"), f"{where}: {q['id']} lacks hint, reason or part")
        if "image" in q:
            check_picture(base / q["image"], (648, 364), POSTER_MAX)
        right = [o["text"] for o in q.get("options", []) if o.get("right")]
        expect(q["kind"] == "multiple" or not any(w in q["hint"] for w in right), f"{where}: {q['id']} hints the answer")


def check_sources():
    """Nothing on a slide is cut, and every character has a glyph."""
    import cairo

    import build
    import lesson
    from stage import SANS, SERIF, Stage
    s = Stage(cairo.Context(cairo.ImageSurface(cairo.FORMAT_RGB24, 8, 8)))
    for course in build.sources():
        for data in course["lesson"]:
            for slide in data["slide"]:
                where = f"{course['id']}/{data['id']}: {slide['heading']}"
                for row in slide["lines"]:
                    room = lesson.BOX_X - 16 - lesson.WORDS_X - (0 if slide.get("title") else 44)
                    expect(s.width_of(row, lesson.LINE_PX, SANS) <= room, f"{where}: the line {row} is too wide")
                size = 88 if slide.get("title") else 64
                for row in slide["heading"].split("|"):
                    room = 580 if slide.get("title") else 1100
                    expect(s.width_of(row, size, SERIF) <= room, f"{where}: the heading is too wide")


def main():
    with tempfile.TemporaryDirectory() as folder:
        return check(Path(folder) / "segment")


def check(scratch):
    index = json.loads((WWW / "catalogue/index.json").read_text())
    providers = {p["id"] for p in index["providers"]}
    courses = []
    for shard in index["shards"]:
        courses += json.loads((WWW / "catalogue" / shard).read_text())["courses"]
    lessons = [(c, one) for c in courses for one in c["lessons"]]
    expect(index["version"] == 1 and len(providers) >= 3, "index: version or providers")
    expect(len(courses) >= 8 and len(lessons) >= 16, f"{len(courses)} courses, {len(lessons)} lessons")
    expect({c["band"] for c in courses} == BANDS, "not every band has a course")
    expect({c["tier"] for c in courses} == TIERS, "not every tier has a course")
    expect({c["form"] for c in courses} == FORMS, "not every form has a course")
    expect({c["provider"] for c in courses} == providers, "a provider is unknown or has no course")
    expect(len({c["id"] for c in courses}) == len(courses), "two courses share an id")
    base = WWW / "catalogue"
    kinds = set()
    for c in courses:
        check_picture(base / c["poster"], (648, 364), POSTER_MAX)
        expect(c["form"] != "网络直播课" or c.get("live"), f"{c['id']}: a live course without a session")
        for live in c.get("live", []):
            expect(all((base / m["url"]).exists() for m in live["media"]), f"{c['id']}: live media missing")
            expect(0 < live["start_in_min"] <= 30 and live["length_min"] > 0, f"{c['id']}: live times")
    for c, one in lessons:
        media = base / one["media"][0]["url"]
        if not expect(media.exists(), f"{media} is missing"):
            continue
        kinds.add(media.suffix + ("+init" if (media.parent / "hi/init.mp4").exists() else ""))
        length = check_mp4(media) if media.suffix == ".mp4" else check_master(media, scratch)
        expect(abs(length - one["duration_s"]) <= SLACK_S, f"{media}: {length} s, the catalogue says {one['duration_s']}")
        expect(40 <= length <= 120, f"{media}: {length} s long")
        for sub in one["subtitles"]:
            check_vtt(base / sub["url"], length)
        check_quiz(c, one, base)
    expect(kinds == {".m3u8", ".m3u8+init", ".mp4"}, f"kinds of media: {kinds}")
    check_live(scratch)
    check_sources()
    total = sum(p.stat().st_size for p in HERE.parent.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    expect(total <= TOTAL_MAX, f"assets/demo holds {total} bytes")
    for words in wrong:
        print("wrong:", words)
    print(f"{len(courses)} courses, {len(lessons)} lessons, {sum(one['duration_s'] for _, one in lessons)} s, "
          f"{total / 1e6:.1f} MB, {len(wrong)} things wrong")
    return 1 if wrong else 0


def check_live(scratch):
    base = WWW / "live"
    channels = json.loads((base / "channels.json").read_text())["channels"]
    guide = {c["id"]: c for c in json.loads((base / "programmes.json").read_text())["channels"]}
    expect(len(channels) >= 6, f"{len(channels)} channels")
    expect(len({c["number"] for c in channels}) == len(channels), "two channels share a number")
    colours = []
    for c in channels:
        check_picture(base / c["logo"], (160, 160), POSTER_MAX)
        expect(sum(x["duration"] for x in c["loop"]) >= 60, f"{c['id']}: a short loop")
        clock = None
        for x in c["loop"]:
            path = base / x["uri"]
            if not expect(path.exists() and path.suffix == ".ts", f"{c['id']}: {x['uri']}"):
                continue
            rows = [r for r in packets(path) if r["codec_type"] == "video"]
            times = sorted(float(r["pts_time"]) for r in rows)
            expect("K" in rows[0]["flags"], f"{path}: no key frame first")
            expect(abs(times[-1] - times[0] + 1 / film.FPS - x["duration"]) <= SLACK_S, f"{path}: not {x['duration']} s")
            jumps = clock is None or abs(times[0] - clock) > 0.01
            expect(jumps == x.get("discontinuity", False), f"{c['id']}: {x['uri']} discontinuity")
            clock = times[-1] + 1 / film.FPS
        if c.get("subtitles"):
            texts = [base / x["subtitle"] for x in c["loop"]]
            expect(all(t.read_text().startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:") for t in texts), f"{c['id']}: subtitles")
            expect(sum("-->" in t.read_text() for t in texts) > len(texts) / 2, f"{c['id']}: few subtitles")
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(base / c["loop"][1]["uri"]), "-frames:v", "1", "-vf",
                              "scale=1:1:flags=area,format=rgb24", "-f", "rawvideo", "-"], capture_output=True).stdout
        colours.append((c["id"], tuple(raw[:3])))
        expect(len(guide[c["id"]]["programmes"]) >= 4, f"{c['id']}: no programmes")
    for n, (a, p) in enumerate(colours):
        for b, q in colours[n + 1:]:
            expect(sum((x - y) ** 2 for x, y in zip(p, q)) ** .5 > 40, f"{a} and {b} look alike: {p} {q}")


if __name__ == "__main__":
    sys.exit(main())
