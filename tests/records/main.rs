//! The outbox on its way to a record store: a stub that misbehaves in every way that a store can, and a real one (Ralph).
//! Whatever happens, each statement arrives, and arrives once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod stub;
#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jinse_xuetang::{
    app::records::Standing,
    learning::records::Statement,
    net,
    schedule::Manner,
    shell::records::{Parts, RecordSender, RecordStore},
    store::{Outbox, Store, types::StoreCommand},
    time::UtcMs,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;
use url::Url;
use uuid::Uuid;

use self::{
    stub::{Answer, Stub},
    support::ralph::{self, Ralph},
};

const NOW: UtcMs = UtcMs(1_795_515_120_000);
/// Waits between tries grow to seconds; all of a test's lie far below this.
const WITHIN: Duration = Duration::from_secs(90);

fn statement(n: u128) -> Statement {
    let id = Uuid::from_u128(0x5000_0000_0000_4000_8000_0000_0000_0000 + n);
    let body = json!({
        "id": id,
        "actor": {"objectType": "Agent", "account": {"homePage": "https://school.example", "name": "abc"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"zh-CN": "学完了"}},
        "object": {"objectType": "Activity", "id": format!("https://school.example/courses/{n}")},
        "timestamp": "2026-11-29T08:00:00.000Z",
        "version": "1.0.0",
    });
    Statement { id, body: body.to_string() }
}

/// A learner's data with statements that wait.
struct Household {
    dir: TempDir,
    store: Store,
    told: Arc<Mutex<Vec<Standing>>>,
}

