//! From a name to addresses that may be connected to. The check sits in the HTTP client's own resolver, so that the
//! address that was judged is the address that is connected to: a name that changes between two look-ups gains nothing.

use std::{future::Future, io, net::IpAddr, net::SocketAddr, pin::Pin, sync::Arc};

use super::rules::same_name;
use crate::address::Reach;

/// What a look-up hands back.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns names into addresses. The system's in the product, a scripted one in tests.
pub trait LookUp: Send + Sync + 'static {
    fn look_up(&self, host: String) -> Looking;
}

/// The resolver of the operating system.
pub struct System;

impl LookUp for System {
    fn look_up(&self, host: String) -> Looking {
        Box::pin(async move { Ok(tokio::net::lookup_host((host.as_str(), 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// The name leads only to addresses that this request may not reach.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an address that may not be opened")]
pub struct ForbiddenAddress(pub String);

/// The name could not be resolved.
#[derive(Debug, thiserror::Error)]
#[error("{0} cannot be resolved: {1}")]
pub struct NoSuchName(pub String, pub io::Error);

/// The look-up that a client of one reach uses.
pub struct Checked {
    pub look_up: Arc<dyn LookUp>,
    pub reach: Reach,
    /// Names that a person or the configuration gave: they may lead anywhere, whatever the reach. Ports are not seen
    /// here.
    pub named: Vec<String>,
}

impl Checked {
    /// The same for every name.
    pub fn all(look_up: Arc<dyn LookUp>, reach: Reach) -> Self {
        Self { look_up, reach, named: Vec::new() }
    }

    fn reach_of(&self, host: &str) -> Reach {
        if self.named.iter().any(|named| same_name(named, host)) { Reach::Anywhere } else { self.reach }
    }
}

impl reqwest::dns::Resolve for Checked {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (host, reach) = (name.as_str().to_owned(), self.reach_of(name.as_str()));
        let looking = self.look_up.look_up(host.clone());
        Box::pin(async move {
            let found = match looking.await {
                Ok(found) if found.is_empty() => {
                    return Err(NoSuchName(host, io::Error::new(io::ErrorKind::NotFound, "no address")).into());
                }
                Ok(found) => found,
                Err(e) => return Err(NoSuchName(host, e).into()),
            };
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|a| reach.allows(*a)).map(|a| SocketAddr::new(a, 0)).collect();
            if allowed.is_empty() {
                return Err(ForbiddenAddress(host).into());
            }
            Ok(Box::new(allowed.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
