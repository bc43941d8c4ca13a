//! The demo operator behind a server that remembers what was asked of it, with a lineup of the test's own.

use std::net::SocketAddr;

use tokio::runtime::Runtime;

use crate::{
    fault_proxy::{Fault, FaultProxy, Seen},
    support::Operator,
};

pub struct Provider {
    pub proxy: FaultProxy,
    _runtime: Runtime,
    _operator: Operator,
}

impl Provider {
    /// Addresses in the lineup may be relative: `live/jx1/index.m3u8` is a channel of the demo.
    pub fn start(lineup: impl Into<String>) -> Self {
        let operator = Operator::start();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let proxy = runtime.block_on(FaultProxy::start());
        proxy.stand_before(SocketAddr::from(([127, 0, 0, 1], operator.port())));
        proxy.put("/lineup.m3u", "audio/x-mpegurl", lineup.into());
        Self { proxy, _runtime: runtime, _operator: operator }
    }

    pub fn url(&self) -> String {
        self.proxy.url("/")
    }

    pub fn without_a_guide(self) -> Self {
        for path in ["/guide.xml", "/guide.xml.gz"] {
            self.proxy.fault(path, usize::MAX, Fault::Status(404));
        }
        self
    }

    pub fn guide(&self, xmltv: impl Into<String>) {
        self.proxy.put("/guide.xml", "application/xml", xmltv.into());
    }

    /// The last request whose path and query begin so.
    pub fn asked(&self, begins: &str) -> Option<Seen> {
        self.proxy.seen().into_iter().rev().find(|s| s.path.starts_with(begins))
    }
}

/// A header of a request; empty where it was not sent.
pub fn header<'a>(seen: &'a Seen, name: &str) -> &'a str {
    seen.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}
