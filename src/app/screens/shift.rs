//! Going back in live television: pausing it, stepping through what its server still has, returning to the edge. What
//! the window is, the player says; where it is too short, or there is none, `past` takes over. A channel without
//! either says so kindly, and stands for as long as it is paused.

use crate::{
    app::{
        Effect, Model, civil,
        playback::{self, Intent},
        screens::{self, past},
    },
    player::types::{LiveWindow, Phase},
};

const STEP_MS: u64 = 10_000;
/// A held arrow runs in larger steps.
const RUN_MS: u64 = 30_000;
/// Closer to the edge than this nobody is behind: a picture is never quite at it.
const BEHIND_MS: u64 = 8_000;
/// A window shorter than this is left to catch-up, where there is any: a pause would outlast it.
const WORTH_MS: u64 = 30_000;

/// The window as it is now: both its ends go on with time.
fn window(model: &Model) -> Option<LiveWindow> {
    let (window, at) = model.playback.window?;
    let gone = model.now.mono.since(at);
    Some(LiveWindow { from_ms: window.from_ms.saturating_add(gone), live_ms: window.live_ms.saturating_add(gone) })
}

/// The window, where going back is its business.
fn own_window(model: &Model) -> Option<LiveWindow> {
    let long = |w: &LiveWindow| w.live_ms.saturating_sub(w.from_ms) >= WORTH_MS;
    window(model).filter(|w| long(w) || !past::is_offered(model))
}

/// How far the picture is behind the edge; none at the edge.
pub fn behind_ms(model: &Model) -> Option<u64> {
    let behind = match past::behind_ms(model) {
        // However little: it does not become live by itself.
        Some(behind) if !past::stands(model) => return Some(behind),
        Some(behind) => behind,
        None => window(model)?.live_ms.saturating_sub(model.playback.place_ms()),
    };
    (behind >= BEHIND_MS).then_some(behind)
}

pub fn is_paused(model: &Model) -> bool {
    model.playback.intent == Intent::Pause && (model.playback.window.is_some() || model.past.is_some())
}

/// What stands over the picture as long as it is not live.
pub fn words(model: &Model) -> Option<String> {
    if !matches!(model.playback.phase, Phase::Playing | Phase::Paused) && model.past.is_none() {
        return None;
    }
    let behind = match behind_ms(model) {
        Some(ms) if ms >= 60_000 => format!("已落后{}", civil::left(ms / 60_000 * 60_000)),
        Some(_) => "已落后不到1分钟".into(),
        None => String::new(),
    };
    match (is_paused(model), behind.is_empty()) {
        (true, _) if !past::goes_on(model) => Some("停住了，按【确认】看直播".into()),
        (true, true) => Some("停住了，按【确认】接着看".into()),
        (true, false) => Some(format!("停住了，{behind}，按【确认】接着看")),
        (false, false) => Some(format!("{behind}，按【看电视】回到直播")),
        (false, true) => None,
    }
}

/// `held`: the key is held down.
pub fn step(model: &mut Model, back: bool, held: bool, effects: &mut Vec<Effect>) {
    let by_ms = if held { RUN_MS } else { STEP_MS };
    if model.past.is_some() {
        return past::step(model, back, by_ms, held, effects);
    }
    let Some(window) = own_window(model) else {
        return match (past::is_offered(model), back) {
            (true, true) => past::go_back(model, by_ms),
            (true, false) => screens::toast(model, "info", "已经是直播了"),
            (false, _) => screens::toast(model, "info", "这个频道不能往回看"),
        };
    };
    let place = model.playback.place_ms();
    if back && place <= window.from_ms.saturating_add(STEP_MS / 2) {
        if past::is_offered(model) {
            // What the server's list has let go of, its recordings have.
            return past::go_back(model, window.live_ms.saturating_sub(place).saturating_add(by_ms));
        }
        return screens::toast(model, "info", "最早只能看到这里");
    }
    if !back && behind_ms(model).is_none() {
        return screens::toast(model, "info", "已经是直播了");
    }
    let to = if back { place.saturating_sub(by_ms) } else { place.saturating_add(by_ms) };
    playback::seek_to(model, to.clamp(window.from_ms, window.live_ms), effects);
}

pub fn pause(model: &mut Model, effects: &mut Vec<Effect>) {
    if is_paused(model) {
        return play(model, effects);
    }
    if model.past.is_some() || own_window(model).is_some() {
        return playback::set_intent(model, Intent::Pause, effects);
    }
    if !matches!(model.playback.phase, Phase::Playing | Phase::Paused) {
        return screens::toast(model, "info", "画面还没有来，请等一等");
    }
    if !past::is_offered(model) {
        // The telephone rings all the same: it is quiet, and what is on meanwhile is missed.
        screens::toast(model, "info", "停着时播的节目，不能补看");
    }
    past::hold(model, effects);
}

