"""Builds assets/demo/www from the sources in this folder. See README.md."""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import film
import lesson
import quizzes

HERE = Path(__file__).resolve().parent
WWW = HERE.parent / "www"
# Order of the courses in the catalogue; the first half goes into the first shard.
ORDER = ("metro", "baduanjin", "fraud", "calligraphy", "shanghai-talk", "guahao", "pressure", "knee", "bigtext",
         "paycode", "bamboo", "shikumen", "kitchen", "jieqi")


def sources():
    for name in ORDER:
        path = HERE / "lessons" / f"{name}.toml"
        if path.exists():
            yield tomllib.loads(path.read_text())


def around():
    """Hours, ladders, places and the like by course; courses made of lessons of others; surveys."""
    return tomllib.loads((HERE / "around.toml").read_text())


def lesson_entry(identity, title, folder, media):
    return {
        "id": identity, "title": title, "duration_s": length(WWW / folder),
        "media": [{"url": f"../{folder}/{media}"}],
        "subtitles": [{"lang": "zh", "label": "中文", "url": f"../{folder}/zh.vtt"}],
    }


def medium(course):
    return "lesson.mp4" if course.get("container") == "mp4" else "master.m3u8"


def surround(entry, more):
    """Adds to a course what around.toml says of it."""
    for one in entry["lessons"]:
        chapter = more.get("chapters", {}).get(one["id"])
        if chapter:
            one["chapter"] = chapter
    entry |= {k: more[k] for k in ("hours", "ladder", "pass_percent", "learners", "related", "venue", "enrolment")
              if k in more}
    live = entry.get("live", []) + [sources_of(one) for one in more.get("live", [])]
    return entry | ({"live": live} if live else {})


def sources_of(live):
    return {**live, "media": [{"url": f"../{m}"} for m in live["media"]]}


def collection(course, by_id):
    """A course of lessons that lie with other courses."""
    lessons = []
    for one in course["lesson"]:
        owner = one["uses"].split("/")[0]
        entry = lesson_entry(one["id"], one["title"], f"lessons/{one['uses']}", medium(by_id[owner]))
        lessons.append(entry | ({"chapter": one["chapter"]} if "chapter" in one else {})
                       | quizzes.of_lesson(course["id"], one["id"]))
    entry = {k: course[k] for k in ("id", "title", "band", "tier", "form", "provider")}
    return entry | {"teacher": "本课老师", "summary": course["summary"], "credit": course["credit"],
                    "poster": f"../posters/{course['id']}.png", "lessons": lessons} | passed(course["id"])


def passed(course_id):
    """What share of its questions the course asks for, where it asks for one."""
    asked = quizzes.of_course(course_id)
    return {k: asked[k] for k in ("pass_percent",) if k in asked}


def make_lesson(course, data):
    out = WWW / "lessons" / course["id"] / data["id"]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        slides, parts, total = lesson.plan(data, work)
        sound = work / "sound.wav"
        lesson.voice.join(parts, total, sound)
        frames = lesson.frames(course["theme"], slides)
        kind = course.get("container", "mpegts")
        if kind == "mp4":
            film.mp4(frames, sound, out / "lesson.mp4")
        else:
            film.hls(frames, sound, out, kind)
        (out / "zh.vtt").write_text(lesson.vtt(slides))
    return course["id"], data["id"], total


def catalogue():
    """Written from what lies in www, so that durations are those of the media."""
    operator = tomllib.loads((HERE / "operator.toml").read_text())
    more = around()
    courses = []
    for course in sources():
        lessons = []
        for data in course["lesson"]:
            folder = f"lessons/{course['id']}/{data['id']}"
            media = medium(course)
            if not (WWW / folder / media).exists():
                continue
            lessons.append(lesson_entry(data["id"], data["title"], folder, media)
                           | quizzes.of_lesson(course["id"], data["id"]))
        if not lessons:
            continue
        entry = {k: course[k] for k in ("id", "title", "band", "tier", "form", "provider")}
        entry |= {"teacher": "本课老师", "summary": course["summary"], "credit": course["credit"],
                  "poster": f"../posters/{course['id']}.png", "lessons": lessons}
        if "live" in course:
            entry["live"] = [sources_of(one) for one in course["live"]]
        courses.append(entry | passed(course["id"]))
    by_id = {course["id"]: course for course in sources()}
    courses += [collection(course, by_id) for course in more["collection"]]
    courses = [surround(entry, more["course"].get(entry["id"], {})) for entry in courses]
    surveys = [{"id": s["id"], "title": s["title"], "questions": s["question"]} for s in more["survey"]]
    half = (len(courses) + 1) // 2
    shards = {"courses-1.json": courses[:half], "courses-2.json": courses[half:]}
    out = WWW / "catalogue"
    out.mkdir(parents=True, exist_ok=True)
    dump(out / "index.json", {"version": 1, "title": operator["title"], "providers": operator["provider"],
                              "surveys": surveys, "shards": list(shards)})
    for name, part in shards.items():
        dump(out / name, {"courses": part})


def length(folder):
    if (folder / "hi").exists():
        return int(round(sum(d for d, _ in film.segments(folder / "hi" / "index.m3u8"))))
    found = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0",
                            str(folder / "lesson.mp4")], check=True, capture_output=True, text=True)
    return int(round(float(found.stdout)))


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("only", nargs="*", help="courses, course/lesson, or: channels posters quizzes catalogue")
    p.add_argument("--jobs", type=int, default=2)
    args = p.parse_args()

    def wanted(*names):
        return not args.only or any(n in args.only for n in names)

    with ProcessPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(make_lesson, c, d) for c in sources() for d in c["lesson"]
                if wanted(c["id"], f"{c['id']}/{d['id']}")]
        for job in jobs:
            print(*job.result(), flush=True)
    catalogue()
    if wanted("posters"):
        import posters
        posters.build(WWW, [c["id"] for c in (*sources(), *around()["collection"])])
    if wanted("quizzes"):
        quizzes.pictures(WWW)
    if wanted("channels"):
        import channels
        channels.build(WWW)


if __name__ == "__main__":
    sys.exit(main())
