//! The player's own thread: it waits for something to paint on, then passes orders on. Where the machine has no player,
//! it says so.

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use crate::{
    app::What,
    player::{
        Access,
        cast::Limits,
        elements,
        engine::{Player, missing},
        frames::Painter,
        gate::Gate,
        types::{Phase, PlayerCommand, PlayerEvent, SessionId, Trouble},
    },
    shell::inbox::{Arrival, Inbox},
};

/// What the player's own thread is told.
pub(super) enum PlayerOrder {
    Command(PlayerCommand),
    Place(u32, u32),
    /// Where pictures go. The player starts with it, and orders before it wait.
    Paint(Arc<dyn Painter>),
}

/// GStreamer's registry takes a while to load: on a thread of its own, so that the first screen does not wait.
pub(super) fn start_player(
    gate: Gate,
    inbox: Inbox,
    orders: mpsc::Receiver<PlayerOrder>,
    groups: Limits,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("player-orders".into()).spawn(move || {
        // Known before there is a window to paint on.
        let lacks = match missing() {
            Ok(lacking) if lacking.is_empty() => None,
            Ok(lacking) => Some(elements::told(&lacking)),
            Err(e) => Some(format!("GStreamer does not start: {e}")),
        };
        if let Some(lacks) = lacks {
            inbox.put(Arrival::Unfit(format!("{lacks}; \"jinse-xuetang doctor\" looks at everything")));
            return;
        }
        let mut early = Vec::new();
        let painter = loop {
            match orders.recv() {
                Ok(PlayerOrder::Paint(painter)) => break painter,
                Ok(order) => early.push(order),
                Err(_) => return,
            }
        };
        let to = inbox.clone();
        let on_event = Box::new(move |session, event| to.say(What::Player(session, event)));
        let player = Player::start_with(Arc::new(Access::new(gate)), painter, on_event);
        if let Ok(player) = &player {
            player.limit_groups(groups);
        }
        if let Err(e) = &player {
            tracing::error!("{e}; run \"jinse-xuetang doctor\"");
        }
        for order in early.into_iter().chain(orders) {
            match (&player, order) {
                (Ok(player), PlayerOrder::Command(command)) => player.send(command),
                (Ok(player), PlayerOrder::Place(width, height)) => player.set_place((width, height)),
                (Err(_), PlayerOrder::Command(PlayerCommand::Open(request))) => say_missing(&inbox, request.session),
                _ => {}
            }
        }
    })
}

fn say_missing(inbox: &Inbox, session: SessionId) {
    let phase = Phase::Failed { trouble: Trouble::MissingPlugin, next_try: None };
    inbox.say(What::Player(session, PlayerEvent::Phase(phase)));
}
