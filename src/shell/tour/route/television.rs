//! Watching: live, its list, its lock, 节目单, and the operator's server gone.

use super::{Step, Way};
use crate::{
    app::{
        Model,
        model::{Overlay, Page},
        playback::Playing,
        programmes::Known,
        screens,
    },
    player::types::Phase,
    shell::desk::Desk,
};

/// Every channel of the open list has its programme, so that none arrives after the picture.
fn list_is_complete(desk: &Desk) -> bool {
    let Some(Overlay::Channels(list)) = &desk.model.overlay else { return false };
    let members = screens::channels::members(&desk.model, &list.group);
    members.iter().all(|c| desk.model.now_next_of(&c.id).now.is_some())
}

fn on_the_channel(model: &Model) -> bool {
    matches!(&model.playback.what, Some(Playing::Channel(id)) if Some(id) == model.channel.as_ref())
}

pub(super) fn live(way: &mut Way) {
    way.press("live");
    way.live_picture();
    way.picture("live-banner");
    way.shot("back", "live");
    way.shot("2", "number-entry");
    way.shot("back 3 6 ok", "number-none");
    way.press("back ok");
    way.until("the programme of every channel", list_is_complete);
    way.picture("channels");
    way.press("left down down down down");
    way.until("the programme of every channel", list_is_complete);
    way.picture("channels-groups");
    way.shot("right down down yellow", "channels-all");
    way.press("yellow");
    way.shot("left up up up up up up", "channels-empty");
    way.shot("back yellow", "toast");
    way.shot("red", "toast-useless-key");
    way.shot("menu", "menu-live");
    channel_lock(way);
    way.press("channel-up");
    way.until("the next channel", |desk| on_the_channel(&desk.model));
    way.live_picture();
    way.picture("live-next-channel");
}

/// From the open menu: the running channel is locked, asks for the PIN after a rest, and is set free again.
fn channel_lock(way: &mut Way) {
    way.choose("这个频道…");
    way.picture("menu-channel");
    way.shot("down ok", "pin-new");
    way.press("2 5 8 0 2 5 8 0");
    way.until("the lock", |desk| desk.model.overlay.is_none() && !desk.model.user.locked_channels.is_empty());
    way.press("power ok live");
    way.shot("2 5", "pin");
    way.press("left 1 1 1 1");
    way.until(
        "an answer to a wrong PIN",
        |desk| matches!(&desk.model.overlay, Some(Overlay::Pin(card)) if card.said == screens::pin::Said::Wrong),
    );
    way.picture("pin-wrong");
    way.press("2 5 8 0");
    way.live_picture();
    way.menu("这个频道…");
    way.press("down ok 2 5 8 0");
    way.until("no lock", |desk| desk.model.overlay.is_none() && desk.model.user.locked_channels.is_empty());
}

/// The guide's rows, or its words, are there.
fn guide_is_complete(desk: &Desk) -> bool {
    let Page::Guide(page) = desk.model.page() else { return false };
    let now = desk.model.now.mono;
    let wanted = screens::guide::wanted(&desk.model, page).into_iter();
    wanted.map(|(id, day)| desk.model.programmes.known(&id, day, now)).all(|known| matches!(known, Known::Day(_)))
}

/// 节目单 in both forms, a programme, and what is booked.
pub(super) fn programmes(way: &mut Way) {
    let complete = |way: &mut Way| way.until("the programmes", guide_is_complete);
    way.press("guide");
    complete(way);
    way.picture("guide");
    way.shot("down down ok", "guide-booked");
    way.shot("ok", "dialog-unbook");
    way.press("back channel-up");
    complete(way);
    way.shot("ok", "dialog-clash");
    way.press("right ok");
    way.shot("info", "programme");
    way.press("back left");
    complete(way);
    way.picture("guide-yesterday");
    way.press("right right right right right");
    complete(way);
    way.picture("guide-empty-day");
    way.press("green guide");
    complete(way);
    way.picture("grid");
    way.shot("up right right", "grid-later");
    way.shot("menu", "menu-guide");
    way.choose("我的预约");
    way.picture("bookings");
    way.press("back");
}

/// The operator's server is gone; then the box goes to rest.
pub(super) fn trouble(way: &mut Way) {
    way.press("live");
    way.live_picture();
    way.0.push_back(Step::Close);
    // A channel that nobody has fetched ahead.
    way.press("5 ok");
    way.until("the player to notice", |desk| {
        on_the_channel(&desk.model) && matches!(desk.model.playback.phase, Phase::Reconnecting { .. })
    });
    way.0.push_back(Step::Pass(screens::trouble::AFTER_MS));
    way.picture("trouble");
    way.shot("right right ok", "dialog-help");
    way.shot("back power", "standby");
}
