//! What the player tells of the running session. What of it is written down is `kept`'s.

use super::{
    Captions, Playing, SEEK_ARRIVES_MS,
    kept::{count_watched, note_channel, save},
};
use crate::{
    app::{
        Effect, Model,
        screens::{lesson, part, past},
    },
    player::types::{Phase, PlayerEvent, SessionId, Trouble},
};

/// The position is written this often while a lesson plays: what a power cut may cost.
const SAVE_EVERY_MS: u64 = 10_000;
/// A seek's target stands for the position until the player has caught up.
const SEEK_SETTLES_MS: u64 = 1_500;

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
                model.playback.captions.plate = None;
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
                *captions = Captions { all, chosen, ..Captions::default() };
            }
        }
        PlayerEvent::Cues(cues) => model.playback.captions.cues = cues,
        PlayerEvent::Plate(plate) => model.playback.captions.plate = plate,
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
    lesson::ended(model);
    part::ended(model, effects);
}