/// What 确认 does while it is paused, in words.
pub fn play_label(model: &Model) -> &'static str {
    if past::goes_on(model) { "接着看" } else { "看直播" }
}

/// Plays on where it was paused.
pub fn play(model: &mut Model, effects: &mut Vec<Effect>) {
    if !is_paused(model) {
        return;
    }
    if model.past.is_some() {
        return past::resume(model, effects);
    }
    playback::set_intent(model, Intent::Play, effects);
}

/// To the edge, playing.
pub fn to_live(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.past.is_some() {
        return past::leave(model, effects);
    }
    let Some(window) = window(model) else { return };
    play(model, effects);
    if behind_ms(model).is_some() {
        playback::seek_to(model, window.live_ms, effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::screens::tests::Sofa,
        player::types::{PlayerCommand, PlayerEvent},
        remote::key::RemoteKey,
    };

    fn on_live(window: Option<LiveWindow>) -> Sofa {
        let mut sofa = Sofa::new();
        sofa.plays();
        sofa.press(RemoteKey::Live);
        if let Some(window) = window {
            sofa.player(PlayerEvent::Window(window));
            sofa.player(PlayerEvent::Position { position_ms: window.live_ms, duration_ms: None });
        }
        sofa
    }

    fn seeks(sofa: &Sofa) -> Vec<u64> {
        let to = |e: &Effect| match e {
            Effect::Player(PlayerCommand::Seek { to_ms, .. }) => Some(*to_ms),
            _ => None,
        };
        sofa.effects.iter().filter_map(to).collect()
    }

    const WINDOW: LiveWindow = LiveWindow { from_ms: 10_000, live_ms: 100_000 };

    #[test]
    fn left_goes_back_by_ten_seconds_and_it_is_always_said() {
        let mut sofa = on_live(Some(WINDOW));
        assert_eq!(words(&sofa.model), None);
        sofa.press(RemoteKey::Right);
        assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("已经是直播了"));
        for to in [90_000, 80_000, 70_000] {
            sofa.press(RemoteKey::Left);
            assert_eq!(seeks(&sofa), [to]);
        }
        assert_eq!(words(&sofa.model).as_deref(), Some("已落后不到1分钟，按【看电视】回到直播"));
        for _ in 0..9 {
            sofa.press(RemoteKey::Left);
        }
        assert_eq!(sofa.model.playback.place_ms(), 10_000, "not before the window");
        assert_eq!(words(&sofa.model).as_deref(), Some("已落后1分钟，按【看电视】回到直播"));
        sofa.press(RemoteKey::Live);
        assert_eq!(seeks(&sofa), [100_000]);
        assert_eq!(behind_ms(&sofa.model), None);
    }

    #[test]
    fn a_pause_falls_behind_and_goes_on_where_it_stood() {
        let mut sofa = on_live(Some(WINDOW));
        sofa.press(RemoteKey::PlayPause);
        sofa.player(PlayerEvent::Phase(Phase::Paused));
        assert_eq!(words(&sofa.model).as_deref(), Some("停住了，按【确认】接着看"));
        sofa.wait(125_000);
        assert_eq!(words(&sofa.model).as_deref(), Some("停住了，已落后2分钟，按【确认】接着看"));
        sofa.press(RemoteKey::Ok);
        assert!(matches!(sofa.effects.as_slice(), [Effect::Player(PlayerCommand::Resume(_))]), "{:?}", sofa.effects);
        assert!(seeks(&sofa).is_empty());
    }

    #[test]
    fn a_channel_without_a_window_says_so() {
        let mut sofa = on_live(None);
        sofa.press(RemoteKey::Left);
        assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("这个频道不能往回看"));
    }

    #[test]
    fn home_shows_what_is_on_now() {
        let mut sofa = on_live(Some(WINDOW));
        sofa.press(RemoteKey::Pause);
        sofa.wait(60_000);
        sofa.press(RemoteKey::Home);
        assert_eq!(sofa.model.playback.intent, Intent::Play);
        assert_eq!(seeks(&sofa), [160_000]);
    }

    #[test]
    fn another_channel_begins_at_its_edge() {
        let mut sofa = on_live(Some(WINDOW));
        sofa.press(RemoteKey::Pause);
        sofa.press(RemoteKey::ChannelUp);
        assert_eq!((sofa.model.playback.window, sofa.model.playback.intent), (None, Intent::Play));
    }
}