impl Household {
    fn with(count: u128) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, _, notices) = Store::open(dir.path(), NOW, Box::new(|_| {}));
        assert!(notices.is_empty());
        let home = Self { dir, store, told: Arc::default() };
        home.put(0..count);
        home
    }

    fn put(&self, which: std::ops::Range<u128>) {
        self.store.send_all(which.map(|n| StoreCommand::Record(statement(n))));
        assert!(self.store.flush(WITHIN));
    }

    fn outbox(&self) -> Outbox {
        Outbox::of(self.dir.path())
    }

    fn waiting(&self) -> u64 {
        assert!(self.store.flush(WITHIN));
        self.outbox().waiting().unwrap()
    }

    fn sender(&self, endpoint: &str, (user, password): (&str, &str), allowed: bool) -> RecordSender {
        let statements = Url::parse(&format!("{endpoint}/statements")).unwrap();
        let parts = Parts {
            http: net::poster(&statements).unwrap(),
            to: RecordStore {
                statements,
                credentials: Some((user.into(), password.into())),
                gather: Duration::from_millis(10),
            },
            outbox: self.outbox(),
            store: self.store.sender(),
            manner: Manner::Eager,
        };
        let told = self.told.clone();
        RecordSender::start(&Handle::current(), parts, allowed, move |s| told.lock().unwrap().push(s))
    }

    fn sender_to(&self, stub: &Stub) -> RecordSender {
        self.sender(&format!("http://127.0.0.1:{}/xAPI", stub.port), ("box", "sea"), true)
    }

    async fn until_empty(&self) {
        self.until("the outbox is empty", || self.waiting() == 0).await;
    }

    async fn until(&self, what: &str, reached: impl Fn() -> bool) {
        let since = Instant::now();
        while !reached() {
            assert!(since.elapsed() < WITHIN, "not in time: {what}; {} wait", self.waiting());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn sent(count: u128) -> BTreeMap<String, Value> {
    (0..count).map(statement).map(|s| (s.id.to_string(), serde_json::from_str(&s.body).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_store_that_does_everything_wrong_each_arrives_once() {
    let full = |batch: &[Value]| batch.len() > 40;
    let poison = statement(211).id.to_string();
    let is_poison = move |s: &Value| s["id"] == poison.as_str();
    let stub = Stub::start(move |n, batch| match n % 10 {
        // Three answers of ten get lost on the way.
        1 | 4 | 8 => Answer::TakeAndDrop,
        _ if full(batch) => Answer::Say(413, ""),
        _ if batch.iter().any(&is_poison) => Answer::Say(400, ""),
        2 => Answer::Say(503, ""),
        3 => Answer::TakeSlowly,
        5 => Answer::Say(429, "Retry-After: 1\r\n"),
        // Of a single statement this says that the store has it.
        6 if batch.len() > 1 => Answer::Say(409, ""),
        _ => Answer::Take,
    })
    .await;
    let home = Household::with(300);
    let sender = home.sender_to(&stub);
    home.until("all but the one that it cannot bear", || home.waiting() == 0).await;
    let mut expected = sent(300);
    let mut stored = stub.seen.lock().unwrap().stored.clone();
    // A broken connection may have taken it, whatever the rules say: then it must be the very one.
    let poison = statement(211).id.to_string();
    assert!(stored.remove(&poison).is_none_or(|s| s == expected[&poison]));
    expected.remove(&poison);
    let lost: Vec<&String> = expected.keys().filter(|id| !stored.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{} of {}", lost.len(), expected.len());
    assert_eq!(stored, expected);
    drop(sender);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_itself_is_kept_and_holds_nothing_up() {
    let poison = statement(7).id.to_string();
    let refused = poison.clone();
    let stub = Stub::start(move |_, batch| {
        if batch.iter().any(|s| s["id"] == refused.as_str()) { Answer::Say(400, "") } else { Answer::Take }
    })
    .await;
    let home = Household::with(60);
    let sender = home.sender_to(&stub);
    home.until_empty().await;
    assert_eq!(stub.seen.lock().unwrap().stored.len(), 59);
    // Later ones go out, and the refused one is not sent again.
    let requests = stub.seen.lock().unwrap().requests;
    home.put(60..61);
    sender.more();
    home.until_empty().await;
    let seen = stub.seen.lock().unwrap();
    assert_eq!((seen.stored.len(), seen.requests), (60, requests + 1));
    let kept = rusqlite::Connection::open(home.dir.path().join("user.db")).unwrap();
    let row: (String, u16) =
        kept.query_row("SELECT id, refused FROM outbox", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    assert_eq!(row, (poison, 400));
}

#[tokio::test(flavor = "multi_thread")]
async fn shut_out_or_led_elsewhere_nothing_is_lost() {
    for answer in [Answer::Say(401, ""), Answer::Say(403, ""), Answer::Say(302, "Location: /elsewhere\r\n")] {
        let stub = Stub::start(move |_, _| answer.clone()).await;
        let home = Household::with(5);
        let sender = home.sender_to(&stub);
        home.until("an answer", || !home.told.lock().unwrap().is_empty()).await;
        assert_eq!(home.told.lock().unwrap()[0], Standing { waiting: 5 });
        assert_eq!(stub.seen.lock().unwrap().requests, 1, "it is not asked again and again");
        drop(sender);
        let good = Stub::start(|_, _| Answer::Take).await;
        let _sender = home.sender_to(&good);
        home.until_empty().await;
        assert_eq!(good.seen.lock().unwrap().stored, sent(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_taken_back_breaks_off_what_is_under_way_and_nothing_follows() {
    let stub = Stub::start(|_, _| Answer::Silence).await;
    let home = Household::with(50);
    let sender = home.sender_to(&stub);
    home.until("a request", || stub.seen.lock().unwrap().requests == 1).await;
    sender.let_out(false);
    home.store.send(StoreCommand::ForgetRecords);
    home.until("the request is broken off", || stub.seen.lock().unwrap().broken_off == 1).await;
    assert_eq!(home.waiting(), 0);
    // Were something put there all the same, it would stay.
    home.put(50..60);
    for _ in 0..20 {
        sender.more();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((stub.seen.lock().unwrap().requests, home.waiting()), (1, 10));
    // Agreed to once more, it goes on.
    let good = Stub::start(|_, _| Answer::Take).await;
    drop(sender);
    let sender = home.sender(&format!("http://127.0.0.1:{}/xAPI", good.port), ("box", "sea"), false);
    sender.let_out(true);
    home.until_empty().await;
    assert_eq!(good.seen.lock().unwrap().stored.len(), 10);
}

/// The disk is full, so what has arrived cannot be deleted: it is not sent over and over.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deleted_is_not_sent_again() {
    let stub = Stub::start(|_, _| Answer::Take).await;
    let home = Household::with(50);
    // Another program holds the file, as long as the store waits for it.
    let other = rusqlite::Connection::open(home.dir.path().join("user.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sender = home.sender_to(&stub);
    home.until("all have arrived", || stub.seen.lock().unwrap().stored.len() == 50).await;
    let requests = stub.seen.lock().unwrap().requests;
    for _ in 0..20 {
        sender.more();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(stub.seen.lock().unwrap().requests, requests);
    assert_eq!(home.outbox().waiting().unwrap(), 50);
    other.execute_batch("ROLLBACK").unwrap();
    home.until_empty().await;
}

/// A box that ends at any moment sends again what was under way, and the store has it once.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_in_the_middle_sends_the_rest_after_its_next_start() {
    let stub = Stub::start(|n, batch| match n {
        _ if batch.len() > 25 => Answer::Say(413, ""),
        n if n % 3 == 2 => Answer::TakeAndDrop,
        _ => Answer::Take,
    })
    .await;
    let home = Household::with(200);
    for _ in 0..100 {
        let before = stub.seen.lock().unwrap().requests;
        let sender = home.sender_to(&stub);
        home.until("a few requests more", || stub.seen.lock().unwrap().requests >= before + 5 || home.waiting() == 0)
            .await;
        drop(sender);
        if home.waiting() == 0 {
            break;
        }
    }
    assert_eq!(stub.seen.lock().unwrap().stored, sent(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_store_that_is_killed_in_between_has_every_statement_once() {
    let mut ralph = Ralph::start();
    let home = Household::with(1_200);
    let sender = home.sender(&ralph.endpoint(), (ralph::USER, ralph::PASSWORD), true);
    home.until("the first batches", || home.waiting() < 1_200).await;
    ralph.stop();
    home.put(1_200..1_300);
    sender.more();
    ralph.start_again();
    let since = Instant::now();
    while home.waiting() > 0 {
        assert!(since.elapsed() < WITHIN, "{} wait\n{}", home.waiting(), ralph.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stored = ralph.statements();
    assert_eq!(stored.len(), 1_300, "none lost, none twice");
    let by_id: BTreeMap<String, Value> =
        stored.into_iter().map(|s| (s["id"].as_str().unwrap().to_owned(), s)).collect();
    assert_eq!(by_id, sent(1_300));
    let one = statement(1_234);
    assert_eq!(ralph.by_id(&one.id.to_string()).await, serde_json::from_str::<Value>(&one.body).unwrap());
}
