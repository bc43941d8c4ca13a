use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::*;
use crate::{files::checksum, net};

#[derive(Default)]
pub(in crate::catalogue) struct Published {
    files: HashMap<String, String>,
    status: HashMap<String, u16>,
    /// Path and whether the answer was 304.
    log: Vec<(String, bool)>,
}

pub(in crate::catalogue) struct Operator {
    published: Arc<Mutex<Published>>,
    pub url: Url,
    task: tokio::task::JoinHandle<()>,
    dir: tempfile::TempDir,
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(published): State<Arc<Mutex<Published>>>, request: Request) -> Response {
    let mut published = published.lock().unwrap();
    let path = request.uri().path().to_owned();
    if let Some(status) = published.status.get(&path) {
        return StatusCode::from_u16(*status).unwrap().into_response();
    }
    let Some(text) = published.files.get(&path).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{:x}\"", checksum(text.as_bytes()));
    let same = request.headers().get(header::IF_NONE_MATCH).is_some_and(|v| v == etag.as_str());
    published.log.push((path, same));
    if same {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::ETAG, etag)], text).into_response()
}

impl Operator {
    pub async fn start() -> Self {
        let published = Arc::new(Mutex::new(Published::default()));
        let router = axum::Router::new().fallback(serve).with_state(published.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/catalogue/index.json", listener.local_addr().unwrap())).unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let operator = Self { published, url, task, dir: tempfile::tempdir().unwrap() };
        operator.index(&["a.json", "b.json"]);
        operator.shard("a.json", &["a1", "a2", "a3", "a4"]);
        operator.shard("b.json", &["b1", "b2"]);
        operator
    }

    pub fn put(&self, name: &str, text: impl Into<String>) {
        self.published.lock().unwrap().files.insert(format!("/catalogue/{name}"), text.into());
    }

    pub fn index(&self, shards: &[&str]) {
        let json = serde_json::json!({"version": 1, "providers": [{"id": "p", "name": "学校"}], "shards": shards});
        self.put("index.json", json.to_string());
    }

    pub fn shard(&self, name: &str, ids: &[&str]) {
        let courses: Vec<_> = ids
            .iter()
            .map(|id| {
                serde_json::json!({"id": id, "title": id, "band": "健康", "tier": "入门", "form": "微课", "provider": "p",
                    "lessons": [{"id": "1", "title": "一", "duration_s": 60, "media": [{"url": "../l/1.mp4"}]}]})
            })
            .collect();
        self.put(name, serde_json::json!({ "courses": courses }).to_string());
    }

    pub fn status(&self, name: &str, status: Option<u16>) {
        let mut published = self.published.lock().unwrap();
        let path = format!("/catalogue/{name}");
        match status {
            Some(status) => published.status.insert(path, status),
            None => published.status.remove(&path),
        };
    }

    fn take_log(&self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.published.lock().unwrap().log)
    }

    fn client(&self) -> CatalogueClient {
        CatalogueClient::new(net::client([]).unwrap(), self.dir.path().join("catalogue"), self.url.clone())
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path().join("catalogue")).unwrap();
        let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        files.sort();
        files
    }
}

fn ids(catalogue: &Catalogue) -> Vec<&str> {
    catalogue.courses.iter().map(|c| c.id.0.as_str()).collect()
}

fn changed(refresh: Refresh) -> (Catalogue, Faults) {
    match refresh {
        Refresh::Changed { catalogue, faults } => (catalogue, faults),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_refresh_fills_the_cache_and_the_next_asks_once_a_file() {
    let operator = Operator::start().await;
    let client = operator.client();
    assert!(client.cached().is_none());
    let (catalogue, faults) = changed(client.refresh().await.unwrap());
    assert_eq!(ids(&catalogue), ["a1", "a2", "a3", "a4", "b1", "b2"]);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(catalogue.courses[0].provider, "学校");
    assert_eq!(catalogue.courses[0].lessons[0].sources[0].url, operator.url.join("/l/1.mp4").unwrap().as_str());
    operator.take_log();
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged));
    let log = operator.take_log();
    assert!(log.len() == 3 && log.iter().all(|(_, same)| *same), "{log:?}");
    assert_eq!(operator.client().cached().unwrap(), catalogue);
}

#[tokio::test]
async fn one_changed_shard_is_fetched_alone() {
    let operator = Operator::start().await;
    let client = operator.client();
    client.refresh().await.unwrap();
    operator.take_log();
    operator.shard("b.json", &["b1", "b2", "b3"]);
    let (catalogue, _) = changed(client.refresh().await.unwrap());
    assert_eq!(ids(&catalogue), ["a1", "a2", "a3", "a4", "b1", "b2", "b3"]);
    assert_eq!(operator.take_log().iter().filter(|(_, same)| !same).count(), 1);
    assert_eq!(operator.client().cached().unwrap(), catalogue);
    assert_eq!(operator.files().len(), 4, "index, two shards and the manifest; the old shard is gone");
}

