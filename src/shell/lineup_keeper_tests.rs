//! Two real servers with a list each, of which one goes away.

use std::{collections::HashMap, path::Path, sync::Mutex as StdMutex};

use axum::{Router, http::StatusCode, routing::get};
use url::Url;

use super::*;
use crate::{
    operator::config::{Guide, from_operator_root},
    player::gate::GatePolicy,
    shell::inbox::Arrival,
};

/// What a server publishes; nothing where it is in trouble.
async fn server(text: &str) -> (Url, Arc<StdMutex<Option<String>>>) {
    let published = Arc::new(StdMutex::new(Some(text.to_owned())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/list.m3u", listener.local_addr().unwrap())).unwrap();
    let answers = published.clone();
    let answer = move || {
        let text = answers.lock().unwrap().clone();
        async move { text.ok_or(StatusCode::SERVICE_UNAVAILABLE) }
    };
    let app = Router::new().route("/list.m3u", get(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, published)
}

fn keeper(urls: [&Url; 2], folder: &Path, cached: Option<Lineup>) -> (LineupKeeper, Inbox) {
    let inbox = Inbox::new(|| {});
    let mut operator = from_operator_root(urls[0]);
    operator.lineups = urls.map(|url| Location::Http(url.clone())).to_vec();
    operator.guides = vec![Guide { location: Location::parse("http://g/1"), offset_minutes: Some(60) }];
    operator.guide_offset_minutes = Some(480);
    let keeper = LineupKeeper::new(Parts {
        operator: &operator,
        http: net::client([]).unwrap(),
        gate: Gate::start(tokio::runtime::Handle::current(), GatePolicy::default()).unwrap(),
        inbox: inbox.clone(),
        search: mpsc::channel().0,
        guide: None,
        cache: LineupCache::new(folder.join("lineup.json")),
        cached,
    });
    (keeper, inbox)
}

/// The names and the number of addresses of what the core was told last, if it was told anything.
fn told(inbox: &Inbox) -> Option<Vec<(String, usize)>> {
    let lineups = inbox.take().into_iter().filter_map(|arrival| match arrival {
        Arrival::What(What::Lineup(lineup)) => Some(lineup),
        _ => None,
    });
    Some(lineups.last()?.channels.iter().map(|c| (c.name.clone(), c.sources.len())).collect())
}

fn of(names: &[(&str, usize)]) -> Option<Vec<(String, usize)>> {
    Some(names.iter().map(|(name, sources)| ((*name).to_owned(), *sources)).collect())
}

#[tokio::test]
async fn a_list_that_is_away_leaves_the_other_and_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let (one, first) = server("#EXTM3U\n#EXTINF:-1,甲\nhttp://a/1\n#EXTINF:-1,乙\nhttp://a/2\n").await;
    let (two, second) = server("#EXTM3U\n#EXTINF:-1,乙\nhttp://b/2\n#EXTINF:-1,丙\nhttp://b/3\n").await;
    let (shown, inbox) = keeper([&one, &two], folder.path(), None);
    // Whichever is there first is shown.
    assert!(shown.refresh(1).await);
    assert_eq!(told(&inbox), of(&[("乙", 1), ("丙", 1)]));
    assert!(shown.refresh(0).await);
    assert_eq!(told(&inbox), of(&[("甲", 1), ("乙", 2), ("丙", 1)]));
    // The same again is no news.
    assert!(shown.refresh(0).await && shown.refresh(1).await);
    assert_eq!(told(&inbox), None);

    *first.lock().unwrap() = None;
    assert!(!shown.refresh(0).await);
    assert_eq!(told(&inbox), None);
    *second.lock().unwrap() = Some("#EXTM3U\n#EXTINF:-1,丁\nhttp://b/4\n".into());
    assert!(shown.refresh(1).await);
    let all = of(&[("甲", 1), ("乙", 1), ("丁", 1)]);
    assert_eq!(told(&inbox), all);

    // The next start has all of it from the disk, and still knows which list is whose.
    let cached = LineupCache::new(folder.path().join("lineup.json")).load().unwrap();
    assert_eq!(cached.source, format!("{one}\n{two}"));
    let (shown, inbox) = keeper([&one, &two], folder.path(), Some(cached.lineup));
    *second.lock().unwrap() = Some("#EXTM3U\n#EXTINF:-1,戊\nhttp://b/5\n".into());
    assert!(!shown.refresh(0).await && shown.refresh(1).await);
    assert_eq!(told(&inbox), of(&[("甲", 1), ("乙", 1), ("戊", 1)]));
    // And where what was shown is lost, while nobody answers.
    let (shown, inbox) = keeper([&one, &two], folder.path(), None);
    *second.lock().unwrap() = None;
    assert!(!shown.refresh(1).await);
    assert_eq!(told(&inbox), of(&[("甲", 1), ("乙", 1), ("戊", 1)]));
    *first.lock().unwrap() = Some("#EXTM3U\n#EXTINF:-1,己\nhttp://a/6\n".into());
    assert!(shown.refresh(0).await);
    assert_eq!(told(&inbox), of(&[("己", 1), ("戊", 1)]));
}

#[tokio::test]
async fn guides_have_their_own_zone_or_that_of_all_and_are_asked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _first) = server("#EXTM3U x-tvg-url=\"http://g/2\"\n#EXTINF:-1,甲\nhttp://a/1\n").await;
    let (shown, _inbox) = keeper([&one, &one], folder.path(), None);
    let named = Lineup { guides: vec!["http://g/1".into(), "http://g/2".into()], ..Lineup::default() };
    let guides = shown.guides_with(&named);
    let expected: HashMap<&str, Option<i32>> = [("http://g/1", Some(60)), ("http://g/2", Some(480))].into();
    let found: HashMap<&str, Option<i32>> =
        guides.iter().map(|guide| (guide.url.as_str(), guide.zone_offset_minutes)).collect();
    assert_eq!(found, expected);
    assert!(shown.is_due(&guides) && !shown.is_due(&guides));
    assert!(shown.is_due(&guides[..1]), "others are wanted");
}
