//! 设置: how the television does things for who sits in front of it. Rows left; the right side shows at once what the one
//! in focus does. Only rows that do something are here.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, scroll},
        model::Page,
        screens::{self, Focusable, dialog, interests, learners, lesson, menu, pin},
        speech,
    },
    player::types::Speed,
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

/// Rows in sight at once.
pub const ROWS: usize = 6;
/// Pages that stay below this one. With its dialog, a lesson's bar and Home that makes six presses of 返回.
const BELOW: usize = 3;
/// Of what was looked for, named before it is deleted.
const SEARCHES_NAMED: usize = 3;

/// A row has the focus by its name: others may come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// 字幕
    Subtitles,
    /// 语速
    Speed,
    /// 学习记录
    Records,
    /// 换人学
    Learners,
    /// 我的兴趣
    Interests,
    /// 频道锁
    Lock,
    /// 删掉找过的
    Searches,
    /// 朗读
    Voice,
    /// 朗读快慢
    VoiceSpeed,
    /// 关于这台电视
    About,
}

impl Row {
    const ALL: [Self; 10] = [
        Self::Subtitles,
        Self::Speed,
        Self::Learners,
        Self::Records,
        Self::Interests,
        Self::Lock,
        Self::Searches,
        Self::Voice,
        Self::VoiceSpeed,
        Self::About,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::Subtitles => "settings.subtitles",
            Self::Speed => "settings.speed",
            Self::Learners => "settings.learners",
            Self::Records => "settings.records",
            Self::Interests => "settings.interests",
            Self::Lock => "settings.lock",
            Self::Searches => "settings.searches",
            Self::Voice => "settings.voice",
            Self::VoiceSpeed => "settings.voice-speed",
            Self::About => "settings.about",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Subtitles => "字幕",
            Self::Speed => "语速",
            Self::Learners => "换人学",
            Self::Records => "学习记录",
            Self::Interests => "我的兴趣",
            Self::Lock => "频道锁",
            Self::Searches => "删掉找过的",
            Self::Voice => "朗读",
            Self::VoiceSpeed => "朗读快慢",
            Self::About => "关于这台电视",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Subtitles => "subtitles",
            Self::Speed => "speed",
            Self::Learners => "person",
            Self::Records => "book",
            Self::Interests => "heart",
            Self::Lock => "shield",
            Self::Searches => "trash",
            Self::Voice | Self::VoiceSpeed => "speaker",
            Self::About => "tv",
        }
    }
}

/// From slow to fast, as left and right go.
const SPEEDS: [Speed; 3] = [Speed::Slow, Speed::Normal, Speed::Fast];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsPage {
    pub focus: Row,
}

/// On top of the page it was called on, which 返回 leads back to. Of what lies further below only the last pages stay.
pub fn open(model: &mut Model) {
    // Coming back, a lesson goes on where it was left.
    let place = model.playback.what.is_some().then(|| model.playback.place_ms());
    if let (Some(Page::Lesson(page)), Some(place)) = (model.stack.last_mut(), place) {
        page.start_ms = place;
    }
    let focus = match model.stack.iter().find(|page| matches!(page, Page::Settings(_))) {
        Some(Page::Settings(page)) => page.focus,
        _ => Row::Subtitles,
    };
    model.stack.retain(|page| !matches!(page, Page::Settings(_)));
    let spare = model.stack.len().saturating_sub(1 + BELOW);
    if spare > 0 {
        model.stack.drain(1..=spare);
    }
    screens::push(model, Page::Settings(SettingsPage { focus }));
}

pub fn rows(model: &Model) -> Vec<Row> {
    Row::ALL.into_iter().filter(|row| *row != Row::Records || model.records.is_some()).collect()
}

/// What can be chosen on the row by left and right; empty where 确认 opens something.
pub fn options(row: Row) -> &'static [&'static str] {
    match row {
        Row::Subtitles | Row::Voice => &["开", "关"],
        Row::Speed | Row::VoiceSpeed => &["慢一点", "平常", "快一点"],
        Row::Learners | Row::Records | Row::Interests | Row::Lock | Row::Searches | Row::About => &[],
    }
}

/// Which of its options holds.
pub fn chosen(model: &Model, row: Row) -> Option<usize> {
    let settings = &model.user.settings;
    match row {
        Row::Subtitles => Some(usize::from(!settings.subtitles)),
        Row::Voice => Some(usize::from(!settings.reads_focus)),
        Row::Speed => SPEEDS.iter().position(|s| *s == settings.speed),
        Row::VoiceSpeed => SPEEDS.iter().position(|s| *s == settings.voice_speed),
        Row::Learners | Row::Records | Row::Interests | Row::Lock | Row::Searches | Row::About => None,
    }
}

