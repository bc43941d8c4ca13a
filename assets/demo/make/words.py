"""A lesson's WebVTT cut into the segments of a live channel, each tied to the clock of its picture (RFC 8216, 3.5)."""

import re
import subprocess
from pathlib import Path

CUE = re.compile(r"^(\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d+):(\d\d):(\d\d)\.(\d{3})$")


def cues(path: Path):
    """(start, end, text) in seconds."""
    found = []
    for block in path.read_text().split("\n\n"):
        lines = block.strip().splitlines()
        for n, line in enumerate(lines):
            if times := CUE.match(line):
                h, m, s, ms, h2, m2, s2, ms2 = map(int, times.groups())
                found.append((h * 3600 + m * 60 + s + ms / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000,
                              "\n".join(lines[n + 1:])))
    return found


def clock(segment: Path):
    """The tick of 90 kHz at which the picture of a segment begins."""
    shown = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts",
                            "-of", "csv=p=0", str(segment)], check=True, capture_output=True, text=True).stdout
    return min(int(line.strip(",")) for line in shown.split())


def stamp(seconds):
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def cut(said, durations, tick):
    """The text of each segment. Words that reach over an end stand in both, as the standard asks."""
    texts, start = [], 0.0
    for duration in durations:
        end = start + duration
        text = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{tick},LOCAL:00:00:00.000\n"
        for from_s, to_s, words in said:
            if from_s < end and to_s > start:
                text += f"\n{stamp(from_s)} --> {stamp(to_s)}\n{words}\n"
        texts.append(text)
        start = end
    return texts
