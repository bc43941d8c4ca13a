"""From frames and a sound track to H.264/AAC: HLS in two renditions, or one MP4."""

import shutil
import subprocess
from pathlib import Path

FPS = 15
GOP_S = 2
SEGMENT_S = 4
WIDTH, HEIGHT = 1280, 720
RENDITIONS = (("hi", 1280, 720, "3.1", 33), ("lo", 640, 360, "3.0", 35))
AUDIO = ["-c:a", "aac", "-b:a", "22k", "-ac", "1", "-ar", "48000", "-af", "lowpass=f=8000"]


def _video(level, crf):
    return ["-c:v", "libx264", "-profile:v", "main", "-level", level, "-pix_fmt", "yuv420p", "-preset", "slow",
            "-tune", "animation", "-x264-params", "ipratio=1.15", "-crf", str(crf), "-g", str(FPS * GOP_S), "-keyint_min", str(FPS * GOP_S),
            "-sc_threshold", "0", "-flags", "+cgop", "-threads", "2",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]


def _to(w, h):
    return f"scale={w}:{h}:flags=area:out_color_matrix=bt709:out_range=tv,format=yuv420p"


def _run(args, frames):
    # Bit-exact output: the same sources give the same files, so that a rebuild shows no change.
    p = subprocess.Popen(["nice", "-n", "15", "ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo",
                          "-pix_fmt", "bgra", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-", *args],
                         stdin=subprocess.PIPE)
    try:
        for frame in frames:
            p.stdin.write(frame)
    finally:
        p.stdin.close()
    if p.wait() != 0:
        raise SystemExit("ffmpeg failed")


def hls(frames, sound: Path, out: Path, kind="mpegts", segment_s=SEGMENT_S, renditions=RENDITIONS, name="seg"):
    shutil.rmtree(out, ignore_errors=True)
    graph = f"[0:v]split={len(renditions)}" + "".join(f"[i{n}]" for n in range(len(renditions)))
    args = ["-i", str(sound)]
    for n, (_, w, h, _, _) in enumerate(renditions):
        graph += f";[i{n}]{_to(w, h)}[o{n}]"
    args += ["-filter_complex", graph]
    end = "ts" if kind == "mpegts" else "m4s"
    for n, (folder, _, _, level, crf) in enumerate(renditions):
        (out / folder).mkdir(parents=True)
        args += ["-map", f"[o{n}]", "-map", "1:a", *_video(level, crf), *AUDIO, "-fflags", "+bitexact",
                 "-flags:v", "+bitexact+cgop", "-flags:a", "+bitexact", "-map_metadata", "-1",
                 "-f", "hls", "-hls_time", str(segment_s), "-hls_playlist_type", "vod",
                 "-hls_segment_type", kind, "-hls_flags", "independent_segments",
                 "-hls_segment_filename", str(out / folder / f"{name}-%03d.{end}")]
        if kind == "mpegts":
            # The tables lead every segment anyway; ten copies a second would be a tenth of these small files.
            args += ["-hls_ts_options", "pat_period=2:sdt_period=4"]
        else:
            args += ["-hls_fmp4_init_filename", "init.mp4"]
        args += [str(out / folder / "index.m3u8")]
    _run(args, frames)
    master(out, renditions)


def mp4(frames, sound: Path, out: Path):
    out.parent.mkdir(parents=True, exist_ok=True)
    _, w, h, level, crf = RENDITIONS[0]
    _run(["-i", str(sound), "-filter_complex", f"[0:v]{_to(w, h)}[o]", "-map", "[o]", "-map", "1:a",
          *_video(level, crf), *AUDIO, "-fflags", "+bitexact", "-flags:v", "+bitexact+cgop", "-flags:a", "+bitexact",
          "-map_metadata", "-1", "-movflags", "+faststart", str(out)], frames)


def segments(playlist: Path):
    """(duration, uri) of every segment."""
    found, length = [], None
    for line in playlist.read_text().splitlines():
        if line.startswith("#EXTINF:"):
            length = float(line[8:].split(",")[0])
        elif line and not line.startswith("#"):
            found.append((length, line))
    return found


def master(out: Path, renditions):
    lines = ["#EXTM3U", "#EXT-X-VERSION:7" if (out / renditions[0][0] / "init.mp4").exists() else "#EXT-X-VERSION:6",
             "#EXT-X-INDEPENDENT-SEGMENTS"]
    for folder, w, h, level, _ in renditions:
        segs = segments(out / folder / "index.m3u8")
        sizes = [(out / folder / uri).stat().st_size * 8 for _, uri in segs]
        # A very short last segment would say more about its length than about the stream.
        peak = max(size / max(length, SEGMENT_S / 2) for size, (length, _) in zip(sizes, segs))
        mean = sum(sizes) / sum(length for length, _ in segs)
        codec = f"avc1.4D40{int(float(level) * 10):02X},mp4a.40.2"
        lines.append(f"#EXT-X-STREAM-INF:BANDWIDTH={int(peak) + 1},AVERAGE-BANDWIDTH={int(mean) + 1},"
                     f"CODECS=\"{codec}\",RESOLUTION={w}x{h},FRAME-RATE={FPS}.000")
        lines.append(f"{folder}/index.m3u8")
    (out / "master.m3u8").write_text("\n".join(lines) + "\n")
