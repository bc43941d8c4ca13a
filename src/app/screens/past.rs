//! Going back in a channel whose stream keeps nothing to go back into: its operator's catch-up, asked for from any moment
//! on. Each step asks anew from its moment, since a transport stream has no other place to go to. Which of the two ways
//! a channel has, and what is said, is `shift`'s. A channel that has neither can be paused all the same: its picture stands
//! and it goes on at its edge.

use crate::{
    app::{
        Effect, Model,
        civil::DAY_MS,
        model::Page,
        playback::{self, Intent, Playing},
        screens::{self, replay},
    },
    guide::{
        catchup::{Grid, Offer},
        lineup::{ChannelId, MediaSource},
    },
    player::types::{Phase, PlayerCommand, Trouble},
    time::{MonoMs, UtcMs},
};

/// A server files what is on the air in pieces, when they are whole: what is newer than this may not be there yet.
pub const NEAREST_MS: i64 = 30_000;
/// One request asks for so much at most: a list of a whole day takes long to come.
const PIECE_MS: i64 = 3_600_000;
/// A server that counts in larger units than this cannot be stepped through.
const COARSEST_MS: i64 = 60_000;
/// A piece that ends so little before the next one can begin has ended there: what little is missing is not worth most of
/// a minute again.
const ROUNDED_MS: i64 = 2_000;
/// A stream that waits this long goes on where it stood. For longer, servers do not keep a connection that takes nothing.
const HOLDS_MS: u64 = 10_000;
/// Steps of a held key are asked for together, this long after the last of them.
const SETTLES_MS: u64 = 400;
/// A piece that ends sooner is none.
const LEAST_MS: u64 = 1_000;

/// A channel away from its edge, by catch-up.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    channel: ChannelId,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// The live picture of `at` stands, its stream waits until then.
    Held { at: UtcMs, until: MonoMs },
    /// The picture stands, and nothing is received any more.
    LetGo { at: UtcMs },
    /// Catch-up plays from this moment of broadcast on; `next`: where to go instead, and when.
    Plays { from: UtcMs, next: Option<(UtcMs, MonoMs)> },
}

/// Where catch-up from this moment on comes from.
pub fn sources(model: &Model, channel: &ChannelId, from: UtcMs) -> Vec<MediaSource> {
    if model.clock_wrong {
        return Vec::new();
    }
    if grid(model, channel).is_some_and(|grid| grid.unit_ms > COARSEST_MS) {
        return Vec::new();
    }
    let end = model.now.utc.min(from.plus(PIECE_MS));
    replay::recordings(model, channel, (from, end), None)
}

/// The beginnings that the channel's server can be asked for; `None` where any second is one.
fn grid(model: &Model, channel: &ChannelId) -> Option<Grid> {
    let channel = model.lineup.ready()?.by_id(channel)?;
    let live = channel.sources.first()?;
    Offer::of(&live.url, channel.catchup.as_ref()?).grid(model.now.utc, &model.zone)
}

/// Where the server begins when it is asked for `at`: what the picture is of.
fn begins(model: &Model, channel: &ChannelId, at: UtcMs) -> UtcMs {
    grid(model, channel).map_or(at, |grid| grid.floor(at))
}

/// The first place after `past` that the server can be asked for, at `at` or as little as possible beside it.
fn begins_after(model: &Model, channel: &ChannelId, past: UtcMs, at: UtcMs) -> UtcMs {
    match grid(model, channel) {
        None => at,
        Some(grid) if grid.floor(at) > past => grid.floor(at),
        Some(grid) => grid.ceil(past.plus(1)),
    }
}

/// Whether the running channel can be gone back in by catch-up.
pub fn is_offered(model: &Model) -> bool {
    model.playback.channel().is_some_and(|id| !sources(model, id, nearest(model)).is_empty())
}

pub fn stands(model: &Model) -> bool {
    model.past.as_ref().is_some_and(|p| !matches!(p.state, State::Plays { .. }))
}

/// Whether what stands goes on from there: in its own stream as long as that waits, later by catch-up alone.
pub fn goes_on(model: &Model) -> bool {
    match &model.past {
        Some(Past { channel, state: State::LetGo { at } }) => {
            !sources(model, channel, fetched_from(model, *at)).is_empty()
        }
        _ => true,
    }
}

