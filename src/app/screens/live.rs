//! Full-screen live: the picture, its banner, changing channels.

use crate::{
    app::{
        Effect, Model, focus, lock,
        model::{Loadable, Overlay, Page},
        playback,
        screens::{self, channels, guide, lesson, menu, number, replay, shift},
    },
    guide::{lineup::ChannelId, programme::Programme},
    player::{captions, sounds, types::Phase},
    remote::{hands::Press, key::RemoteKey},
    store::types::StoreCommand,
};

/// The banner stays this long after the last key (LOOK §5).
pub const BANNER_MS: u64 = 15_000;
/// An opening that takes longer than this is said in words; a shorter one needs none.
pub const OPENING_WORDS_MS: u64 = 600;
/// One that takes longer than this is said to. Within five seconds of the key a viewer knows; the last of them is for a
/// machine that has much else to do.
pub const LATE_WORDS_MS: u64 = 4_000;

/// What the picture is, in words.
pub fn label(model: &Model) -> String {
    model.current_channel().map_or_else(|| "看电视".into(), |c| format!("{} {}", c.number, c.name))
}

pub fn show_banner(model: &mut Model) {
    model.banner_until = Some(model.now.mono.plus(BANNER_MS));
}

pub fn key(model: &mut Model, press: Press, effects: &mut Vec<Effect>) {
    match press.key {
        RemoteKey::Up | RemoteKey::ChannelUp | RemoteKey::PageUp => zap(model, true, effects),
        RemoteKey::Down | RemoteKey::ChannelDown | RemoteKey::PageDown => zap(model, false, effects),
        RemoteKey::Ok if number::has_just_gone(model) => show_banner(model),
        RemoteKey::Ok if shift::is_paused(model) => shift::play(model, effects),
        RemoteKey::Ok => {
            screens::press(model);
            channels::open(model);
        }
        RemoteKey::Digit(d) => number::start(model, d),
        RemoteKey::Info => show_banner(model),
        RemoteKey::Left | RemoteKey::Rewind => shift::step(model, true, press.repeat, effects),
        RemoteKey::Right | RemoteKey::Forward => shift::step(model, false, press.repeat, effects),
        RemoteKey::PlayPause | RemoteKey::Pause => shift::pause(model, effects),
        RemoteKey::Play => shift::play(model, effects),
        RemoteKey::Stop => shift::to_live(model, effects),
        RemoteKey::Blue => from_the_start(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Audio => next_sound(model, effects),
        RemoteKey::Subtitle => next_caption(model, effects),
        RemoteKey::Previous => to_channel_before(model, effects),
        RemoteKey::Yellow | RemoteKey::Favourite => {
            if let Some(id) = model.channel.clone() {
                toggle_favourite(model, &id, effects);
            }
        }
        RemoteKey::Back => match model.banner_until.take() {
            Some(_) => {}
            None => screens::go_home(model),
        },
        _ => screens::useless_key(model),
    }
}

/// What runs now on the channel, where it can be seen from its beginning.
pub fn replayable(model: &Model) -> Option<(ChannelId, Programme)> {
    let channel = model.current_channel()?;
    let now = model.now_next_of(&channel.id).now?;
    guide::can_replay(model, channel, &now).then(|| (channel.id.clone(), now))
}

fn from_the_start(model: &mut Model) {
    match replayable(model) {
        Some((channel, programme)) => replay::open(model, &channel, &programme),
        None => screens::toast(model, "clock", "这个节目不能从头看"),
    }
}

/// The neighbour in the lineup; the ends meet.
pub fn zap(model: &mut Model, forward: bool, effects: &mut Vec<Effect>) {
    let channels = model.channels();
    let at = model.channel.as_ref().and_then(|id| model.lineup.ready()?.index_of(id));
    let next = match at {
        Some(at) => focus::around(at, channels.len(), forward),
        None => 0,
    };
    match channels.get(next).map(|c| c.id.clone()) {
        Some(id) => switch(model, id, effects),
        None => screens::toast(model, "tv", "频道表正在路上，马上就好"),
    }
}

/// Makes `id` the running channel. The banner changes at once, the picture follows.
pub fn switch(model: &mut Model, id: ChannelId, effects: &mut Vec<Effect>) {
    if model.channel.as_ref() != Some(&id) {
        effects.push(Effect::Store(StoreCommand::SaveLastChannel(id.clone())));
        model.user.last_channel = Some(id.clone());
        let before = model.channel.replace(id);
        // One that stayed closed was not watched.
        if before.as_ref().is_none_or(|id| !lock::is_closed(model, id)) {
            model.channel_before = before;
        }
    }
    if matches!(model.page(), Page::Live) {
        show_banner(model);
    }
}

/// The channel watched before the running one. After a start it is the one that the history has.
pub fn channel_before(model: &Model) -> Option<&ChannelId> {
    let other = |id: &&ChannelId| {
        model.channel.as_ref() != Some(*id) && model.lineup.ready().is_some_and(|l| l.by_id(id).is_some())
    };
    model.channel_before.as_ref().filter(other).or_else(|| channels::recent(model).find(other))
}

/// The next of the channel's sounds, kept for it. The medium is opened anew with it, as on a change of channel.
pub fn next_sound(model: &mut Model, effects: &mut Vec<Effect>) {
    let playback = &model.playback;
    let Some(channel) = playback.channel().cloned() else { return screens::useless_key(model) };
    let at = focus::around(playback.sound, playback.sounds.len(), true);
    let Some(sound) = playback.sounds.get(at).cloned() else {
        return screens::toast(model, "info", "这个频道只有一种声音");
    };
    screens::toast(model, "check", format!("声音：{}", sounds::label(&sound, at)));
    let save = StoreCommand::SaveSound { channel, sound };
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    playback::change_sound(model, at, effects);
}

/// `声音：普通话`, where there is a choice.
pub fn sound_label(model: &Model) -> Option<String> {
    let playback = &model.playback;
    let sound = playback.sounds.get(playback.sound).filter(|_| playback.sounds.len() > 1)?;
    Some(format!("声音：{}", sounds::label(sound, playback.sound)))
}

/// The channel's next subtitles, and after the last ones none; kept for it. The picture goes on.
pub fn next_caption(model: &mut Model, effects: &mut Vec<Effect>) {
    let playback = &model.playback;
    let Some(channel) = playback.channel().cloned() else { return screens::useless_key(model) };
    let (all, chosen) = (&playback.captions.all, playback.captions.chosen);
    if all.is_empty() {
        return screens::toast(model, "subtitles", "这个频道没有字幕");
    }
    let at = Some(chosen.map_or(0, |at| at + 1)).filter(|at| *at < all.len());
    let caption = at.and_then(|at| all.get(at)).cloned();
    let save = StoreCommand::SaveCaption { channel, caption };
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    playback::change_caption(model, at, effects);
    if let Some(words) = caption_label(model) {
        screens::toast(model, "subtitles", words);
    }
}

/// `字幕：中文` or `字幕：关`, where the running channel has any.
pub fn caption_label(model: &Model) -> Option<String> {
    let captions = &model.playback.captions;
    if captions.all.is_empty() || model.playback.channel().is_none() {
        return None;
    }
    let shown = captions.chosen.and_then(|at| Some(captions::label(captions.all.get(at)?, at)));
    Some(format!("字幕：{}", shown.as_deref().unwrap_or("关")))
}

/// There and back again with one key.
pub fn to_channel_before(model: &mut Model, effects: &mut Vec<Effect>) {
    match channel_before(model).cloned() {
        Some(id) => switch(model, id, effects),
        None => screens::toast(model, "tv", "还没有换过频道"),
    }
}

pub fn toggle_favourite(model: &mut Model, id: &ChannelId, effects: &mut Vec<Effect>) {
    let on = !model.is_favourite(id);
    if on {
        model.user.favourite_channels.push(id.clone());
        screens::toast(model, "check", "已加到“我常看的”");
    } else {
        model.user.favourite_channels.retain(|c| c != id);
        screens::toast(model, "check", "已从“我常看的”拿掉");
    }
    effects.push(Effect::Store(StoreCommand::SetFavouriteChannel { channel: id.clone(), on }));
}

pub fn tick(model: &mut Model) {
    // A list or a dialog on top keeps the banner's time standing: it is not visible then.
    let visible = matches!(model.overlay, None | Some(Overlay::Number(_)));
    let over = visible && model.banner_until.is_some_and(|until| model.now.mono >= until);
    if over || !matches!(model.page(), Page::Live) {
        model.banner_until = None;
    }
}

/// What stands over the picture: what it waits for, or how far it is behind. Empty when there is nothing to say.
pub fn over(model: &Model) -> String {
    match words(model) {
        "" => match model.page() {
            Page::Live if model.channels().is_empty() => no_channel(model).into(),
            Page::Live => shift::words(model).unwrap_or_default(),
            Page::Lesson(page) if page.layer == lesson::Layer::Picture => {
                lesson::count_words(model, page).unwrap_or_default()
            }
            _ => String::new(),
        },
        words => words.to_owned(),
    }
}

/// What is said while there is no channel at all.
pub fn no_channel(model: &Model) -> &'static str {
    match model.lineup {
        Loadable::Failed => "频道表还没有来，电视正在再取",
        Loadable::Loading | Loadable::Ready(_) => "频道表正在路上，马上就好",
    }
}

/// What is said while the picture is not there yet; empty when there is nothing to say.
pub fn words(model: &Model) -> &'static str {
    let playback = &model.playback;
    match playback.phase {
        _ if playback.what.is_none() => "",
        Phase::Opening if model.now.mono.since(playback.opened_at) < OPENING_WORDS_MS => "",
        Phase::Opening if model.now.mono.since(playback.opened_at) < LATE_WORDS_MS => "正在打开",
        Phase::Opening => "还在打开，请等一等",
        Phase::Stalled { .. } | Phase::Reconnecting { .. } => "正在接上…",
        Phase::Failed { .. } => "暂时看不了",
        Phase::Idle | Phase::Playing | Phase::Paused | Phase::Ended => "",
    }
}
