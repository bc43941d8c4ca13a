//! The state that the control socket gives: keys are a contract (docs/cli.md).

use serde_json::{Value, json};

use crate::{
    app::{
        Model,
        model::{Overlay, Page},
        playback::{Intent, Playing, playing_url, subtitle},
        screens::{
            self, Focusable,
            guide::{self, Form},
            number,
            quiz::Stage,
            search::{self, Heading},
        },
        words,
    },
    guide::lineup::Channel,
    player::{
        captions, sounds,
        types::{Phase, Plate},
    },
    time::UtcMs,
    view,
};

/// Where the focused control was drawn last, in the pixels of the look (1920×1080).
pub type FocusRect = [i32; 4];
const SCREEN: FocusRect = [0, 0, 1920, 1080];

/// Where subtitles stand that are pictures.
fn plate_rect(plate: &Plate) -> FocusRect {
    let [_, _, width, height] = SCREEN;
    let scaled = |n: u32, of: i32, from: u32| (i64::from(n) * i64::from(of) / i64::from(from.max(1))) as i32;
    [
        scaled(plate.x, width, plate.place.0),
        scaled(plate.y, height, plate.place.1),
        scaled(plate.width, width, plate.place.0),
        scaled(plate.height, height, plate.place.1),
    ]
}

pub fn state(model: &Model, rect: FocusRect) -> Value {
    // Where no control is drawn, the rectangle that was drawn last is another screen's.
    let rect = if view::focus_fills_screen(model) { SCREEN } else { rect };
    let Focusable { id, label } = screens::focused(model);
    let playback = &model.playback;
    let channel = match &playback.what {
        Some(Playing::Channel(id) | Playing::Past { channel: id, .. }) => {
            model.lineup.ready().and_then(|l| l.by_id(id))
        }
        _ => None,
    };
    let (error, attempt) = match &playback.phase {
        Phase::Stalled { trouble, .. } | Phase::Failed { trouble, .. } => (Some(*trouble), 0),
        Phase::Reconnecting { trouble, attempt, .. } => (Some(*trouble), *attempt),
        _ => (None, 0),
    };
    let sounds: Vec<String> = playback.sounds.iter().enumerate().map(|(at, s)| sounds::label(s, at)).collect();
    let captions: Vec<String> =
        playback.captions.all.iter().enumerate().map(|(at, c)| captions::label(c, at)).collect();
    json!({
        "screen": screens::screen_name(model),
        "focus": { "id": id, "label": label, "rect": rect },
        "player": {
            "phase": phase_name(&playback.phase),
            "url": playing_url(model),
            "position_ms": playback.place_ms(),
            "duration_ms": playback.duration_ms,
            "channel": channel.map(|c| json!({ "number": c.number.0, "id": c.id.0, "name": c.name })),
            "session": playback.session.0,
            "has_frame": playback.has_frame,
            "intent": if playback.intent == Intent::Play { "play" } else { "pause" },
            "speed": model.user.settings.speed.factor(),
            "sound": sounds.get(playback.sound),
            "sounds": sounds,
            "caption": playback.captions.chosen.and_then(|at| captions.get(at)),
            "captions": captions,
            "behind_ms": screens::shift::behind_ms(model),
            "attempt": attempt,
            "retry_in_ms": screens::trouble::retry_in_ms(model),
            "error": error.map(|t| json!({ "code": t.code(), "what": t })),
        },
        "subtitle": subtitle(model),
        "subtitle_picture": view::plate(model).map(plate_rect),
        "words": screens::live::over(model),
        "trouble": screens::trouble::shown(model).map(|t| json!({
            "title": words::title(t), "line": words::line(t), "number": words::number(t),
            "countdown": screens::trouble::countdown(model),
        })),
        "spoken": label,
        "toast": model.call.as_ref().map(|c| c.words(model)).or(model.toast.as_ref().map(|t| t.text.clone())),
        "overlays": screens::overlay_names(model),
        "number": number(model),
        "channels": model.channels().len(),
        "courses": model.catalogue.ready().map_or(0, |c| c.courses.len()),
        "learner": { "id": model.learners.roster.now(), "name": model.learners.roster.now_name() },
        "learners": model.learners.roster.all().map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
        "history": model.user.history.len(),
        "reminders": model.user.reminders.iter().map(|r| json!({
            "title": r.title, "place": r.place, "start": rfc3339(r.start), "end": rfc3339(r.end),
        })).collect::<Vec<_>>(),
        "clock": if model.clock_wrong { None } else { Some(rfc3339(model.now.utc)) },
        "guide": guide(model),
        "quiz": quiz(model),
        "answers": model.user.answers.iter().map(|a| json!({
            "course": a.course.0, "lesson": a.lesson.0, "question": a.question.0, "right": a.right, "tries": a.tries,
        })).collect::<Vec<_>>(),
        "search": search(model),
        "waiting": match model.page() {
            Page::Waiting(page) => Some(screens::waiting::words(model, page)),
            _ => None,
        },
        "visit": match model.page() {
            Page::Visit(page) => Some(screens::visit::words(model, page)),
            _ => None,
        },
        "enrolments": model.user.settings.enrolments.iter().map(|(course, wish)| json!({
            "course": course.0, "wish": wish,
        })).collect::<Vec<_>>(),
        "picks": screens::picks::courses(model).iter().map(|c| json!({
            "course": c.id.0, "why": screens::picks::words(model, &c.id),
        })).collect::<Vec<_>>(),
        "taste": {
            "declined": model.user.taste.declined.iter().map(|id| &id.0).collect::<Vec<_>>(),
            "likings": model.user.taste.likings,
        },
        "surveys": {
            "refused": model.user.settings.surveys_refused,
            "offered": model.user.settings.surveys_offered.iter().map(|(id, _)| &id.0).collect::<Vec<_>>(),
            "answers": model.user.survey_answers.len(),
        },
        "credits": model.user.credits.iter().map(|e| json!({
            "course": e.course.0, "title": e.title, "credits": f64::from(e.credit_tenths) / 10.0, "at": rfc3339(e.at),
        })).collect::<Vec<_>>(),
        "paper": paper(model),
    })
}

