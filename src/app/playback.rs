//! What is playing, as the model knows it: the session, its phase, the intent, the place. Which medium should play
//! follows from the page alone (`wanted`); `reconcile` asks the player for it.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model, lock,
        model::{Overlay, Page, Power},
        screens::{
            course,
            lesson::{LessonPage, Target},
            part, past, quiz,
            replay::{self, Replay},
            shift,
        },
    },
    catalogue::types::{CourseId, LessonId},
    guide::lineup::ChannelId,
    learning::{quiz::QuestionId, watching::Watching},
    player::{
        captions::Caption,
        sounds::Sound,
        subtitles::{Cue, cue_at},
        types::{
            LiveWindow, MediaKind, MediaRequest, Phase, PlayerCommand, PlayerEvent, SessionId, Speed, Trouble, Trust,
        },
    },
    store::types::{HistoryEntry, HistoryKey, StoreCommand},
    time::{MonoMs, UtcMs},
};

/// The position is written this often while a lesson plays: what a power cut may cost.
const SAVE_EVERY_MS: u64 = 10_000;
/// A seek's target stands for the position until the player has caught up.
const SEEK_SETTLES_MS: u64 = 1_500;
/// This near to a seek's target, the player has caught up …
const SEEK_ARRIVES_MS: u64 = 2_000;
/// … unless the seek was so short that positions from before it are as near: then only time tells.
const SHORT_SEEK_MS: u64 = 2 * SEEK_ARRIVES_MS;
/// A channel watched this long gets a line in the history.
const CHANNEL_COUNTS_AFTER_MS: u64 = 30_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Playing {
    Channel(ChannelId),
    Lesson {
        course: CourseId,
        target: Target,
    },
    Replay(Replay),
    /// A channel as it was on the air from this moment on, by its operator's catch-up.
    Past {
        channel: ChannelId,
        from: UtcMs,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    #[default]
    Play,
    Pause,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Playback {
    pub session: SessionId,
    pub what: Option<Playing>,
    pub phase: Phase,
    /// When the picture last moved, or the opening began.
    pub moved_at: MonoMs,
    pub opened_at: MonoMs,
    pub intent: Intent,
    pub has_frame: bool,
    pub position_ms: u64,
    pub duration_ms: Option<u64>,
    pub seek: Option<(u64, MonoMs)>,
    /// What of a live medium can be gone back to, and when that was said.
    pub window: Option<(LiveWindow, MonoMs)>,
    /// How far behind the edge a live medium was opened; counts until its window is known.
    pub behind_ms: u64,
    /// Of a lesson's own file of subtitles.
    pub cues: Vec<Cue>,
    pub captions: Captions,
    /// What there is to choose from, and which of them is heard. Empty where there is no choice.
    pub sounds: Vec<Sound>,
    pub sound: usize,
    /// Questions that stopped the lesson already.
    pub asked: Vec<QuestionId>,
    /// A part is looked at once more: the lesson's own place is kept.
    pub keeps_place_ms: Option<u64>,
    saved_at: MonoMs,
    watching: Watching,
    seek_is_short: bool,
    channel_noted: bool,
}

impl Playback {
    /// Where the viewer thinks the lesson is: the target of a seek that is under way, else the position.
    pub fn place_ms(&self) -> u64 {
        self.seek.map_or(self.position_ms, |(to, _)| to)
    }

    pub fn is_moving(&self) -> bool {
        self.has_frame && matches!(self.phase, Phase::Playing | Phase::Paused | Phase::Ended)
    }

    /// Where steady play began: nothing between there and the position was skipped.
    pub fn steady_since_ms(&self) -> Option<u64> {
        self.watching.since_ms()
    }

    /// The words that belong to the present place, shown or not.
    fn said(&self) -> &str {
        let cues = if self.cues.is_empty() { &self.captions.cues } else { &self.cues };
        cue_at(cues, self.position_ms).map_or("", |c| &c.text)
    }

    /// The channel that plays, now or from the past: whose sound and subtitles are the viewer's to choose.
    pub fn channel(&self) -> Option<&ChannelId> {
        match self.what.as_ref()? {
            Playing::Channel(id) | Playing::Past { channel: id, .. } => Some(id),
            Playing::Replay(replay) => Some(&replay.channel),
            Playing::Lesson { .. } => None,
        }
    }
}

/// Subtitles that the medium brings along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Captions {
    pub all: Vec<Caption>,
    /// None while no words are wanted.
    pub chosen: Option<usize>,
    /// Those around the present place.
    pub cues: Vec<Cue>,
}

/// The words under the picture now; empty where there are none, or none are wanted. A lesson goes by the setting, a
/// channel by what was chosen for it.
pub fn subtitle(model: &Model) -> &str {
    let playback = &model.playback;
    let wanted = match playback.what {
        Some(Playing::Lesson { .. }) => model.user.settings.subtitles,
        // In the small window at home they would be too small to read.
        Some(Playing::Channel(_) | Playing::Past { .. }) => {
            playback.captions.chosen.is_some() && matches!(model.page(), Page::Live)
        }
        Some(Playing::Replay(_)) => playback.captions.chosen.is_some(),
        None => false,
    };
    if wanted && playback.has_frame { playback.said() } else { "" }
}

/// The page that says what plays: what can go on without being looked at does, which a lesson cannot.
fn watched_page(model: &Model) -> &Page {
    match (model.page(), model.stack.len().checked_sub(2).and_then(|below| model.stack.get(below))) {
        (Page::Settings(_), Some(below)) if !matches!(below, Page::Lesson(_) | Page::Part(_)) => below,
        (page, _) => page,
    }
}

/// The channel that the page wants, at its edge or before it.
pub fn wanted_channel(model: &Model) -> Option<ChannelId> {
    // The guide lies on live or on Home: what runs there goes on to be heard, and is back at once.
    let on_channel = matches!(watched_page(model), Page::Home(_) | Page::Live | Page::Guide(_) | Page::Programme(_));
    if model.power != Power::On || !on_channel {
        return None;
    }
    let preview = match &model.overlay {
        Some(Overlay::Channels(list)) => {
            let open = list.preview.as_ref().filter(|id| !lock::is_closed(model, id));
            open.and_then(|id| model.lineup.ready()?.by_id(id))
        }
        _ => None,
    };
    let channel = preview.or_else(|| model.current_channel()).filter(|c| !lock::is_closed(model, &c.id));
    channel.map(|c| c.id.clone())
}

/// What the page wants to hear and see. Standby and plain pages want nothing, so no pipeline runs under them.
pub fn wanted(model: &Model) -> Option<Playing> {
    if model.power != Power::On {
        return None;
    }
    match watched_page(model) {
        Page::Home(_) | Page::Live | Page::Guide(_) | Page::Programme(_) => {
            let channel = wanted_channel(model)?;
            Some(past::playing(model, &channel).unwrap_or(Playing::Channel(channel)))
        }
        Page::Lesson(page) => match &page.target {
            Target::Replay(replay) if lock::is_closed(model, &replay.channel) => None,
            _ => wanted_by(page),
        },
        Page::Part(page) => wanted_by(&part::lesson(page)),
        // A lesson that waits for an answer stays open.
        Page::Quiz(page) => quiz::waiting_lesson(page).and_then(wanted_by),
        _ => None,
    }
}

fn wanted_by(page: &LessonPage) -> Option<Playing> {
    match (&page.target, &page.course) {
        (Target::Replay(replay), _) => Some(Playing::Replay(replay.clone())),
        (target, Some(course)) => Some(Playing::Lesson { course: course.clone(), target: target.clone() }),
        (_, None) => None,
    }
}

/// Opens what the page wants where it is not what runs.
pub fn reconcile(model: &mut Model, effects: &mut Vec<Effect>) {
    let want = wanted(model);
    if want == model.playback.what {
        return;
    }
    leave(model, effects);
    match want.and_then(|w| Some((request(model, &w)?, w))) {
        Some((request, what)) => open(model, what, request, effects),
        None => {
            if model.playback.what.is_some() {
                effects.push(Effect::Player(PlayerCommand::Stop));
            }
            let session = model.playback.session;
            model.playback = Playback { session, ..Playback::default() };
        }
    }
}

/// What is learnt from ends here, its place written down; a channel goes on.
pub fn put_down(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.playback.what, Some(Playing::Lesson { .. } | Playing::Replay(_))) {
        leave(model, effects);
        let_go(model, effects);
    }
}

