//! The sounds and the subtitles of a channel, from the sofa: chosen by a key, kept for the channel.

use super::tests::*;
use crate::{
    app::{Effect, playback, screens::live},
    guide::lineup::ChannelId,
    player::{
        captions::Caption,
        sounds::Sound,
        subtitles::Cue,
        types::{LiveWindow, Phase, Pixels, Plate, PlayerCommand, PlayerEvent, Trouble},
    },
    remote::key::RemoteKey,
    store::types::StoreCommand,
    time::MonoMs,
};

fn sounds() -> Vec<Sound> {
    [("普通话", "zh"), ("沪语", "wuu")].map(|(n, l)| Sound { name: n.into(), language: Some(l.into()) }).to_vec()
}

fn wished(sofa: &Sofa) -> Option<Option<Sound>> {
    sofa.effects.iter().find_map(|e| match e {
        Effect::Player(PlayerCommand::Open(r)) => Some(r.sound.clone()),
        _ => None,
    })
}

#[test]
fn the_sound_key_goes_round_and_the_choice_is_kept_for_the_channel() {
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Audio);
    assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("这个频道只有一种声音"));
    sofa.player(PlayerEvent::Sounds { all: sounds(), chosen: 0 });
    sofa.press(RemoteKey::Audio);
    let [mandarin, shanghai] = &sounds()[..] else { panic!() };
    assert_eq!(wished(&sofa), Some(Some(shanghai.clone())));
    assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("声音：沪语"));
    let save = StoreCommand::SaveSound { channel: ChannelId("c1".into()), sound: shanghai.clone() };
    assert!(sofa.effects.contains(&Effect::Store(save)));
    // The next press does not wait for the player.
    sofa.press(RemoteKey::Audio);
    assert_eq!(wished(&sofa), Some(Some(mandarin.clone())));
    sofa.press(RemoteKey::Audio);
    sofa.press(RemoteKey::ChannelUp);
    assert_eq!(wished(&sofa), Some(None), "another channel has its own");
    assert_eq!(live::sound_label(&sofa.model), None);
    sofa.press(RemoteKey::ChannelDown);
    assert_eq!(wished(&sofa), Some(Some(shanghai.clone())));
}

fn captions() -> Vec<Caption> {
    [("中文", "zh"), ("English", "en")].map(|(n, l)| Caption { name: n.into(), language: Some(l.into()) }).to_vec()
}

fn asked_for(sofa: &Sofa) -> Option<Option<Caption>> {
    sofa.effects.iter().find_map(|e| match e {
        Effect::Player(PlayerCommand::SetCaption { caption, .. }) => Some(caption.clone()),
        Effect::Player(PlayerCommand::Open(r)) => Some(r.caption.clone()),
        _ => None,
    })
}

#[test]
fn the_subtitle_key_goes_round_to_none_and_the_choice_is_kept_for_the_channel() {
    let toast = |sofa: &Sofa| sofa.model.toast.as_ref().map(|t| t.text.clone()).unwrap_or_default();
    let mut sofa = Sofa::on_live();
    sofa.press(RemoteKey::Subtitle);
    assert_eq!(toast(&sofa), "这个频道没有字幕");
    sofa.player(PlayerEvent::Captions { all: captions(), chosen: None });
    assert_eq!(live::caption_label(&sofa.model).as_deref(), Some("字幕：关"));
    for (words, caption) in
        [("字幕：中文", Some(0)), ("字幕：English", Some(1)), ("字幕：关", None), ("字幕：中文", Some(0))]
    {
        sofa.press(RemoteKey::Subtitle);
        let caption = caption.and_then(|at: usize| captions().get(at).cloned());
        assert_eq!((toast(&sofa).as_str(), asked_for(&sofa)), (words, Some(caption.clone())));
        let save = StoreCommand::SaveCaption { channel: ChannelId("c1".into()), caption };
        assert!(sofa.effects.contains(&Effect::Store(save)), "{words}");
    }
    assert!(sofa.model.user.settings.subtitles, "a lesson's setting is its own");
    sofa.press(RemoteKey::ChannelUp);
    assert_eq!(asked_for(&sofa), Some(None), "another channel has its own");
    sofa.press(RemoteKey::ChannelDown);
    assert_eq!(asked_for(&sofa), Some(captions().first().cloned()));
}

