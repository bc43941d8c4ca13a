//! 回看: a programme that was on the air, played like a lesson. Its address is made from the channel's catch-up
//! template; the places of the last ones are kept with the viewer's data.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Effect, Model,
        civil::{self, DAY_MS},
        model::Page,
        screens::{
            self, guide,
            lesson::{Layer, LessonPage, Target},
        },
    },
    guide::{
        catchup::{Asked, Offer},
        lineup::{ChannelId, MediaSource},
        programme::Programme,
    },
    store::types::{ReplayPlace, StoreCommand},
    time::UtcMs,
};

/// Places kept of programmes that were left in the middle.
const KEPT: usize = 20;
/// Closer to its end than this a programme counts as seen, and begins anew.
const SEEN_MS: u64 = 60_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    pub channel: ChannelId,
    pub programme: Programme,
}

impl Replay {
    pub fn length_ms(&self) -> u64 {
        u64::try_from(self.programme.end.since(self.programme.start)).unwrap_or(0)
    }
}

/// Plays a programme from where it was left, else from its beginning. Says so kindly where it cannot be had.
pub fn open(model: &mut Model, channel: &ChannelId, programme: &Programme) {
    let replay = Replay { channel: channel.clone(), programme: programme.clone() };
    if sources(model, &replay).is_empty() {
        return screens::toast(model, "clock", "这个节目暂时不能回看");
    }
    let start_ms = place(model, &replay);
    let page = LessonPage { course: None, target: Target::Replay(replay), start_ms, layer: Layer::Picture };
    screens::push(model, Page::Lesson(page));
    if start_ms > 0 {
        screens::toast(model, "play", "接着上次的地方，蓝键从头看");
    }
}

/// Where the programme comes from now: what each source of the channel makes of the template, in their order.
pub fn sources(model: &Model, replay: &Replay) -> Vec<MediaSource> {
    let Programme { start, end, ref catchup_id, .. } = replay.programme;
    recordings(model, &replay.channel, (start, end), catchup_id.as_deref())
}

/// The same of what a channel had on the air in a span of time.
pub fn recordings(
    model: &Model,
    channel: &ChannelId,
    (start, end): (UtcMs, UtcMs),
    catchup_id: Option<&str>,
) -> Vec<MediaSource> {
    let found = model.lineup.ready().and_then(|l| l.by_id(channel));
    let Some((channel, catchup)) = found.and_then(|c| Some((c, c.catchup.as_ref()?))) else { return Vec::new() };
    let asked = Asked { start, end, now: model.now.utc, catchup_id, zone: &model.zone };
    let mut sources: Vec<MediaSource> = Vec::new();
    for live in &channel.sources {
        let Ok(mut made) = Offer::of(&live.url, catchup).source_around(&asked) else { continue };
        // One that the template names replaces the channel's own.
        let own = |name: &str| !made.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        made.headers = live.headers.iter().filter(|(n, _)| own(n)).chain(&made.headers).cloned().collect();
        // Where the template does not go by the channel's address, each source comes to the same.
        if !sources.iter().any(|s| s.url == made.url) {
            sources.push(made);
        }
    }
    sources
}

fn place(model: &Model, replay: &Replay) -> u64 {
    let start = replay.programme.start;
    let kept = model.user.replay_places.iter().find(|p| p.is(&replay.channel, start));
    kept.map_or(0, |p| p.at_ms).min(replay.length_ms().saturating_sub(SEEN_MS))
}

/// Remembers where the running programme is.
pub fn keep_place(model: &mut Model, replay: &Replay, at_ms: u64, effects: &mut Vec<Effect>) {
    let (channel, start) = (replay.channel.clone(), replay.programme.start);
    if at_ms > 0 && at_ms.saturating_add(SEEN_MS) < replay.length_ms() {
        let place = ReplayPlace { channel, start, at_ms };
        if model.user.replay_places.first() != Some(&place) {
            keep(model, StoreCommand::SaveReplayPlace(place), effects);
        }
    } else if model.user.replay_places.iter().any(|p| p.is(&channel, start)) {
        keep(model, StoreCommand::RemoveReplayPlace { channel, start }, effects);
    }
    while let Some(oldest) = model.user.replay_places.get(KEPT).cloned() {
        keep(model, StoreCommand::RemoveReplayPlace { channel: oldest.channel, start: oldest.start }, effects);
    }
}

fn keep(model: &mut Model, command: StoreCommand, effects: &mut Vec<Effect>) {
    model.user.apply(&command);
    effects.push(Effect::Store(command));
}

/// The programme after this one, where it can be seen, too.
pub fn next(model: &Model, replay: &Replay) -> Option<Replay> {
    let channel = model.lineup.ready()?.by_id(&replay.channel)?;
    let next = following(model, replay).filter(|p| guide::can_replay(model, channel, p))?;
    Some(Replay { channel: replay.channel.clone(), programme: next.clone() })
}

/// What the guide has after it, as far as that is known.
fn following<'a>(model: &'a Model, replay: &Replay) -> Option<&'a Programme> {
    let end = replay.programme.end;
    let ahead = model.programmes.between(&replay.channel, end, end.plus(DAY_MS), &model.zone);
    ahead.into_iter().find(|p| p.start >= end)
}

/// The days of the guide that tell what comes next: that of the end, and where nothing follows in it the one after.
pub fn wanted(model: &Model, replay: &Replay) -> Vec<(ChannelId, i32)> {
    let day = civil::day_number(replay.programme.end, &model.zone);
    let days = if following(model, replay).is_none() { day..=day.saturating_add(1) } else { day..=day };
    days.map(|day| (replay.channel.clone(), day)).collect()
}

/// `3 书画频道`
pub fn channel_label(model: &Model, replay: &Replay) -> String {
    let channel = model.lineup.ready().and_then(|l| l.by_id(&replay.channel));
    channel.map_or_else(String::new, |c| format!("{} {}", c.number, c.name))
}

/// `10:30—11:00 八段锦`
pub fn title(model: &Model, replay: &Replay) -> String {
    let time = |at| civil::time(at, &model.zone);
    let Programme { title, start, end, .. } = &replay.programme;
    format!("{}—{} {title}", time(*start), time(*end))
}