/// What plays ends; what the page wants is opened anew.
pub fn let_go(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Player(PlayerCommand::Stop));
    let session = model.playback.session;
    model.playback = Playback { session, ..Playback::default() };
}

/// The first address of what plays.
pub fn playing_url(model: &Model) -> Option<String> {
    let what = model.playback.what.as_ref()?;
    request(model, what)?.sources.into_iter().next().map(|s| s.url)
}

/// Opens what runs again from `start_ms` ("再看一遍", "从头看").
pub fn restart(model: &mut Model, effects: &mut Vec<Effect>) {
    leave(model, effects);
    model.playback.what = None;
}

/// Opens what runs anew where it is, with the sound that was just wished for. What there is to choose from stays known
/// meanwhile, so that another press goes on from here.
pub fn change_sound(model: &mut Model, at: usize, effects: &mut Vec<Effect>) {
    let Some(what) = model.playback.what.clone() else { return };
    let Some(mut request) = request(model, &what) else { return };
    match request.kind {
        // A place that was just wished for and is not reached yet stays wished for, too.
        MediaKind::Live if model.playback.window.is_none() => request.behind_ms = model.playback.behind_ms,
        MediaKind::Live => request.behind_ms = shift::behind_ms(model).unwrap_or(0),
        MediaKind::OnDemand => request.start_ms = model.playback.place_ms(),
    }
    let behind_ms = request.behind_ms;
    let (sounds, captions) = (std::mem::take(&mut model.playback.sounds), std::mem::take(&mut model.playback.captions));
    leave(model, effects);
    open(model, what, request, effects);
    model.playback.sounds = sounds;
    model.playback.sound = at;
    model.playback.captions = Captions { cues: Vec::new(), ..captions };
    model.playback.behind_ms = behind_ms;
}