#[tokio::test]
async fn a_client_that_was_given_nothing_gets_the_catalogue_even_when_all_is_unchanged() {
    let operator = Operator::start().await;
    operator.client().refresh().await.unwrap();
    let (catalogue, _) = changed(operator.client().refresh().await.unwrap());
    assert_eq!(catalogue.courses.len(), 6);
}

#[tokio::test]
async fn a_damaged_cache_is_none_and_is_fetched_anew() {
    let operator = Operator::start().await;
    operator.client().refresh().await.unwrap();
    for (i, file) in operator.files().into_iter().enumerate() {
        let whole = std::fs::read(&file).unwrap();
        let mut broken = whole.clone();
        let at = whole.len() / 2;
        broken[at] ^= 0x20;
        for bytes in [broken, whole[..at].to_vec(), Vec::new()] {
            std::fs::write(&file, bytes).unwrap();
            let client = operator.client();
            assert!(client.cached().is_none(), "{i} {file:?}");
            let (catalogue, _) = changed(client.refresh().await.unwrap());
            assert_eq!(catalogue.courses.len(), 6);
            assert_eq!(operator.client().cached().unwrap(), catalogue);
        }
    }
}

#[tokio::test]
async fn another_operator_never_sees_this_cache() {
    let operator = Operator::start().await;
    operator.client().refresh().await.unwrap();
    let other = Url::parse("http://127.0.0.1:9/catalogue/index.json").unwrap();
    let client = CatalogueClient::new(net::client([]).unwrap(), operator.dir.path().join("catalogue"), other);
    assert!(client.cached().is_none());
}

#[tokio::test]
async fn a_shard_that_fails_or_breaks_keeps_its_earlier_copy() {
    let operator = Operator::start().await;
    let client = operator.client();
    client.refresh().await.unwrap();
    operator.status("b.json", Some(500));
    operator.shard("a.json", &["a1", "a2", "a3", "a5"]);
    let (catalogue, faults) = changed(client.refresh().await.unwrap());
    assert_eq!(ids(&catalogue), ["a1", "a2", "a3", "a5", "b1", "b2"]);
    assert!(faults.list[0].what.contains("500"), "{faults:?}");
    operator.status("b.json", None);
    operator.put("b.json", "{\"courses\": [");
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged));
    assert_eq!(operator.client().cached().unwrap(), catalogue);
    operator.shard("b.json", &["b9", "b2"]);
    let (catalogue, faults) = changed(client.refresh().await.unwrap());
    assert_eq!(ids(&catalogue), ["a1", "a2", "a3", "a5", "b9", "b2"]);
    assert!(faults.is_empty());
}

#[tokio::test]
async fn a_shard_missing_from_the_start_does_not_hide_the_others() {
    let operator = Operator::start().await;
    operator.status("a.json", Some(404));
    let client = operator.client();
    let (catalogue, faults) = changed(client.refresh().await.unwrap());
    assert_eq!(ids(&catalogue), ["b1", "b2"]);
    assert!(faults.any_error());
    operator.status("a.json", None);
    assert_eq!(changed(client.refresh().await.unwrap()).0.courses.len(), 6);
}

#[tokio::test]
async fn a_server_that_answers_nothing_useful_is_an_error_and_the_cache_stays() {
    let operator = Operator::start().await;
    let client = operator.client();
    client.refresh().await.unwrap();
    operator.status("index.json", Some(404));
    assert!(matches!(client.refresh().await, Err(CatalogueError::Fetch(FetchError::Status { status: 404, .. }))));
    operator.status("index.json", None);
    for garbage in ["<html>", "[]", "{}", "{\"version\":2,\"shards\":[]}"] {
        operator.put("index.json", garbage);
        assert!(matches!(client.refresh().await, Err(CatalogueError::Format(_))), "{garbage}");
    }
    assert_eq!(operator.client().cached().unwrap().courses.len(), 6);
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{gone}/index.json?token=sesam")).unwrap();
    let lost = CatalogueClient::new(net::client([&url]).unwrap(), operator.dir.path().join("lost"), url);
    let told = net::told(&lost.refresh().await.unwrap_err()).to_lowercase();
    assert!(told.starts_with(&format!("http://{gone}/index.json: ")), "{told}");
    assert!(told.contains("connection refused") && !told.contains("sesam"), "{told}");
    let fresh = Operator::start().await;
    fresh.status("a.json", Some(404));
    fresh.status("b.json", Some(404));
    assert!(matches!(fresh.client().refresh().await, Err(CatalogueError::NoShard { shards: 2, .. })));
}

