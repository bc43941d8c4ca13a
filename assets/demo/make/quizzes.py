"""The questions of the lessons, from quizzes/*.toml, in the form of the catalogue; and the pictures beside them."""

import io
import tomllib
from pathlib import Path

import cairo
from PIL import Image

import scenes
from stage import Stage

HERE = Path(__file__).resolve().parent
W, H = 648, 364
COLOURS = 96
GROUND = "#F3E6CC"


def of_course(course_id):
    path = HERE / "quizzes" / f"{course_id}.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {"lesson": []}


def of_lesson(course_id, lesson_id):
    """The lesson's "quiz", or nothing."""
    found = [one for one in of_course(course_id)["lesson"] if one["id"] == lesson_id]
    return {"quiz": {"questions": [question(q) for one in found for q in one["question"]]}} if found else {}


def question(data):
    q = {k: data[k] for k in ("id", "kind", "prompt", "at_s") if k in data}
    if data["kind"] in ("single", "multiple"):
        q["options"] = [{"text": words} | ({"right": True} if n in data["right"] else {})
                        for n, words in enumerate(data["options"], 1)]
    elif data["kind"] == "order":
        q["items"] = data["items"]
    else:
        q["right"] = data["right"]
    q |= {k: data[k] for k in ("hint", "reason", "spoken") if k in data}
    if "image" in data:
        q["image"] = f"../quizzes/{data['image']}.png"
    if "part" in data:
        q["part"] = {"from_s": data["part"][0], "to_s": data["part"][1]}
    return q


def pictures(www):
    """Each picture that a question names is the drawing of that name, at rest."""
    names = {q["image"] for path in (HERE / "quizzes").glob("*.toml")
             for one in tomllib.loads(path.read_text())["lesson"] for q in one["question"] if "image" in q}
    out = www / "quizzes"
    out.mkdir(parents=True, exist_ok=True)
    for name in sorted(names):
        surface = cairo.ImageSurface(cairo.FORMAT_RGB24, W, H)
        s = Stage(cairo.Context(surface))
        s.rect(0, 0, W, H, GROUND)
        scale = H / scenes.H
        s.c.save()
        s.c.translate((W - scenes.W * scale) / 2, 0)
        s.c.scale(scale, scale)
        s.c.rectangle(0, 0, scenes.W, scenes.H)
        s.c.clip()
        scenes.draw(name.replace("-", "_"), s, 4.0, 0.6, {})
        s.c.restore()
        raw = io.BytesIO()
        surface.write_to_png(raw)
        picture = Image.open(raw).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(out / f"{name}.png", optimize=True)
