//! What is playing, as the model knows it: the session, its phase, the intent, the place. Which medium should play
//! follows from the page alone (`wanted`); `reconcile` asks the player for it.

mod events;
mod kept;
mod request;
mod wanted;

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model,
        model::Page,
        screens::{lesson::Target, replay::Replay, shift},
    },
    catalogue::types::CourseId,
    guide::lineup::ChannelId,
    learning::{quiz::QuestionId, watching::Watching},
    player::{
        captions::Caption,
        sounds::Sound,
        subtitles::{Cue, words_at},
        types::{LiveWindow, MediaKind, MediaRequest, Phase, Plate, PlayerCommand, SessionId},
    },
    time::{MonoMs, UtcMs},
};
pub use events::player_event;
use kept::place_kept_for_part;
pub use kept::{clock_set, save};
use request::{known_length_ms, request, subtitle_url};
pub use wanted::{RUN_RESTS_MS, wanted, wanted_channel};

/// This near to a seek's target, the player has caught up …
const SEEK_ARRIVES_MS: u64 = 2_000;
/// … unless the seek was so short that positions from before it are as near: then only time tells.
const SHORT_SEEK_MS: u64 = 2 * SEEK_ARRIVES_MS;

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
    fn said(&self) -> String {
        let cues = if self.cues.is_empty() { &self.captions.cues } else { &self.cues };
        words_at(cues, self.position_ms)
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
    /// What stands there, where they are sent as pictures.
    pub plate: Option<Plate>,
}

/// The words under the picture now; empty where there are none, or none are wanted.
pub fn subtitle(model: &Model) -> String {
    if is_subtitled(model) && model.playback.has_frame { model.playback.said() } else { String::new() }
}

/// The subtitles that stand over the picture as a picture of their own.
pub fn plate(model: &Model) -> Option<&Plate> {
    model.playback.captions.plate.as_ref().filter(|_| is_subtitled(model) && model.playback.has_frame)
}

/// Whether words come under the picture, at this moment or later. A lesson goes by the setting, a channel by what was
/// chosen for it.
pub fn is_subtitled(model: &Model) -> bool {
    let playback = &model.playback;
    let brought_along = playback.captions.chosen.is_some();
    match playback.what {
        Some(Playing::Lesson { .. }) => model.user.settings.subtitles && (brought_along || !playback.cues.is_empty()),
        // In the small window at home they would be too small to read.
        Some(Playing::Channel(_) | Playing::Past { .. }) => brought_along && matches!(model.page(), Page::Live),
        Some(Playing::Replay(_)) => brought_along,
        None => false,
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
    model.playback.captions = Captions { cues: Vec::new(), plate: None, ..captions };
    model.playback.behind_ms = behind_ms;
}

/// Other subtitles of what runs, or none. The picture goes on.
pub fn change_caption(model: &mut Model, at: Option<usize>, effects: &mut Vec<Effect>) {
    let captions = &mut model.playback.captions;
    let caption = at.and_then(|at| captions.all.get(at)).cloned();
    captions.chosen = at;
    captions.cues.clear();
    captions.plate = None;
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

/// Writes down where the viewer was before something else plays.
fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.playback.what.clone() {
        Some(Playing::Lesson { .. } | Playing::Replay(_)) if model.playback.has_frame => save(model, effects),
        _ => {}
    }
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