#[tokio::test]
async fn a_catalogue_that_shrinks_by_more_than_half_is_held_back_until_confirmed_twice() {
    let operator = Operator::start().await;
    let client = operator.client();
    let (full, _) = changed(client.refresh().await.unwrap());
    operator.index(&["b.json"]);
    for expected in [2, 1] {
        match client.refresh().await.unwrap() {
            Refresh::HeldBack { courses_found: 2, courses_kept: 6, confirmations_left } => {
                assert_eq!(confirmations_left, expected);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(operator.client().cached().unwrap(), full);
    }
    assert_eq!(ids(&changed(client.refresh().await.unwrap()).0), ["b1", "b2"]);
    assert_eq!(operator.client().cached().unwrap().courses.len(), 2);
}

#[tokio::test]
async fn a_catalogue_that_recovers_starts_the_count_anew() {
    let operator = Operator::start().await;
    let client = operator.client();
    client.refresh().await.unwrap();
    for _ in 0..2 {
        operator.index(&["b.json"]);
        for _ in 0..2 {
            assert!(matches!(client.refresh().await.unwrap(), Refresh::HeldBack { .. }));
        }
        operator.index(&["a.json", "b.json"]);
        assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged));
    }
    operator.shard("b.json", &[]);
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Changed { .. }), "four of six are left");
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_costs_nothing_but_the_cache() {
    let operator = Operator::start().await;
    std::fs::write(operator.dir.path().join("catalogue"), "a file where the directory would be").unwrap();
    let client = operator.client();
    assert_eq!(changed(client.refresh().await.unwrap()).0.courses.len(), 6);
    assert!(client.cached().is_none());
    assert_eq!(changed(client.refresh().await.unwrap()).0.courses.len(), 6);
}

/// A shard with so many lessons that the catalogue counts as a large one.
fn large(operator: &Operator) {
    let lessons: Vec<_> = (0..700)
        .map(|i| serde_json::json!({"id": i.to_string(), "title": format!("第{i}课"), "duration_s": 60, "media": [{"url": format!("../l/{i}.mp4")}]}))
        .collect();
    let courses: Vec<_> = (0..6)
        .map(|i| serde_json::json!({"id": format!("x{i}"), "title": "大课", "band": "生活", "tier": "提高", "form": "慕课", "lessons": lessons}))
        .collect();
    let survey = serde_json::json!({"id": "s", "title": "问", "questions": [{"id": "q", "prompt": "？", "choice": ["是", "否"]}]});
    operator.put("a.json", serde_json::json!({ "courses": courses, "surveys": [survey] }).to_string());
}

#[tokio::test]
async fn a_large_catalogue_is_read_from_one_file_and_from_the_published_ones_where_that_is_damaged() {
    let operator = Operator::start().await;
    large(&operator);
    let client = operator.client();
    let (catalogue, faults) = changed(client.refresh().await.unwrap());
    assert!(faults.is_empty(), "{faults:?}");
    assert!(catalogue.courses.last().unwrap().lessons.len() == 1 && catalogue.courses.len() == 8);
    let quick = operator.files().into_iter().find(|f| f.extension().is_some_and(|e| e == "bin")).unwrap();
    let whole = std::fs::read(&quick).unwrap();
    let read = quick::read(&whole).unwrap();
    assert_eq!(read, catalogue);
    assert_eq!(operator.client().cached().unwrap(), catalogue);
    for cut in (0..whole.len()).step_by(whole.len() / 50) {
        assert!(quick::read(&whole[..cut]).is_none());
    }
    for bytes in [whole[..whole.len() - 1].to_vec(), Vec::new(), vec![0xff; 64]] {
        std::fs::write(&quick, bytes).unwrap();
        assert_eq!(operator.client().cached().unwrap(), catalogue, "from the published files");
    }
    std::fs::remove_file(&quick).unwrap();
    assert_eq!(operator.client().cached().unwrap(), catalogue);
    operator.take_log();
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged));
    assert_eq!(operator.take_log().iter().filter(|(_, same)| *same).count(), 3, "one 304 for each file");
    operator.shard("a.json", &["a1", "a2", "a3", "a4"]);
    for _ in 0..3 {
        client.refresh().await.unwrap();
    }
    assert!(operator.files().iter().all(|f| f.extension().is_none_or(|e| e != "bin")), "small again: no such file");
}

#[tokio::test]
async fn a_feed_in_the_place_of_an_index_is_a_catalogue() {
    let operator = Operator::start().await;
    let item = |n: u32| {
        format!("<item><guid>g{n}</guid><title>第{n}讲</title><enclosure url='../v/{n}.mp4' type='video/mp4'/></item>")
    };
    let feed = |items: &[u32]| {
        format!(
            "<rss><channel><title>图书馆</title>{}</channel></rss>",
            items.iter().map(|n| item(*n)).collect::<String>()
        )
    };
    operator.put("index.json", feed(&[1, 2, 3]));
    let client = operator.client();
    let (catalogue, _) = changed(client.refresh().await.unwrap());
    assert_eq!((ids(&catalogue), catalogue.courses[0].lessons.len()), (vec!["feed"], 3));
    operator.take_log();
    assert!(matches!(client.refresh().await.unwrap(), Refresh::Unchanged));
    assert_eq!(operator.take_log(), [("/catalogue/index.json".to_owned(), true)], "one 304");
    assert_eq!(operator.client().cached().unwrap(), catalogue);
    operator.put("index.json", "<rss><channel><title>图");
    assert!(matches!(client.refresh().await, Err(CatalogueError::Format(FormatError::Feed { .. }))));
    assert_eq!(operator.client().cached().unwrap(), catalogue, "half a feed changes nothing");
    operator.put("index.json", feed(&[1]));
    assert!(matches!(client.refresh().await.unwrap(), Refresh::HeldBack { .. }));
}
