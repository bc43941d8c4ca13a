//! How every client of the program speaks https: one configuration with the system's certificates. Certificates are
//! judged by the system's clock, but where that was never set: there the time counts that somebody has said since, or a
//! box that begins in 1970 would reach no secure server until its system finds the time by itself.

use std::{
    sync::{Arc, Mutex, Once, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustls::{ClientConfig, crypto::CryptoProvider, pki_types::UnixTime, time_provider::TimeProvider};
use rustls_platform_verifier::Verifier;

use crate::time::{EARLIEST, UtcMs};

/// A system whose clock stands, by the command line.
static STANDS: OnceLock<UtcMs> = OnceLock::new();

/// Who has said the time, said it at this moment.
static SAID: Mutex<Option<(UtcMs, Instant)>> = Mutex::new(None);

/// Picks the cryptography that rustls uses. Harmless to call again.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error only says that one is installed already, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client to be, with the configuration that all share.
pub fn client() -> reqwest::ClientBuilder {
    static SHARED: OnceLock<Option<ClientConfig>> = OnceLock::new();
    init();
    let shared = SHARED.get_or_init(|| {
        configuration().inspect_err(|e| tracing::warn!("https has no certificates to trust: {e}")).ok()
    });
    match shared {
        Some(shared) => reqwest::Client::builder().tls_backend_preconfigured(shared.clone()),
        // What is wrong is said by whoever builds the client.
        None => reqwest::Client::builder(),
    }
}

fn configuration() -> Result<ClientConfig, rustls::Error> {
    let provider =
        CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let verifier = Verifier::new(provider.clone())?;
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(Clock))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// From now on the system's clock is taken to stand at this time, as that of a box that was never set.
pub fn stand_at(utc: UtcMs) {
    // Said twice, the first time holds: there is one command line.
    let _ = STANDS.set(utc);
}

/// Takes the time of this moment from whoever knows it.
pub fn take_time(utc: UtcMs) {
    *SAID.lock().unwrap_or_else(PoisonError::into_inner) = Some((utc, Instant::now()));
}

#[derive(Debug)]
struct Clock;

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since_1970 = |utc: UtcMs| u64::try_from(utc.0).ok().map(Duration::from_millis);
        let system = match STANDS.get() {
            Some(utc) => since_1970(*utc).unwrap_or_default(),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        };
        let said = *SAID.lock().unwrap_or_else(PoisonError::into_inner);
        let said = said.and_then(|(utc, at)| Some(since_1970(utc)? + at.elapsed()));
        Some(UnixTime::since_unix_epoch(believed(system, said)))
    }
}

/// A system whose clock was set knows best.
fn believed(system: Duration, said: Option<Duration>) -> Duration {
    let set = i64::try_from(system.as_millis()).is_ok_and(|ms| UtcMs(ms) >= EARLIEST);
    if set { system } else { said.unwrap_or(system) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_judged_by_a_clock_that_was_set_or_by_what_was_said() {
        let (unset, set, said) = (Duration::from_secs(600), Duration::from_secs(1_795_515_120), Duration::from_secs(9));
        assert_eq!(believed(unset, None), unset);
        assert_eq!(believed(unset, Some(set)), set);
        assert_eq!(believed(set, Some(said)), set);
    }

    #[test]
    fn all_clients_share_one_configuration() {
        init();
        let config = configuration().unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        client().build().unwrap();
        client().build().unwrap();
        let now = config.time_provider.current_time().unwrap().as_secs();
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(system) < 60);
    }
}
