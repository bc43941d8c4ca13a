//! What runs by itself beside the effects: refreshing by a schedule, the way out, subtitles that come late.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use futures_util::FutureExt as _;
use rand::Rng as _;
use tokio::{sync::Notify, time::Instant};

use crate::{
    address::redact,
    app::What,
    catalogue::union::{News, Union},
    net::{self, Location},
    operator::config::Operator,
    player::{gate::Gate, subtitles, types::SessionId},
    schedule::Schedule,
    search::{source, worker::Order},
    shell::{inbox::Inbox, time_keeper::Server},
};

/// Waits for subtitles that are not there: quick at first, since the lesson runs.
const RETRY_WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
    Duration::from_secs(20),
    Duration::from_secs(60),
];
/// How often the way out is looked at.
const NETWORK_WATCH: Duration = Duration::from_secs(1);
/// Subtitles that come later than this are of no use any more.
const SUBTITLE_DEADLINE: Duration = Duration::from_secs(15);

/// Calls `refresh` at the moments that the schedule names, after it was wanted first.
pub(super) async fn keep_fresh<F, R>(wanted: Arc<Notify>, mut schedule: Schedule, refresh: F)
where
    F: Fn() -> R,
    R: Future<Output = bool>,
{
    let chance = || rand::rng().random_range(0.0..1.0);
    wanted.notified().await;
    let mut due = Instant::now() + schedule.wanted(chance());
    loop {
        tokio::select! {
            // Never later than it was due anyway.
            () = wanted.notified() => due = due.min(Instant::now() + schedule.wanted(chance())),
            () = tokio::time::sleep_until(due) => {
                let wait = if refresh().await { schedule.succeeded(chance()) } else { schedule.failed(chance()) };
                // Asked for while it was under way: that is done with this.
                let _ = wanted.notified().now_or_never();
                due = Instant::now() + wait;
            }
        }
    }
}

pub(super) async fn refresh_catalogue(
    catalogues: Arc<Union>,
    place: usize,
    inbox: Inbox,
    search: mpsc::Sender<Order>,
) -> bool {
    match catalogues.refresh(place).await {
        Ok(News::Changed { catalogue, faults }) => {
            for fault in faults.list.iter().take(20) {
                tracing::warn!("catalogue: {fault}");
            }
            let indexed = tokio::task::spawn_blocking(move || (source::of_catalogue(&catalogue), catalogue)).await;
            if let Ok((index, catalogue)) = indexed {
                let _ = search.send(Order::Courses(index));
                inbox.say(What::Catalogue(catalogue));
            }
            true
        }
        Ok(News::Unchanged) => true,
        Ok(other) => {
            tracing::warn!("catalogue: {}: held back: {other:?}", net::name(catalogues.name(place)));
            true
        }
        Err(e) => {
            tracing::warn!("catalogue: {}", net::told(&e));
            inbox.say(What::CatalogueFailed);
            false
        }
    }
}

/// The operator's web servers first, whose time the guide is made for.
pub(super) fn time_servers(operator: &Operator) -> Vec<Server> {
    let lineups = operator.lineups.iter().filter_map(Location::url);
    let web = lineups.chain(&operator.catalogue).chain(&operator.catalogues).map(|url| Server::Web(url.to_string()));
    web.chain(operator.ntp.iter().cloned().map(Server::Ntp)).collect()
}

pub(super) async fn watch_network(gate: Gate, inbox: Inbox) {
    let mut known = true;
    loop {
        let looking = gate.clone();
        let up = tokio::task::spawn_blocking(move || looking.way_out()).await.unwrap_or(known);
        if up != known {
            known = up;
            inbox.say(What::Network(up));
        }
        tokio::time::sleep(NETWORK_WATCH).await;
    }
}

/// A lesson's subtitles come even where the server was away when it began.
pub(super) async fn load_subtitles(gate: Gate, inbox: Inbox, session: SessionId, url: String) {
    for wait in RETRY_WAITS {
        match tokio::time::timeout(SUBTITLE_DEADLINE, gate.document(&url, subtitles::MAX_FILE_BYTES)).await {
            Ok(Ok(bytes)) => {
                let cues = subtitles::parse(&String::from_utf8_lossy(&bytes));
                inbox.say(What::Subtitles { session, cues });
                return;
            }
            Ok(Err(trouble)) => tracing::warn!("subtitles: {}: {trouble:?}", redact(&url)),
            Err(_) => tracing::warn!("subtitles: {}: not here after {} s", redact(&url), SUBTITLE_DEADLINE.as_secs()),
        }
        tokio::time::sleep(wait).await;
    }
}
