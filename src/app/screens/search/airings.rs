//! Programmes as something to search: which are asked for, which are handed to the searcher, and which one a result means.

use std::collections::HashSet;

use crate::{
    app::{
        Model,
        civil::{self, day_begins},
    },
    guide::{lineup::ChannelId, programme::Programme},
    search::source::{Airing, airing_of},
};

/// Channels whose programmes are asked for when the page opens, beside what is known already.
const ASKED: usize = 60;

/// The programme of an id, where it is still known.
pub fn airing(model: &Model, id: &str) -> Option<(ChannelId, Programme)> {
    let (channel, start) = airing_of(id)?;
    let near = model.now_next_of(&channel);
    let near = [near.now, near.next].into_iter().flatten().find(|p| p.start == start);
    let programme = near.or_else(|| {
        let day = model.programmes.between(&channel, start, start.plus(1), &model.zone);
        day.into_iter().find(|p| p.start == start).cloned()
    });
    Some((channel, programme?))
}

/// What is on and what comes today and tomorrow, as far as the guide has told; each title once a channel, the next time
/// that it is on.
pub fn airings(model: &Model) -> Vec<Airing> {
    if model.clock_wrong {
        return Vec::new();
    }
    let now = model.now.utc;
    let today = civil::day_number(now, &model.zone);
    let end = day_begins(today.saturating_add(2), &model.zone);
    let mut all: Vec<Airing> = Vec::new();
    let mut take = |channel: &ChannelId, programme: &Programme| {
        if programme.end > now && programme.start < end {
            let (channel, title) = (channel.clone(), programme.title.clone());
            all.push(Airing { channel, title, start: programme.start });
        }
    };
    for channel in model.now_next.keys() {
        let known = model.now_next_of(channel);
        known.now.iter().chain(&known.next).for_each(|p| take(channel, p));
    }
    model.programmes.all().for_each(|(channel, programme)| take(channel, programme));
    all.sort_by(|a, b| (a.start, &a.channel, &a.title).cmp(&(b.start, &b.channel, &b.title)));
    let mut known = HashSet::new();
    all.retain(|a| known.insert((a.channel.clone(), a.title.clone())));
    all
}

/// Channels whose programmes are worth asking for while the page is open.
pub fn asked(model: &Model) -> impl Iterator<Item = &ChannelId> {
    let favourites = model.user.favourite_channels.iter();
    favourites.chain(model.channels().iter().map(|c| &c.id)).take(ASKED)
}