/// Other subtitles of what runs, or none. The picture goes on.
pub fn change_caption(model: &mut Model, at: Option<usize>, effects: &mut Vec<Effect>) {
    let captions = &mut model.playback.captions;
    let caption = at.and_then(|at| captions.all.get(at)).cloned();
    captions.chosen = at;
    captions.cues.clear();
    effects.push(Effect::Player(PlayerCommand::SetCaption { session: model.playback.session, caption }));
}

fn open(model: &mut Model, what: Playing, mut request: MediaRequest, effects: &mut Vec<Effect>) {
    let session = SessionId(model.playback.session.0 + 1);
    request.session = session;
    if let Some(url) = subtitle_url(model, &what) {
        effects.push(Effect::LoadSubtitles { session, url });
    }
    let lesson_length = match &what {
        Playing::Lesson { course, target: Target::Lesson(lesson) } => known_length_ms(model, course, lesson),
        Playing::Replay(replay) => Some(replay.length_ms()),
        _ => None,
    };
    let keeps_place_ms = place_kept_for_part(model, &what);
    model.playback = Playback {
        session,
        what: Some(what),
        phase: Phase::Opening,
        moved_at: model.now.mono,
        opened_at: model.now.mono,
        position_ms: request.start_ms,
        keeps_place_ms,
        duration_ms: lesson_length,
        saved_at: model.now.mono,
        ..Playback::default()
    };
    model.playback.watching.sent_to(request.start_ms);
    effects.push(Effect::Player(PlayerCommand::Open(request)));
}

/// Before the player has said it. A feed may leave it out; then it is what the player said the last time.
fn known_length_ms(model: &Model, course: &CourseId, lesson: &LessonId) -> Option<u64> {
    let course = model.catalogue.ready()?.course(course)?;
    let seconds = course::watched(model, course, course.lesson_index(lesson)?).duration_s;
    (seconds > 0).then_some(u64::from(seconds) * 1000)
}

fn subtitle_url(model: &Model, what: &Playing) -> Option<String> {
    let Playing::Lesson { course, target: Target::Lesson(lesson) } = what else { return None };
    let course = model.catalogue.ready()?.course(course)?;
    let lesson = course.lessons.iter().find(|l| &l.id == lesson)?;
    lesson.subtitles.first().map(|s| s.url.clone())
}