/// At the right of the row: what holds, or what is behind it.
pub fn value(model: &Model, row: Row) -> String {
    let settings = &model.user.settings;
    if let Some(option) = chosen(model, row).and_then(|at| options(row).get(at)) {
        return (*option).into();
    }
    match row {
        Row::Learners => model.learners.roster.now_name().into(),
        Row::Records if settings.records_since.is_some() => "送给学校".into(),
        Row::Records => "不送".into(),
        Row::Lock if model.user.pin.is_some() => "换密码".into(),
        Row::Lock => "没有锁".into(),
        Row::Searches if settings.searches.is_empty() => "没有".into(),
        Row::Searches => format!("{}样", settings.searches.len()),
        Row::About => "版本和电话".into(),
        _ => "看看".into(),
    }
}

/// What 确认 does on the row.
pub fn action(model: &Model, row: Row) -> &'static str {
    match row {
        Row::Subtitles | Row::Speed | Row::Voice | Row::VoiceSpeed => "换下一个",
        Row::Lock if model.user.pin.is_some() => "换密码",
        Row::Lock => "怎样上锁",
        Row::Searches => "删掉",
        Row::Learners | Row::Records | Row::Interests | Row::About => "打开",
    }
}

/// What the panel says of the row, one sentence a line.
pub fn words(model: &Model, row: Row) -> String {
    let settings = &model.user.settings;
    match row {
        Row::Subtitles if settings.subtitles => "讲课时，下面有字。".into(),
        Row::Subtitles => "讲课时，下面没有字。".into(),
        Row::Speed => match settings.speed {
            Speed::Slow => "慢一点，听得更清楚。",
            Speed::Normal => "老师讲多快，就放多快。",
            Speed::Fast => "快一点，省些时间。",
        }
        .into(),
        Row::Learners => match model.learners.roster.count() {
            1 => "家里别的人也能在这里学。\n各学各的，记录不会混。".into(),
            n => format!("这台电视上有{n}位在学。\n各学各的，记录不会混。"),
        },
        Row::Records => "学了什么，可以告诉学校。\n不送姓名，随时可以收回。".into(),
        Row::Interests => "电视以为您喜欢这些。\n不对的可以改，也可以忘掉。".into(),
        Row::Lock if model.user.pin.is_some() => match model.user.locked_channels.len() {
            0 => "现在没有上锁的频道。\n密码可以先换好。".into(),
            n => format!("有{n}个频道上了锁。\n换密码要先按现在的密码。"),
        },
        Row::Lock => HOW_TO_LOCK.into(),
        Row::Searches if settings.searches.is_empty() => "还没有找过什么。".into(),
        Row::Searches => {
            let named: Vec<&str> = settings.searches.iter().take(SEARCHES_NAMED).map(|s| s.title.as_str()).collect();
            format!("删了，找课程时不再列出。\n{}", named.join("\n"))
        }
        Row::Voice if settings.reads_focus => "选到哪里，就读到哪里。\n整页要听，按【菜单】。".into(),
        Row::Voice => "选到哪里都不读。\n整页要听，按【菜单】。".into(),
        Row::VoiceSpeed => match settings.voice_speed {
            Speed::Slow => "读得慢一点。",
            Speed::Normal => "读得不快不慢。",
            Speed::Fast => "读得快一点。",
        }
        .into(),
        Row::About => about(model),
    }
}

const HOW_TO_LOCK: &str = "看着频道按【菜单】，\n选“这个频道…”，\n再选“给这个频道上锁”。";

fn about(model: &Model) -> String {
    let version = format!("金色学堂 {}", env!("CARGO_PKG_VERSION"));
    match &model.service_phone {
        Some(phone) => format!("{version}\n要人帮忙，请打 {phone}。"),
        None => format!("{version}\n要人帮忙，请找装电视的人。"),
    }
}

/// The focused row; the first one where that went away.
pub fn spot(model: &Model, page: &SettingsPage) -> Row {
    let rows = rows(model);
    if rows.contains(&page.focus) { page.focus } else { rows.first().copied().unwrap_or(page.focus) }
}

