//! A live channel that is one transport stream without an end (udpxy and its like): the gate fetches it, `cast` reads it,
//! and this task between them keeps its pace. It reads on while nobody takes what comes, so that whoever begins to is
//! given a picture at once. Ends when its handle is dropped.

use std::{
    io,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{Instant as Due, sleep_until},
};

use super::{
    cast::{Flow, Signal, Sink, Taken},
    gate::reader::Reader,
    sounds::Sound,
    types::Trouble,
};

/// Called once, after everything that came: with what went wrong, or with nothing where the sender has ended it.
pub type OnOver = Box<dyn FnOnce(Option<Trouble>) + Send>;

struct Viewer {
    origin: Instant,
    sink: Sink,
    over: OnOver,
}

pub struct Stream {
    viewer: Option<oneshot::Sender<Viewer>>,
    task: AbortHandle,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stream {
    pub(super) fn start(
        reader: Reader,
        body: BoxStream<'static, io::Result<Bytes>>,
        sound: Option<Sound>,
        runtime: &tokio::runtime::Handle,
    ) -> Self {
        let (viewer, told) = oneshot::channel();
        let pump = Pump { flow: Flow::new(sound), begun: Instant::now(), told: Some(told), over: None };
        let task = runtime.spawn(pump.run(reader, body)).abort_handle();
        Self { viewer: Some(viewer), task }
    }

    /// Hands what is kept and all that comes to these. Times are nanoseconds since `origin`. Once.
    pub fn connect(&mut self, origin: Instant, sink: Sink, over: OnOver) {
        if let Some(viewer) = self.viewer.take() {
            let _ = viewer.send(Viewer { origin, sink, over });
        }
    }
}

struct Pump {
    flow: Flow,
    /// The zero of the flow's times.
    begun: Instant,
    /// Until somebody has come.
    told: Option<oneshot::Receiver<Viewer>>,
    over: Option<OnOver>,
}

impl Pump {
    async fn run(mut self, reader: Reader, mut body: BoxStream<'static, io::Result<Bytes>>) {
        let trouble = loop {
            let part = tokio::select! {
                biased;
                viewer = come(&mut self.told) => {
                    self.admit(viewer);
                    continue;
                }
                part = body.next() => part,
            };
            match part {
                Some(Ok(bytes)) => self.take(&bytes).await,
                // The gate knows what it was.
                Some(Err(_)) => break Some(reader.trouble().unwrap_or(Trouble::ServerDown)),
                None => break None,
            }
        };
        if self.over.is_none() {
            let viewer = come(&mut self.told).await;
            self.admit(viewer);
        }
        if let Some(over) = self.over.take() {
            over(trouble);
        }
    }

    async fn take(&mut self, bytes: &[u8]) {
        self.flow.put(bytes);
        while let Taken::Early(wait) = self.flow.go_on(self.now_ns()) {
            let due = Due::now() + wait;
            loop {
                tokio::select! {
                    () = sleep_until(due) => break,
                    viewer = come(&mut self.told) => self.admit(viewer),
                }
            }
        }
    }

    fn now_ns(&self) -> i64 {
        nanoseconds(self.begun.elapsed())
    }

    fn admit(&mut self, viewer: Viewer) {
        self.told = None;
        let Viewer { origin, mut sink, over } = viewer;
        let since = nanoseconds(self.begun.saturating_duration_since(origin));
        self.over = Some(over);
        let in_their_time = Box::new(move |signal| {
            sink(match signal {
                Signal::Unit { unit, present_ns, decode_ns } => Signal::Unit {
                    unit,
                    present_ns: present_ns.saturating_add(since),
                    decode_ns: decode_ns.saturating_add(since),
                },
                Signal::Words { pid, present_ns, data } => {
                    Signal::Words { pid, present_ns: present_ns.saturating_add(since), data }
                }
                signal => signal,
            });
        });
        self.flow.watch(in_their_time, self.now_ns());
    }
}

/// Whoever comes. Never, where somebody has come; and where the handle is gone, with which this task ends.
async fn come(told: &mut Option<oneshot::Receiver<Viewer>>) -> Viewer {
    match told {
        Some(told) => match told.await {
            Ok(viewer) => viewer,
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