fn request(model: &Model, what: &Playing) -> Option<MediaRequest> {
    let mut request = MediaRequest {
        session: SessionId::default(),
        kind: MediaKind::Live,
        sources: Vec::new(),
        start_ms: 0,
        speed: Speed::Normal,
        trust: Trust::Operator,
        neighbours: Vec::new(),
        sound: None,
        caption: None,
        behind_ms: 0,
    };
    match what {
        Playing::Channel(id) => {
            let channels = model.channels();
            let at = model.lineup.ready()?.index_of(id)?;
            request.sources = channels.get(at)?.sources.clone();
            for forward in [true, false] {
                let near = channels.get(super::focus::around(at, channels.len(), forward));
                // Nothing of a locked one is fetched ahead, not even while it is open.
                let near = near.filter(|c| &c.id != id && !lock::is_locked(model, &c.id));
                request.neighbours.extend(near.and_then(|c| c.sources.first()).cloned());
            }
            request.neighbours.dedup();
            request.sound = model.user.sound_of(id).cloned();
            request.caption = model.user.caption_of(id).cloned();
        }
        Playing::Replay(replay) => {
            request.kind = MediaKind::OnDemand;
            request.sources = replay::sources(model, replay);
            request.sound = model.user.sound_of(&replay.channel).cloned();
            request.caption = model.user.caption_of(&replay.channel).cloned();
            request.speed = model.user.settings.speed;
            if let Page::Lesson(page) = model.page() {
                request.start_ms = page.start_ms;
            }
        }
        Playing::Past { channel, from } => {
            request.kind = MediaKind::OnDemand;
            request.sources = past::sources(model, channel, *from);
            request.sound = model.user.sound_of(channel).cloned();
            request.caption = model.user.caption_of(channel).cloned();
        }
        Playing::Lesson { course, target } => {
            let course = model.catalogue.ready()?.course(course)?;
            match target {
                Target::Lesson(id) => {
                    request.kind = MediaKind::OnDemand;
                    let lesson = course.lessons.iter().find(|l| &l.id == id)?;
                    request.sources = lesson.sources.clone();
                    request.caption = lesson.subtitles.is_empty().then(Caption::own_language);
                    request.speed = model.user.settings.speed;
                    match model.page() {
                        Page::Lesson(page) => request.start_ms = page.start_ms,
                        Page::Part(page) => request.start_ms = page.part.from_ms(),
                        _ => {}
                    }
                }
                Target::Class(id) => {
                    request.sources = course.live.iter().find(|l| &l.id == id)?.sources.clone();
                    request.caption = Some(Caption::own_language());
                }
                Target::Replay(_) => return None,
            }
        }
    }
    (!request.sources.is_empty()).then_some(request)
}

/// Writes down where the viewer was before something else plays.
fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.playback.what.clone() {
        Some(Playing::Lesson { .. } | Playing::Replay(_)) if model.playback.has_frame => save(model, effects),
        _ => {}
    }
}

/// Puts the running lesson's place on top of the history, a programme's of the past among those, and into the store.
pub fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Playing::Replay(replay)) = model.playback.what.clone() {
        model.playback.saved_at = model.now.mono;
        // Before its first picture it has no place of its own yet.
        if model.playback.has_frame {
            replay::keep_place(model, &replay, model.playback.place_ms(), effects);
        }
        return;
    }
    let Some(Playing::Lesson { course, target: Target::Lesson(lesson) }) = model.playback.what.clone() else { return };
    let Some(found) = model.catalogue.ready().and_then(|c| c.course(&course)) else { return };
    let Some(index) = found.lesson_index(&lesson) else { return };
    let Some(info) = found.lessons.get(index) else { return };
    let key = HistoryKey::Lesson { course, lesson };
    let known = model.user.history.iter().find(|e| e.key == key);
    let entry = HistoryEntry {
        key,
        title: found.title.clone(),
        detail: format!("第{}课 {}", index + 1, info.title),
        poster: found.poster.clone(),
        position_ms: model.playback.keeps_place_ms.unwrap_or(model.playback.place_ms()),
        // 0 while nobody knows it.
        duration_ms: model.playback.duration_ms.unwrap_or(u64::from(info.duration_s) * 1000),
        watched: known.map(|e| e.watched.clone()).unwrap_or_default(),
        at: model.now.utc,
    };
    model.playback.saved_at = model.now.mono;
    put_history(model, entry, effects);
    save_day(model, effects);
}

fn save_day(model: &Model, effects: &mut Vec<Effect>) {
    let day = super::civil::day_number(model.now.utc, model.zone_offset_s);
    if let Some((day, seconds)) = model.user.days.iter().find(|(d, _)| *d == day).copied() {
        effects.push(Effect::Store(StoreCommand::SaveDay { day, seconds }));
    }
}

/// What was watched by a clock that was wrong belongs to the day that it turned out to be.
pub fn clock_set(model: &mut Model, effects: &mut Vec<Effect>) {
    let seconds = std::mem::take(&mut model.undated_seconds);
    if seconds > 0 {
        let day = super::civil::day_number(model.now.utc, model.zone_offset_s);
        model.user.add_seconds(day, seconds);
        save_day(model, effects);
    }
}

