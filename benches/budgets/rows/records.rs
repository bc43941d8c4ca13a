//! A box that was without its record store for months: 100,000 learning records wait. What that costs at a start, and how
//! quickly they are gone once the store answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

use super::{WARM_UP, start};
use crate::{
    Outcome,
    client::{Setup, fresh},
    process::wait_for,
    streams::Streams,
    table::{Figures, Samples, Table, Unit},
};

const WAITING: usize = 100_000;
const TURNS: usize = 7;
/// Ten times what the budget allows.
const SENT_WITHIN: Duration = Duration::from_secs(2_000);

pub fn records(_: &Streams, folder: &Path, table: &mut Table) {
    let found = measure(folder);
    let part = |of: fn(&Found) -> f64| found.as_ref().map(of).map_err(Clone::clone);
    let spread = |of: fn(&Found) -> &Vec<f64>| {
        Figures::spread(found.as_ref().map_err(Clone::clone).and_then(|f| Samples::new(of(f).clone())), Unit::Ms)
    };
    table.row("process start → Home, no learning record waits", "–", spread(|f| &f.empty));
    table.row(&format!("process start → Home, {WAITING} learning records wait"), "as without", spread(|f| &f.full));
    let above = Figures::ours(part(|f| f.above_mb), Unit::Mb);
    table.row(&format!("resident memory above that, with {WAITING} waiting"), "–", above);
    let rate = Figures::ours(part(|f| f.rate), Unit::Rate);
    table.row("learning records sent to a store that takes them at once", "≥ 500 a second", rate);
}

struct Found {
    empty: Vec<f64>,
    full: Vec<f64>,
    above_mb: f64,
    rate: f64,
}

fn measure(folder: &Path) -> Outcome<Found> {
    let store = Store::open()?;
    let of = |lrs: &str| Setup { records: Some(lrs.to_owned()), home: fresh(folder, "records"), ..Setup::demo(folder) };
    // Nothing listens at port 9: what waits goes on waiting.
    let (empty, full) = (of("http://127.0.0.1:9/xAPI"), of("http://127.0.0.1:9/xAPI"));
    for setup in [&empty, &full] {
        setup.start()?.until_playing()?;
    }
    fill(&full.home.join("data/user.db")).map_err(|e| e.to_string())?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        without.push(start::once(&empty)?.1);
        with.push(start::once(&full)?.1);
    }
    let resident = |setup: &Setup| -> Outcome<f64> {
        let mut client = setup.start()?;
        client.until_playing()?;
        thread::sleep(WARM_UP);
        client.running.resident_mb()
    };
    let above_mb = resident(&full)? - resident(&empty)?;
    let sending = Setup { records: Some(store.endpoint()), home: full.home.clone(), ..Setup::demo(folder) };
    let _client = sending.start()?;
    wait_for("all learning records", SENT_WITHIN, || (store.taken() >= WAITING).then_some(()))?;
    Ok(Found { empty: without, full: with, above_mb, rate: store.rate() })
}

/// The learner agreed and has watched much: statements as long as real ones.
fn fill(database: &Path) -> rusqlite::Result<()> {
    let mut conn = Connection::open(database)?;
    let tx = conn.transaction()?;
    tx.execute("INSERT OR REPLACE INTO setting VALUES ('settings.records_since', '1795515120000')", [])?;
    {
        let mut insert = tx.prepare("INSERT INTO outbox (id, body, refused) VALUES (?1, ?2, 0)")?;
        for n in 0..WAITING {
            let id = format!("50000000-0000-4000-8000-{n:012}");
            let body = format!("{{\"id\":\"{id}\",\"n\":\"{}\"}}", "0123456789".repeat(95));
            insert.execute(params![id, body])?;
        }
    }
    tx.commit()
}

/// A record store that answers at once and keeps nothing.
struct Store {
    port: u16,
    taken: Arc<AtomicUsize>,
    span: Arc<Mutex<Option<(Instant, Instant)>>>,
}

impl Store {
    fn open() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        let store = Self { port, taken: Arc::default(), span: Arc::default() };
        let (taken, span) = (store.taken.clone(), store.span.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (taken, span) = (taken.clone(), span.clone());
                thread::spawn(move || serve(&stream, &taken, &span));
            }
        });
        Ok(store)
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/xAPI", self.port)
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// From the first request to the last answer.
    fn rate(&self) -> f64 {
        let span = self.span.lock().ok().and_then(|s| *s);
        span.map_or(0.0, |(from, to)| self.taken() as f64 / (to - from).as_secs_f64())
    }
}

fn serve(stream: &TcpStream, taken: &AtomicUsize, span: &Mutex<Option<(Instant, Instant)>>) -> Option<()> {
    let mut read = BufReader::new(stream.try_clone().ok()?);
    let mut write = stream.try_clone().ok()?;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let began = Instant::now();
        let mut body = vec![0; length];
        read.read_exact(&mut body).ok()?;
        let statements = serde_json::from_slice::<Vec<serde_json::Value>>(&body).ok()?;
        write.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").ok()?;
        taken.fetch_add(statements.len(), Ordering::Relaxed);
        if let Ok(mut span) = span.lock() {
            let from = span.map_or(began, |(from, _)| from);
            *span = Some((from, Instant::now()));
        }
    }
}
