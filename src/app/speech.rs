//! What is read aloud, and until when. 听这一页 reads the page once; with 朗读 on, whatever comes under the focus is read
//! as well. The words are those that the page says of itself; the voice is the shell's (`speech`).

use crate::{
    app::{
        Effect, Model,
        model::{Page, Power},
        screens::{self, settings},
    },
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

/// Nobody listens to more at once, and it takes about a minute and a half.
const MAX_CHARS: usize = 400;

/// What the voice is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// It was given words, and has not been hushed since. It may have come to their end.
    pub reading: bool,
    /// What the focus said last, so that 朗读 says it once.
    said: String,
}

/// Where the viewer is, as far as the voice is concerned: words about another place are of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    screen: &'static str,
    depth: usize,
    covered: bool,
}

impl Place {
    pub fn of(model: &Model) -> Self {
        Self { screen: screens::screen_name(model), depth: model.stack.len(), covered: model.overlay.is_some() }
    }
}

/// 听这一页
pub fn read_page(model: &Model, effects: &mut Vec<Effect>) {
    say(model, page_words(model), effects);
}

pub fn say(model: &Model, text: String, effects: &mut Vec<Effect>) {
    effects.push(Effect::Speak { text: bounded(text), speed: model.user.settings.voice_speed });
}

/// After each message: another place or 返回 ends the words before, and the focus may have new ones.
pub fn follow(model: &mut Model, before: Place, pressed: Option<RemoteKey>, effects: &mut Vec<Effect>) {
    let moved = Place::of(model) != before;
    let speaks = effects.iter().any(|e| matches!(e, Effect::Speak { .. }));
    let hushed = effects.contains(&Effect::Hush);
    let aloud = model.user.settings.reads_focus && model.power == Power::On && (pressed.is_some() || moved);
    let label = if aloud { screens::focused(model).label } else { String::new() };
    let new = aloud && label != model.voice.said;
    if aloud {
        model.voice.said.clone_from(&label);
    }
    if speaks {
        model.voice.reading = true;
    } else if new {
        model.voice.reading = true;
        say(model, label, effects);
    } else if model.voice.reading && !hushed && (moved || pressed == Some(RemoteKey::Back)) {
        effects.push(Effect::Hush);
        model.voice.reading = false;
    }
}

/// There is no voice on this television. 朗读 goes off with that: its row says what is so.
pub fn missing(model: &mut Model, effects: &mut Vec<Effect>) {
    model.voice.reading = false;
    if model.user.settings.reads_focus {
        model.user.settings.reads_focus = false;
        effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
    }
    screens::toast(model, "info", "这台电视还不会读");
}

fn bounded(text: String) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// The page in sentences: what it is, what it is about, what has the focus, and what else can be chosen.
pub fn page_words(model: &Model) -> String {
    let focused = screens::focused(model);
    let all = screens::focusables(model);
    let others: Vec<&str> = all.iter().filter(|f| f.id != focused.id).map(|f| f.label.as_str()).collect();
    let mut sentences = vec![title(model).to_owned()];
    sentences.extend(about(model));
    if others.is_empty() {
        sentences.push(focused.label);
    } else {
        sentences.push(format!("现在选的是：{}", focused.label));
        sentences.push(format!("还有：{}", others.join("，")));
    }
    sentences.dedup();
    let ends = |s: &str| s.ends_with(['。', '？', '！']);
    sentences.iter().map(|s| if ends(s) { s.clone() } else { format!("{s}。") }).collect()
}

fn title(model: &Model) -> &'static str {
    match model.page() {
        Page::Home(_) => "这是主页",
        Page::Live => "正在看电视",
        Page::Category(_) => "这里是课程",
        Page::Course(_) => "这是一门课",
        Page::Lesson(_) | Page::Part(_) => "正在看课",
        Page::Learning(_) => "这是我的学习",
        Page::History(_) => "这是看过的",
        Page::Guide(_) => "这是节目单",
        Page::Programme(_) => "这是节目介绍",
        Page::Bookings(_) => "这是我的预约",
        Page::Quiz(_) => "请答一道题",
        Page::Search(_) => "这里找课程",
        Page::Timetable(_) => "这是直播课表",
        Page::Waiting(_) => "直播课快开始了",
        Page::Visit(_) => "这是现场课",
        Page::Interests(_) => "这是我的兴趣",
        Page::Learners(_) => "这里换人学",
        Page::Names(_) => "请选一个称呼",
        Page::Survey(_) => "学校想听听您的想法",
        Page::Paper(_) => "这是一张证书或者档案",
        Page::Settings(_) => "这是设置",
    }
}

/// What the page is about beyond what can be chosen on it.
fn about(model: &Model) -> Option<String> {
    match model.page() {
        Page::Course(page) => {
            let course = model.catalogue.ready()?.course(&page.course)?;
            Some([course.title.as_str(), course.summary.as_str()].join("。").trim_end_matches('。').to_owned())
        }
        Page::Quiz(page) => page.question().map(|q| q.spoken.as_ref().unwrap_or(&q.prompt).clone()),
        Page::Survey(page) => page.question().map(|q| q.prompt.clone()),
        Page::Waiting(page) => Some(screens::waiting::words(model, page)),
        Page::Visit(page) => Some(screens::visit::words(model, page)),
        Page::Settings(page) => {
            let row = settings::spot(model, page);
            Some(settings::words(model, row).replace('\n', ""))
        }
        _ => None,
    }
}
