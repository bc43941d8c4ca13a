//! A record store that misbehaves as it is told, and remembers what it was sent.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What it does with a batch of statements.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Takes the batch; ids that it has it does not take again.
    Take,
    /// Takes it and takes its time to say so.
    TakeSlowly,
    /// Takes it and breaks the connection before a word.
    TakeAndDrop,
    /// Takes nothing and says this.
    Say(u16, &'static str),
    /// Reads it and never answers.
    Silence,
}

const TAKEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

type Rule = Box<dyn Fn(u32, &[Value]) -> Answer + Send + Sync>;

#[derive(Default)]
pub struct Seen {
    /// By id, each with how often it was stored: once, or the store is broken.
    pub stored: BTreeMap<String, Value>,
    pub requests: u32,
    /// Requests whose sender went away before an answer.
    pub broken_off: u32,
}

#[derive(Clone)]
pub struct Stub {
    pub seen: Arc<Mutex<Seen>>,
    pub port: u16,
}

impl Stub {
    /// `rule`: the answer to each request, by its number from 0 on and what is in it.
    pub async fn start(rule: impl Fn(u32, &[Value]) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self { seen: Arc::default(), port: listener.local_addr().unwrap().port() };
        let rule: Arc<Rule> = Arc::new(Box::new(rule));
        let (serving, number) = (stub.clone(), Arc::new(AtomicU32::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream, rule.clone(), number.clone()));
            }
        });
        stub
    }

    async fn serve(self, mut stream: TcpStream, rule: Arc<Rule>, number: Arc<AtomicU32>) {
        let mut read = Vec::new();
        while let Some(batch) = next_request(&mut stream, &mut read).await {
            let answer = match batch.is_empty() {
                // Somebody follows where it was led.
                true => Answer::Take,
                false => rule(number.fetch_add(1, Ordering::Relaxed), &batch),
            };
            self.seen.lock().unwrap().requests += 1;
            if matches!(answer, Answer::Take | Answer::TakeSlowly | Answer::TakeAndDrop) {
                let mut seen = self.seen.lock().unwrap();
                for statement in batch {
                    let id = statement["id"].as_str().unwrap().to_owned();
                    // A store takes an id once, and the same id is always the same statement.
                    let kept = seen.stored.entry(id).or_insert_with(|| statement.clone());
                    assert_eq!(*kept, statement);
                }
            }
            let said = match answer {
                Answer::TakeAndDrop => return,
                Answer::Silence => {
                    // Ends when the other side closes.
                    let gone = tokio::time::timeout(Duration::from_secs(60), stream.read_u8()).await;
                    if matches!(gone, Ok(Err(_))) {
                        self.seen.lock().unwrap().broken_off += 1;
                    }
                    return;
                }
                Answer::TakeSlowly => {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    TAKEN.into()
                }
                Answer::Take => TAKEN.into(),
                Answer::Say(status, headers) => {
                    format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: 0\r\n\r\n")
                }
            };
            if stream.write_all(said.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// One POST of statements (RFC 9112), its form checked.
async fn next_request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Vec<Value>> {
    let head = loop {
        if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
            break read.drain(..end + 4).collect::<Vec<u8>>();
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(head).unwrap().to_lowercase();
    if head.starts_with("get /elsewhere ") {
        return Some(Vec::new());
    }
    assert!(head.starts_with("post /xapi/statements http/1.1"), "{head}");
    for header in
        ["x-experience-api-version: 1.0.3", "content-type: application/json", "authorization: basic ym94onnlyq=="]
    {
        assert!(head.contains(header), "no {header} in {head}");
    }
    let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse::<usize>().unwrap();
    while read.len() < length {
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
    let body: Vec<u8> = read.drain(..length).collect();
    Some(serde_json::from_slice(&body).unwrap())
}