/// The digits that are being typed, or the number that no channel has.
fn number(model: &Model) -> Option<Value> {
    let channel = |c: &Channel| json!({ "number": c.number.0, "id": c.id.0, "name": c.name });
    match &model.overlay {
        Some(Overlay::Number(entry)) => Some(json!({
            "typed": entry.digits(),
            "channel": number::matching(model, entry).map(channel),
            "longer": number::longer(model, entry).into_iter().map(channel).collect::<Vec<_>>(),
            "words": number::lines(model, entry),
        })),
        Some(Overlay::NoNumber(no)) => Some(json!({
            "typed": no.number.to_string(),
            "channel": null,
            "longer": [],
            "words": number::no_lines(model, no),
        })),
        _ => None,
    }
}

/// The question that is asked.
fn quiz(model: &Model) -> Option<Value> {
    let Page::Quiz(page) = model.page() else { return None };
    let question = page.question()?;
    Some(json!({
        "question": question.id.0,
        "prompt": question.prompt,
        "spoken": question.spoken.as_ref().unwrap_or(&question.prompt),
        "number": page.at + 1,
        "of": page.questions.len(),
        "stage": match page.stage {
            Stage::Asking => "asking",
            Stage::Wrong => "wrong",
            Stage::Right => "right",
            Stage::Done => "done",
        },
        "picked": page.picked,
    }))
}

/// The sheet that is shown.
fn paper(model: &Model) -> Option<Value> {
    let Page::Paper(page) = model.page() else { return None };
    let (at, count) = screens::paper::place(model, page);
    let place = (count > 0).then(|| json!([at + 1, count]));
    Some(json!({ "place": place, "kept": page.kept }))
}

/// What the guide's page shows, where it is open.
fn guide(model: &Model) -> Option<Value> {
    let Page::Guide(page) = model.page() else { return None };
    let channel = guide::channel(model, page).map(|c| json!({ "number": c.number.0, "id": c.id.0, "name": c.name }));
    let focused = guide::focused(model, page).map(|(channel, p)| {
        json!({
            "title": p.title, "start": rfc3339(p.start), "end": rfc3339(p.end),
            "tag": guide::tag(guide::standing(model, channel, p)),
        })
    });
    Some(json!({
        "form": match page.form { Form::List => "list", Form::Grid => "grid" },
        "channel": channel,
        "day": guide::day(model, page).saturating_sub(guide::today(model)),
        "programme": focused,
        "words": guide::blank(model, page).map_or("", guide::Blank::words),
    }))
}

/// What 找课程 shows, where it is open.
fn search(model: &Model) -> Option<Value> {
    let Page::Search(page) = model.page() else { return None };
    let heading = match search::heading(page) {
        Heading::Start => "start",
        Heading::Found(_) => "found",
        Heading::Near => "near",
        Heading::Nothing => "nothing",
        Heading::Within => "within",
        Heading::Waiting => "waiting",
    };
    let rows = search::rows(model, page);
    Some(json!({
        "typed": page.typed,
        "meant": search::meant(page),
        "heading": heading,
        "rows": rows.iter().map(|row| search::label(model, row)).collect::<Vec<_>>(),
    }))
}

fn rfc3339(at: UtcMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string()
}

fn phase_name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Opening => "opening",
        Phase::Playing => "playing",
        Phase::Paused => "paused",
        Phase::Stalled { .. } => "stalled",
        Phase::Reconnecting { .. } => "reconnecting",
        Phase::Ended => "ended",
        Phase::Failed { .. } => "failed",
    }
}
