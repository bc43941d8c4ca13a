//! The lesson's picture, bar and end.

use jinse_ui::{Action, Bridge, EndData, PlayerBar, PlayerData};

use super::{Lists, course::steps, share, text};
use crate::app::{
    Model, civil,
    model::Page,
    playback::{Intent, subtitle},
    screens::{
        ladder,
        lesson::{self, BarFocus, Button, Layer, LessonPage, NEXT_MS, Target},
        live, replay,
    },
};

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &LessonPage) {
    let free = model.overlay.is_none();
    let course = lesson::course(model, page);
    let title = |i: usize| {
        course.and_then(|c| c.lessons.get(i)).map_or(String::new(), |l| format!("第{}课 {}", i + 1, l.title))
    };
    let playback = &model.playback;
    let (place, duration) = (playback.place_ms(), playback.duration_ms.unwrap_or(0));
    let bar = match (&page.layer, &page.target) {
        _ if !free => PlayerBar::Hidden,
        (Layer::Bar { focus: BarFocus::Track, .. }, Target::Lesson(_) | Target::Replay(_)) => PlayerBar::Track,
        (Layer::Bar { .. }, Target::Lesson(_) | Target::Replay(_)) => PlayerBar::Buttons,
        _ => PlayerBar::Hidden,
    };
    let shows_subtitles = !matches!(page.layer, Layer::End { .. });
    bridge.set_player(PlayerData {
        bar,
        course: text(match &page.target {
            Target::Replay(replay) => replay::channel_label(model, replay),
            _ => course.map_or(String::new(), |c| c.title.clone()),
        }),
        lesson: text(match &page.target {
            Target::Replay(replay) => replay::title(model, replay),
            _ => lesson::index(model, page).map_or(String::new(), title),
        }),
        next: text(match &page.target {
            Target::Replay(replay) => replay::next(model, replay)
                .map_or(String::new(), |next| format!("下一个节目：{}", next.programme.title)),
            _ => lesson::next(model, page).map_or(String::new(), |i| {
                format!("下一课：{}", course.and_then(|c| c.lessons.get(i)).map_or("", |l| &l.title))
            }),
        }),
        position: text(civil::clock(place)),
        duration: text(if duration > 0 { civil::clock(duration) } else { String::new() }),
        progress: share(place as i64, duration as i64),
        thin: matches!(model.page(), Page::Lesson(_)) && lesson::has_thin_bar(model, page),
        track_focused: bar == PlayerBar::Track,
        subtitle: text(if shows_subtitles { subtitle(model) } else { String::new() }),
        centre: text(if bar == PlayerBar::Hidden { centre(model) } else { String::new() }),
        words: text(if free { live::over(model) } else { String::new() }),
    });
    let focused = match page.layer {
        Layer::Bar { focus: BarFocus::Button(i), .. } if free => Some(i),
        _ => None,
    };
    let buttons = Button::ALL.iter().enumerate().map(|(i, b)| Action {
        id: text(b.id()),
        label: text(b.label(model)),
        icon: text(b.icon(model)),
        note: text(""),
        focused: focused == Some(i),
        enabled: match b {
            Button::Previous => lesson::index(model, page).is_some_and(|i| i > 0),
            Button::Next => lesson::has_next(model, page),
            _ => true,
        },
    });
    lists.player_buttons.show(buttons.collect());
    end(bridge, lists, model, page, free);
}

/// Large words while a seek runs or the lesson stands without its bar.
pub(super) fn centre(model: &Model) -> String {
    match (model.playback.seek, model.playback.intent) {
        _ if model.overlay.is_some() => String::new(),
        (Some((to, _)), _) => civil::clock(to),
        (None, Intent::Pause) => "暂停".into(),
        _ => String::new(),
    }
}

fn end(bridge: &Bridge, lists: &Lists, model: &Model, page: &LessonPage, free: bool) {
    let course = lesson::course(model, page);
    let (Layer::End { focus, next_at }, true) = (lesson::layer(model, page), free) else {
        bridge.set_end(EndData::default());
        lists.ladder.show(Vec::new());
        return;
    };
    lists.ladder.show(course.filter(|_| lesson::ends_course(model, page)).map_or_else(Vec::new, |c| steps(model, c)));
    let choices = lesson::end_choices(model, page);
    let is_replay = matches!(page.target, Target::Replay(_));
    let next = lesson::next(model, page).and_then(|i| {
        let lesson = course?.lessons.get(i)?;
        Some(format!("第{}课 {}", i + 1, lesson.title))
    });
    let next = match &page.target {
        Target::Replay(replay) => replay::next(model, replay).map(|next| next.programme.title),
        _ => next,
    };
    let step = lesson::next_step(model, page)
        .and_then(|id| model.catalogue.ready()?.course(&id).map(|c| format!("这门课学完了。{}", ladder::label(c))));
    let questions = lesson::open_questions(model, page);
    let wait_ms = next_at.map(|at| at.since(model.now.mono));
    bridge.set_end(EndData {
        shown: true,
        title: text(if is_replay { "看完了" } else { "学完了" }),
        line: text(match (&next, wait_ms) {
            _ if questions > 0 => format!("想一想：有{questions}道题，不着急，慢慢答"),
            (Some(next), Some(ms)) if is_replay => format!("{} 秒后接着看：{next}", ms.div_ceil(1000)),
            (Some(next), Some(ms)) => format!("{} 秒后接着学：{next}", ms.div_ceil(1000)),
            (Some(next), None) if is_replay => format!("下一个节目是{next}"),
            (Some(next), None) => format!("下一课是{next}"),
            (None, _) if is_replay => "这个节目放到这里了".into(),
            (None, _) => step
                .or_else(|| lesson::next_course(model, page).map(|next| format!("接下来可以学《{}》", next.title)))
                .unwrap_or_else(|| "这门课的最后一课也看完了".into()),
        }),
        wait: wait_ms.map_or(0.0, |ms| share(ms as i64, NEXT_MS as i64)),
    });
    let buttons = choices.iter().enumerate().map(|(i, c)| Action {
        id: text(format!("end{i}")),
        label: text(lesson::end_label(model, page, *c)),
        icon: text(""),
        note: text(""),
        focused: i == focus,
        enabled: true,
    });
    lists.end_buttons.show(buttons.collect());
}