/// The rows in sight, and how many there are above them.
pub fn in_sight(model: &Model, page: &SettingsPage) -> (usize, Vec<Row>) {
    let rows = rows(model);
    let at = rows.iter().position(|row| *row == spot(model, page)).unwrap_or(0);
    let first = scroll(at, rows.len(), ROWS);
    (first, rows.into_iter().skip(first).take(ROWS).collect())
}

pub fn focusables(model: &Model, page: &SettingsPage) -> Vec<Focusable> {
    let (_, rows) = in_sight(model, page);
    rows.into_iter().map(|row| Focusable::new(row.id(), format!("{} {}", row.name(), value(model, row)))).collect()
}

pub fn focus_id(model: &Model, page: &SettingsPage) -> String {
    spot(model, page).id().into()
}

pub fn key(model: &mut Model, page: SettingsPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let row = spot(model, &page);
    match key {
        // LOOK §8 has 返回 restore what was changed: a size of text is tried on and may be hard to read. Nothing here makes
        // the page worse to read, so what was changed and seen at once stays.
        RemoteKey::Back => return screens::back(model),
        RemoteKey::Menu => return menu::open(model),
        RemoteKey::Ok => {
            screens::press(model);
            return open_row(model, row, effects);
        }
        _ => {}
    }
    let Some(way) = Way::from_key(key) else { return screens::useless_key(model) };
    let done = match way {
        Way::Up | Way::Down => step(model, row, way == Way::Down),
        Way::Left | Way::Right => {
            let next = chosen(model, row).and_then(|at| along(at, options(row).len(), way == Way::Right));
            next.is_some_and(|at| {
                choose(model, row, at, effects);
                true
            })
        }
    };
    if !done {
        screens::nudge(model, way);
    }
}

fn step(model: &mut Model, row: Row, down: bool) -> bool {
    let rows = rows(model);
    let at = rows.iter().position(|r| *r == row).unwrap_or(0);
    let next = along(at, rows.len(), down).and_then(|at| rows.get(at).copied());
    if let (Some(focus), Some(Page::Settings(top))) = (next, model.stack.last_mut()) {
        top.focus = focus;
    }
    next.is_some()
}

fn choose(model: &mut Model, row: Row, at: usize, effects: &mut Vec<Effect>) {
    match row {
        Row::Subtitles if (at == 0) != model.user.settings.subtitles => lesson::toggle_subtitles(model, effects),
        Row::Speed => {
            if let Some(speed) = SPEEDS.get(at) {
                lesson::set_speed(model, *speed, effects);
            }
        }
        Row::Voice => {
            model.user.settings.reads_focus = at == 0;
            save(model, effects);
            if at == 0 {
                speech::say(model, words(model, row), effects);
            } else {
                effects.push(Effect::Hush);
            }
        }
        // It is heard at once.
        Row::VoiceSpeed => {
            if let Some(speed) = SPEEDS.get(at) {
                model.user.settings.voice_speed = *speed;
                save(model, effects);
                speech::say(model, words(model, row), effects);
            }
        }
        Row::Subtitles | Row::Learners | Row::Records | Row::Interests | Row::Lock | Row::Searches | Row::About => {}
    }
}

fn save(model: &Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}

fn open_row(model: &mut Model, row: Row, effects: &mut Vec<Effect>) {
    match row {
        // It goes round, for hands that only know this key.
        Row::Subtitles | Row::Speed | Row::Voice | Row::VoiceSpeed => {
            let next = chosen(model, row).map_or(0, |at| (at + 1) % options(row).len().max(1));
            choose(model, row, next, effects);
        }
        Row::Records => dialog::about_records(model),
        // From the bottom, so that from their own pages, too, few presses of 返回 reach Home.
        Row::Interests | Row::Learners => {
            screens::go_home(model);
            screens::push(model, Page::Settings(SettingsPage { focus: row }));
            match row {
                Row::Learners => learners::open(model),
                _ => interests::open(model),
            }
        }
        Row::Lock if model.user.pin.is_some() => pin::ask_change(model, effects),
        Row::Lock => dialog::tell(model, "怎样给频道上锁？", HOW_TO_LOCK.replace('\n', "")),
        Row::Searches if model.user.settings.searches.is_empty() => {
            screens::toast(model, "info", "还没有找过什么");
        }
        Row::Searches => dialog::ask_clear_searches(model),
        Row::About => {
            let words = about(model);
            let (title, line) = words.split_once('\n').unwrap_or((&words, ""));
            dialog::tell(model, title, line);
        }
    }
}