/// The newest moment that catch-up is asked for.
fn nearest(model: &Model) -> UtcMs {
    model.now.utc.plus(-NEAREST_MS)
}

/// Rather some seconds twice than one of them not at all.
fn fetched_from(model: &Model, at: UtcMs) -> UtcMs {
    at.min(nearest(model))
}

/// Nothing is received: what the player still says is of a picture that is over.
pub fn is_let_go(model: &Model) -> bool {
    model.past.as_ref().is_some_and(|p| matches!(p.state, State::LetGo { .. }))
}

/// What of `channel` is watched instead of its edge.
pub fn playing(model: &Model, channel: &ChannelId) -> Option<Playing> {
    match model.past.as_ref().filter(|p| p.channel == *channel)?.state {
        State::Plays { from, .. } => Some(Playing::Past { channel: channel.clone(), from }),
        State::Held { .. } | State::LetGo { .. } => None,
    }
}

/// When what is seen was on the air.
fn moment(model: &Model) -> Option<UtcMs> {
    match model.past.as_ref()?.state {
        State::Held { at, .. } | State::LetGo { at } | State::Plays { next: Some((at, _)), .. } => Some(at),
        State::Plays { from, next: None } => {
            let opened = matches!(&model.playback.what, Some(Playing::Past { from: f, .. }) if *f == from);
            let place = if opened { model.playback.place_ms() } else { 0 };
            Some(from.plus(i64::try_from(place).unwrap_or(i64::MAX)).min(model.now.utc))
        }
    }
}

pub fn behind_ms(model: &Model) -> Option<u64> {
    Some(u64::try_from(model.now.utc.since(moment(model)?)).unwrap_or(0))
}

/// Plays the running channel as it was `by_ms` ago, or as near to that as its operator keeps it.
pub fn go_back(model: &mut Model, by_ms: u64) {
    let Some(channel) = model.playback.channel().cloned() else { return };
    let by_ms = i64::try_from(by_ms).unwrap_or(i64::MAX).max(NEAREST_MS);
    let from = begins(model, &channel, model.now.utc.plus(by_ms.saturating_neg()).max(earliest(model, &channel)));
    model.past = Some(Past { channel, state: State::Plays { from, next: None } });
}

/// The oldest moment that is kept, with a minute to spare: it goes on with time.
fn earliest(model: &Model, channel: &ChannelId) -> UtcMs {
    let catchup = model.lineup.ready().and_then(|l| l.by_id(channel)?.catchup.as_ref());
    let kept_ms = catchup.map_or(0, |c| i64::from(c.days).saturating_mul(DAY_MS));
    model.now.utc.plus((kept_ms - 60_000).max(0).saturating_neg())
}

/// A step from where the past is; forward as far as the edge.
pub fn step(model: &mut Model, back: bool, by_ms: u64, held: bool, effects: &mut Vec<Effect>) {
    let (Some(at), Some(Past { channel, state })) = (moment(model), model.past.clone()) else { return };
    if stands(model) && !is_offered(model) {
        if back {
            return screens::toast(model, "info", "这个频道不能往回看");
        }
        screens::toast(model, "live", "回到直播了");
        return leave(model, effects);
    }
    let by_ms = i64::try_from(by_ms).unwrap_or(i64::MAX);
    let to = if back {
        let earliest = earliest(model, &channel);
        if at <= earliest.plus(by_ms / 2) {
            return screens::toast(model, "info", "最早只能看到这里");
        }
        let to = at.plus(by_ms.saturating_neg()).max(earliest).min(nearest(model));
        begins(model, &channel, to)
    } else {
        begins_after(model, &channel, at, at.plus(by_ms))
    };
    if to > nearest(model) {
        screens::toast(model, "live", "回到直播了");
        return leave(model, effects);
    }
    let state = match state {
        State::Plays { from, next } if held || next.is_some() => {
            State::Plays { from, next: Some((to, model.now.mono.plus(SETTLES_MS))) }
        }
        _ => State::Plays { from: to, next: None },
    };
    model.past = Some(Past { channel, state });
}