#[test]
fn words_of_a_channel_stand_on_its_own_page_only_and_go_with_its_picture() {
    let mut sofa = Sofa::on_live();
    let cue = Cue { start_ms: 1_000, end_ms: 9_000, text: "今天学三句".into() };
    let at = |sofa: &mut Sofa, position_ms| {
        sofa.player(PlayerEvent::Position { position_ms, duration_ms: None });
        playback::subtitle(&sofa.model)
    };
    sofa.player(PlayerEvent::FirstFrame);
    sofa.player(PlayerEvent::Phase(Phase::Playing));
    sofa.player(PlayerEvent::Captions { all: captions(), chosen: Some(0) });
    sofa.player(PlayerEvent::Cues(vec![cue]));
    assert_eq!((at(&mut sofa, 500).as_str(), at(&mut sofa, 2_000).as_str()), ("", "今天学三句"));
    sofa.press(RemoteKey::Home);
    assert_eq!(at(&mut sofa, 3_000), "", "too small to be read there");
    sofa.press(RemoteKey::Live);
    assert_eq!(at(&mut sofa, 4_000), "今天学三句");
    // Another opening of the medium has another time.
    let trouble = Trouble::Stalled;
    sofa.player(PlayerEvent::Phase(Phase::Reconnecting { attempt: 1, since: MonoMs(0), next_try: MonoMs(1), trouble }));
    assert_eq!(at(&mut sofa, 5_000), "");
    sofa.player(PlayerEvent::Captions { all: captions(), chosen: None });
    assert_eq!(at(&mut sofa, 6_000), "");
}

#[test]
fn subtitles_that_are_pictures_stand_where_words_would() {
    let plate = || Plate { place: (192, 108), x: 50, y: 80, width: 90, height: 12, pixels: Pixels::default() };
    let mut sofa = Sofa::on_live();
    sofa.player(PlayerEvent::FirstFrame);
    sofa.player(PlayerEvent::Phase(Phase::Playing));
    sofa.player(PlayerEvent::Captions { all: captions(), chosen: Some(0) });
    let stands = |sofa: &Sofa| playback::plate(&sofa.model).is_some();
    assert!(!stands(&sofa));
    sofa.player(PlayerEvent::Plate(Some(plate())));
    assert!(stands(&sofa) && playback::subtitle(&sofa.model).is_empty());
    sofa.press(RemoteKey::Home);
    assert!(!stands(&sofa), "too small to be read there");
    sofa.press(RemoteKey::Live);
    assert!(stands(&sofa));
    // None of the ones before stands while others are on their way.
    sofa.press(RemoteKey::Subtitle);
    assert!(!stands(&sofa));
    sofa.player(PlayerEvent::Captions { all: captions(), chosen: Some(1) });
    sofa.player(PlayerEvent::Plate(Some(plate())));
    sofa.player(PlayerEvent::Phase(Phase::Opening));
    assert!(!stands(&sofa), "another opening begins bare");
    sofa.player(PlayerEvent::Plate(Some(plate())));
    sofa.player(PlayerEvent::Plate(None));
    assert!(!stands(&sofa));
    // A recording keeps where they stood.
    let kept = serde_json::to_string(&PlayerEvent::Plate(Some(plate()))).unwrap();
    assert_eq!(serde_json::from_str::<PlayerEvent>(&kept).unwrap(), PlayerEvent::Plate(Some(plate())));
}

#[test]
fn a_change_of_the_sound_keeps_the_place() {
    let opened_behind = |sofa: &Sofa| {
        sofa.effects.iter().find_map(|e| match e {
            Effect::Player(PlayerCommand::Open(r)) => Some(r.behind_ms),
            _ => None,
        })
    };
    let mut sofa = Sofa::on_live();
    let window = LiveWindow { from_ms: 10_000, live_ms: 100_000 };
    let tell = |sofa: &mut Sofa, position_ms| {
        sofa.player(PlayerEvent::Sounds { all: sounds(), chosen: 0 });
        sofa.player(PlayerEvent::Window(window));
        sofa.player(PlayerEvent::Position { position_ms, duration_ms: None });
    };
    tell(&mut sofa, 100_000);
    sofa.press(RemoteKey::Audio);
    assert_eq!(opened_behind(&sofa), Some(0), "at the edge it stays there");
    tell(&mut sofa, 60_000);
    sofa.press(RemoteKey::Audio);
    assert_eq!(opened_behind(&sofa), Some(40_000));
    // The next press comes before the window is known.
    sofa.press(RemoteKey::Audio);
    assert_eq!(opened_behind(&sofa), Some(40_000));
    sofa.press(RemoteKey::ChannelUp);
    assert_eq!(opened_behind(&sofa), Some(0));
}