/// The place of a lesson that is opened for a part of it only.
fn place_kept_for_part(model: &Model, what: &Playing) -> Option<u64> {
    let (Playing::Lesson { course, target: Target::Lesson(lesson) }, Page::Part(_)) = (what, model.page()) else {
        return None;
    };
    let key = HistoryKey::Lesson { course: course.clone(), lesson: lesson.clone() };
    Some(model.user.history.iter().find(|e| e.key == key).map_or(0, |e| e.position_ms))
}

fn put_history(model: &mut Model, entry: HistoryEntry, effects: &mut Vec<Effect>) {
    model.user.history.retain(|e| e.key != entry.key);
    effects.push(Effect::Store(StoreCommand::SaveHistory(entry.clone())));
    model.user.history.insert(0, entry);
}

/// Takes in an event of the running session; one of an earlier session is dropped.
pub fn player_event(model: &mut Model, session: SessionId, event: PlayerEvent, effects: &mut Vec<Effect>) {
    if session != model.playback.session || model.playback.what.is_none() {
        return;
    }
    if past::is_let_go(model) {
        return;
    }
    let now = model.now.mono;
    match event {
        PlayerEvent::FirstFrame => {
            model.playback.has_frame = true;
            model.playback.moved_at = now;
        }
        PlayerEvent::Phase(phase) => {
            if matches!(phase, Phase::Playing | Phase::Paused | Phase::Ended) {
                model.playback.moved_at = now;
            }
            let strained = matches!(
                phase,
                Phase::Stalled { trouble: Trouble::Stalled | Trouble::TooSlow, .. }
                    | Phase::Reconnecting { trouble: Trouble::Stalled | Trouble::TooSlow, .. }
            );
            if strained && matches!(model.playback.what, Some(Playing::Channel(_))) {
                model.strained_at = Some(now);
            }
            if matches!(phase, Phase::Opening | Phase::Reconnecting { .. } | Phase::Failed { .. }) {
                model.playback.watching.cut();
                // Another opening of the medium has a time of its own.
                model.playback.captions.cues.clear();
            }
            let ended = phase == Phase::Ended && model.playback.phase != Phase::Ended;
            let is_past = matches!(model.playback.what, Some(Playing::Past { .. }));
            let refused = is_past && !model.playback.has_frame && past::is_refusal(&phase);
            model.playback.phase = phase;
            match (ended, refused) {
                (true, _) if is_past => past::ended(model),
                (true, _) => lesson_ended(model, effects),
                (_, true) => past::refused(model),
                _ => {}
            }
        }
        PlayerEvent::Sounds { all, chosen } => {
            model.playback.sounds = all;
            model.playback.sound = chosen;
        }
        PlayerEvent::Captions { all, chosen } => {
            let captions = &mut model.playback.captions;
            if captions.chosen != chosen || captions.all != all {
                *captions = Captions { all, chosen, cues: Vec::new() };
            }
        }
        PlayerEvent::Cues(cues) => model.playback.captions.cues = cues,
        // Catch-up that goes on like a live list is gone along by moments of broadcast.
        PlayerEvent::Window(_) if matches!(model.playback.what, Some(Playing::Past { .. })) => {}
        PlayerEvent::Window(window) => model.playback.window = Some((window, now)),
        PlayerEvent::Position { position_ms, duration_ms } => {
            position(model, position_ms, duration_ms, effects);
        }
    }
}

fn position(model: &mut Model, position_ms: u64, duration_ms: Option<u64>, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    let playback = &mut model.playback;
    if let Some((to, at)) = playback.seek {
        // A place that stands still was reported because of the seek.
        let tells = !playback.seek_is_short || playback.phase == Phase::Paused;
        let arrived = position_ms.abs_diff(to) < SEEK_ARRIVES_MS && tells;
        if !arrived && now.since(at) < SEEK_SETTLES_MS {
            return;
        }
        playback.seek = None;
    }
    if position_ms != playback.position_ms {
        playback.moved_at = now;
    }
    let gained = playback.watching.position(position_ms, playback.phase == Phase::Playing, now);
    playback.position_ms = position_ms;
    if duration_ms.is_some_and(|d| d > 0) {
        playback.duration_ms = duration_ms;
    }
    if playback.phase != Phase::Playing {
        return;
    }
    if let Some(seconds) = gained {
        count_watched(model, seconds, effects);
    }
    let playback = &model.playback;
    match &playback.what {
        Some(Playing::Lesson { .. } | Playing::Replay(_)) if now.since(playback.saved_at) >= SAVE_EVERY_MS => {
            save(model, effects);
        }
        Some(Playing::Channel(_)) => note_channel(model, effects),
        _ => {}
    }
}