/// The live picture stands from now on.
pub fn hold(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(channel) = model.playback.channel().cloned() else { return };
    playback::set_intent(model, Intent::Pause, effects);
    // What is sent whether or not anybody takes it cannot wait.
    let waits = playback::playing_url(model).is_some_and(|url| url.starts_with("http"));
    let until = model.now.mono.plus(if waits { HOLDS_MS } else { 0 });
    model.past = Some(Past { channel, state: State::Held { at: model.now.utc, until } });
}

/// Goes on where it stood, or at the edge where nobody has kept what was on meanwhile.
pub fn resume(model: &mut Model, effects: &mut Vec<Effect>) {
    if !goes_on(model) {
        return leave(model, effects);
    }
    match model.past.clone() {
        Some(Past { state: State::LetGo { at }, channel }) => {
            let from = begins(model, &channel, fetched_from(model, at));
            model.past = Some(Past { channel, state: State::Plays { from, next: None } });
        }
        Some(Past { state: State::Plays { .. }, .. }) => playback::set_intent(model, Intent::Play, effects),
        Some(Past { state: State::Held { .. }, .. }) | None => {
            model.past = None;
            playback::set_intent(model, Intent::Play, effects);
        }
    }
}

/// Back to the edge; whatever the page wants then is opened anew.
pub fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if stands(model) {
        playback::let_go(model, effects);
    }
    model.past = None;
}

/// A piece has been seen: the next one follows.
pub fn ended(model: &mut Model) {
    let seen_ms = model.playback.position_ms;
    let length_ms = model.playback.duration_ms.filter(|d| d.abs_diff(seen_ms) < LEAST_MS).unwrap_or(seen_ms);
    if length_ms < LEAST_MS {
        return refused(model);
    }
    let Some(Past { channel, state: State::Plays { from, next: wished } }) = model.past.clone() else { return };
    let end = from.plus(i64::try_from(length_ms).unwrap_or(i64::MAX));
    let next =
        begins_after(model, &channel, from, end.plus(if grid(model, &channel).is_some() { ROUNDED_MS } else { 0 }));
    // Where the server had less than it was asked for, the next minute may not be over yet.
    if next > end && next > nearest(model) {
        screens::toast(model, "live", "回到直播了");
        model.past = None;
        return;
    }
    model.past = Some(Past { channel, state: State::Plays { from: next, next: wished } });
}

/// The operator does not have it, whatever the list promises.
pub fn refused(model: &mut Model) {
    model.past = None;
    screens::toast(model, "live", "这一段看不了，回到直播了");
}

/// Whether trouble before the first picture says that there is nothing to wait for.
pub fn is_refusal(phase: &Phase) -> bool {
    let (Phase::Reconnecting { trouble, .. } | Phase::Failed { trouble, .. }) = phase else { return false };
    !matches!(
        trouble,
        Trouble::NoNetwork | Trouble::Dns | Trouble::ServerDown | Trouble::TooSlow | Trouble::Stalled | Trouble::Tls
    )
}

pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Past { channel, state }) = model.past.clone() else { return };
    let at = fetched_from(model, moment(model).unwrap_or(model.now.utc));
    // Elsewhere the picture is a window into what is on now.
    let is_here = !matches!(model.page(), Page::Home(_)) && playback::wanted_channel(model).as_ref() == Some(&channel);
    // What stands needs nobody.
    let has_ended = !stands(model) && sources(model, &channel, at).is_empty();
    if !is_here || has_ended {
        return leave(model, effects);
    }
    let now = model.now.mono;
    let state = match state {
        State::Held { at, until } if now >= until => {
            effects.push(Effect::Player(PlayerCommand::Stop));
            model.playback.phase = Phase::Paused;
            State::LetGo { at }
        }
        State::Plays { next: Some((to, when)), .. } if now >= when => State::Plays { from: to, next: None },
        other => other,
    };
    model.past = Some(Past { channel, state });
}

/// When something is due by time alone.
pub fn next_deadline(model: &Model) -> Option<MonoMs> {
    match model.past.as_ref()?.state {
        State::Held { until, .. } | State::Plays { next: Some((_, until)), .. } => Some(until),
        State::LetGo { .. } | State::Plays { next: None, .. } => None,
    }
}