/// Seconds `[from, to)` that were shown whole.
fn count_watched(model: &mut Model, (from, to): (u32, u32), effects: &mut Vec<Effect>) {
    let Some(Playing::Lesson { course, target: Target::Lesson(lesson) }) = &model.playback.what else { return };
    let key = HistoryKey::Lesson { course: course.clone(), lesson: lesson.clone() };
    if !model.user.history.iter().any(|e| e.key == key) {
        // The line is written at once, so that even ten seconds of a new lesson are found again.
        save(model, effects);
    }
    if let Some(entry) = model.user.history.iter_mut().find(|e| e.key == key) {
        let before = entry.watched.total();
        entry.watched.add(from, to);
        let gained = entry.watched.total() - before;
        if model.clock_wrong {
            // Nobody knows which day it is: they are added when it is known.
            model.undated_seconds = model.undated_seconds.saturating_add(gained);
        } else {
            let day = super::civil::day_number(model.now.utc, model.zone_offset_s);
            model.user.add_seconds(day, gained);
        }
    }
}

fn lesson_ended(model: &mut Model, effects: &mut Vec<Effect>) {
    // What nobody has said the length of is as long as it was.
    let duration = model.playback.duration_ms.or(Some(model.playback.position_ms).filter(|p| *p > 0));
    if let Some(duration) = duration {
        model.playback.duration_ms = Some(duration);
        if let Some(seconds) = model.playback.watching.ended(duration, model.now.mono) {
            count_watched(model, seconds, effects);
        }
        model.playback.position_ms = duration;
    }
    model.playback.seek = None;
    save(model, effects);
    super::screens::lesson::ended(model);
    part::ended(model, effects);
}

fn note_channel(model: &mut Model, effects: &mut Vec<Effect>) {
    let long_enough = model.now.mono.since(model.playback.opened_at) >= CHANNEL_COUNTS_AFTER_MS;
    if model.playback.channel_noted || !long_enough || !matches!(model.page(), Page::Live) {
        return;
    }
    // A channel that is only looked at from the list counts when it is chosen.
    let Some(channel) = model.current_channel().filter(|c| model.playback.what == Some(Playing::Channel(c.id.clone())))
    else {
        return;
    };
    let entry = HistoryEntry {
        key: HistoryKey::Channel(channel.id.clone()),
        title: channel.name.clone(),
        detail: String::new(),
        poster: None,
        position_ms: 0,
        duration_ms: 0,
        watched: Default::default(),
        at: model.now.utc,
    };
    model.playback.channel_noted = true;
    put_history(model, entry, effects);
}

/// Moves the running lesson by `by_ms`; steps while a seek is under way add up.
pub fn seek_by(model: &mut Model, by_ms: i64, effects: &mut Vec<Effect>) {
    let from = i64::try_from(model.playback.place_ms()).unwrap_or(i64::MAX);
    seek_to(model, u64::try_from(from.saturating_add(by_ms)).unwrap_or(0), effects);
}

pub fn seek_to(model: &mut Model, to_ms: u64, effects: &mut Vec<Effect>) {
    // A second before the end, so that running forward stops at the last picture and not in the next lesson.
    let last = model.playback.duration_ms.map_or(u64::MAX, |d| d.saturating_sub(1_000));
    let to_ms = to_ms.min(last);
    // The place that is known may be a moment old: only a jump that is under way makes the same one needless.
    if model.playback.seek.is_some_and(|(to, _)| to == to_ms) {
        return;
    }
    // Of several jumps in a row none is short: where the first set out from does not matter to the last.
    let is_under_way = model.playback.seek.is_some() && !model.playback.seek_is_short;
    model.playback.seek_is_short = !is_under_way && model.playback.position_ms.abs_diff(to_ms) < SHORT_SEEK_MS;
    model.playback.seek = Some((to_ms, model.now.mono));
    model.playback.watching.sent_to(to_ms);
    effects.push(Effect::Player(PlayerCommand::Seek { session: model.playback.session, to_ms }));
}

pub fn set_intent(model: &mut Model, intent: Intent, effects: &mut Vec<Effect>) {
    model.playback.intent = intent;
    let session = model.playback.session;
    effects.push(Effect::Player(match intent {
        Intent::Play => PlayerCommand::Resume(session),
        Intent::Pause => PlayerCommand::Pause(session),
    }));
    if intent == Intent::Pause {
        save(model, effects);
    }
}
