//! The configuration of a box (docs/config.md): `raw` checks what was written and where, this file says what it means.
//! All faults are found in one reading, each with its line; a configuration with a fault is not used at all, because
//! half of an operator's wishes is nobody's wish.

mod fault;
mod raw;
mod section;
#[cfg(test)]
mod tests;
mod values;

use std::{
    ffi::OsString,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use url::Url;

pub use self::fault::{ConfigError, ConfigFault, FaultKind};
use crate::{catalogue::feed::FeedDefaults, net::Location, opening};

/// Where the configuration lies unless `--config` says otherwise.
pub const DEFAULT_PATH: &str = "/etc/jinse-xuetang/config.toml";
/// The documented example is a few kilobytes.
const MAX_BYTES: u64 = 256 << 10;
/// A name is one line of the largest type on the screen.
const NAME_MAX_CHARS: usize = 20;
const PHONE_MAX_CHARS: usize = 24;
/// A lesson's statements then leave together, and a viewer who takes consent back finds them still there.
const RECORDS_GATHER_S: usize = 60;

/// Everything an operator decides, checked and complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `None`: no operator is configured, and the demo operator serves.
    pub operator: Option<Operator>,
    pub branding: Branding,
    pub storage: Storage,
    pub playback: Playback,
    /// `None`: the operator takes no learning records.
    pub records: Option<Records>,
}

/// The record store (LRS) to which learning records go, of those learners who let them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// The store's resource of statements.
    pub statements: Url,
    pub credentials: Option<Credentials>,
    /// Where the ids of courses and lessons begin; else the root of the catalogue's server.
    pub activities: Option<Url>,
    /// How long it is waited for more after the first of a batch.
    pub gather: Duration,
}

/// The password is in a file of its own, which only the program needs to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password_file: PathBuf,
}

/// Where channels, guide and courses come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Merged in this order.
    pub lineups: Vec<Location>,
    /// Read together, the most trusted first; the lineups may name more.
    pub guides: Vec<Guide>,
    pub catalogue: Option<Url>,
    /// Of other providers, beside it.
    pub catalogues: Vec<Url>,
    /// What courses are that come from a feed which does not say.
    pub feeds: FeedDefaults,
    /// A lineup from the network may name this device and its own link (a relay on the box).
    pub local_addresses: bool,
    /// East of UTC, for guides that write times without a zone and have no offset of their own. Without it XMLTV means
    /// UTC by such times, and DIYP Beijing's.
    pub guide_offset_minutes: Option<i32>,
    /// Who is asked for the time where no web server says it: a name or an address, perhaps with a port.
    pub ntp: Option<String>,
}

/// One source of programmes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    pub location: Location,
    /// East of UTC, for its times without a zone; without it that of all guides.
    pub offset_minutes: Option<i32>,
}

impl Operator {
    /// All lineups by their addresses: whose channels a cache may hold.
    pub fn lineup_sources(&self) -> String {
        self.lineups.iter().map(Location::to_string).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branding {
    pub name: String,
    /// Shown where a viewer may need help.
    pub service_phone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The viewer's own data.
    pub dir: PathBuf,
    /// What can be fetched again.
    pub cache_dir: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playback {
    pub video: VideoWay,
    /// Keep the neighbouring channels ready, at the price of some traffic.
    pub neighbours: bool,
    /// What comes is paid for by its amount: nothing is fetched ahead.
    pub metered: bool,
    /// What neighbours may take from the line, all together; none: what it gives.
    pub neighbour_kbps: Option<usize>,
    /// Kept of neighbours, in MiB, all together.
    pub neighbour_mb: usize,
    /// Multicast groups joined at a time, the one that plays among them.
    pub multicast_groups: usize,
    /// Kept of each group, in MiB.
    pub multicast_mb: usize,
}

impl Playback {
    /// Whether anything may come that nobody watches yet.
    pub fn fetches_ahead(&self) -> bool {
        self.neighbours && !self.metered
    }
}

/// How pictures reach the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum VideoWay {
    /// Probed at start.
    #[default]
    Auto,
    Painted,
    X11,
}

/// Reads an environment variable. Handed in, so that tests say what the environment is.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Config {
    /// Reads the file, or standard input where it is `-`; directories that it does not name follow the environment of the process.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, &|name| std::env::var_os(name))
    }

    pub fn load_with(path: &Path, environment: Environment<'_>) -> Result<Self, ConfigError> {
        let unreadable = |what: String| ConfigError::Unreadable { path: path.into(), what };
        let mut bytes = Vec::new();
        let file: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(opening::open(path).map_err(|e| unreadable(e.to_string()))?)
        };
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unreadable(format!("larger than {MAX_BYTES} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let before = e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|b| **b == b'\n').count() + 1;
            unreadable(format!("not UTF-8 text (line {line})"))
        })?;
        Self::parse(&text, environment).map_err(|faults| ConfigError::Faults { path: path.into(), faults })
    }

    /// Reads the text of a configuration.
    pub fn parse(text: &str, environment: Environment<'_>) -> Result<Self, Vec<ConfigFault>> {
        let (raw, mut faults) = raw::read(text);
        let config = Self::resolve(raw, environment, &mut faults);
        faults.sort_by_key(|f| (f.line, f.column));
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// A box without a configuration file.
    pub fn without_file(environment: Environment<'_>) -> Self {
        Self::resolve(raw::Raw::default(), environment, &mut Vec::new())
    }

    /// The same configuration with another operator.
    pub fn with_operator(self, operator: Operator) -> Self {
        Self { operator: Some(operator), ..self }
    }

    fn resolve(raw: raw::Raw, environment: Environment<'_>, faults: &mut Vec<ConfigFault>) -> Self {
        let raw::Raw { operator, branding, storage, playback, records } = raw;
        let operator = operator.map(|written| {
            let feeds = FeedDefaults::default();
            let root = written.root.map(|root| from_operator_root(&root));
            let (lineups, guides, catalogue) = match root {
                Some(root) => (root.lineups, root.guides, root.catalogue),
                None => (Vec::new(), Vec::new(), None),
            };
            let first = written.lineup.map_or(lineups, |lineup| vec![lineup]);
            let mut lineups: Vec<Location> = Vec::new();
            for lineup in first.into_iter().chain(written.lineups.unwrap_or_default()) {
                if !lineups.contains(&lineup) {
                    lineups.push(lineup);
                }
            }
            Operator {
                lineups,
                guides: written.guides.unwrap_or(guides),
                catalogue: written.catalogue.or(catalogue),
                catalogues: written.catalogues.unwrap_or_default(),
                feeds: FeedDefaults {
                    band: written.feed_band.unwrap_or(feeds.band),
                    tier: written.feed_tier.unwrap_or(feeds.tier),
                    form: written.feed_form.unwrap_or(feeds.form),
                },
                local_addresses: written.local_addresses.unwrap_or(false),
                guide_offset_minutes: written.guide_offset_minutes,
                ntp: written.ntp,
            }
        });
        let place = |written: Option<PathBuf>, systemd: &str, xdg: &str, home: &str| {
            written.unwrap_or_else(|| default_dir(environment, systemd, xdg, home))
        };
        let storage = Storage {
            dir: place(storage.dir, "STATE_DIRECTORY", "XDG_DATA_HOME", ".local/share"),
            cache_dir: place(storage.cache_dir, "CACHE_DIRECTORY", "XDG_CACHE_HOME", ".cache"),
        };
        if storage.dir == storage.cache_dir {
            faults.push(ConfigFault::plain(
                "storage",
                "dir and cache_dir must differ: a cache may be deleted at any time",
            ));
        }
        Self {
            operator,
            branding: Branding {
                name: branding.name.unwrap_or_else(|| "金色学堂".into()),
                service_phone: branding.service_phone,
            },
            storage,
            playback: Playback {
                video: playback.video.unwrap_or_default(),
                neighbours: playback.neighbours.unwrap_or(true),
                metered: playback.metered.unwrap_or(false),
                neighbour_kbps: playback.neighbour_kbps,
                neighbour_mb: playback.neighbour_mb.unwrap_or(24),
                multicast_groups: playback.multicast_groups.unwrap_or(3),
                multicast_mb: playback.multicast_mb.unwrap_or(4),
            },
            records: records.and_then(|written| {
                Some(Records {
                    statements: written.lrs.as_ref().and_then(statements_of)?,
                    credentials: written
                        .user
                        .zip(written.password_file)
                        .map(|(user, password_file)| Credentials { user, password_file }),
                    activities: written.activities,
                    gather: Duration::from_secs(written.gather_s.unwrap_or(RECORDS_GATHER_S) as u64),
                })
            }),
        }
    }
}

/// An LRS is named by its endpoint (xAPI 1.0.3, Communication 1.3); statements are a resource below it.
fn statements_of(endpoint: &Url) -> Option<Url> {
    let mut url = endpoint.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push("statements");
    Some(url)
}

/// The root of an operator as a person types it. What cannot be one is refused with what to type instead.
pub fn operator_root(text: &str) -> Result<Url, String> {
    values::web(text).map_err(|what| {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let meant = Some(format!("http://{rest}")).filter(|_| scheme != "file" && !rest.starts_with(['/', '.', '-']));
        let meant = meant.and_then(|meant| values::web(&meant).ok());
        match meant {
            Some(url) => format!("{what}; write {url}"),
            None => format!("{what}; write an address like http://192.168.1.10/ (files are named in a configuration)"),
        }
    })
}

/// The paths that every operator's root has: `/lineup.m3u`, `/guide.xml` (a server that has `/guide.xml.gz` instead is
/// found out when the guide is fetched), `/catalogue/index.json`. A root without a slash at its end is a directory all
/// the same.
pub fn from_operator_root(root: &Url) -> Operator {
    let mut directory = root.clone();
    directory.set_query(None);
    directory.set_fragment(None);
    if !directory.path().ends_with('/') {
        let path = format!("{}/", directory.path());
        directory.set_path(&path);
    }
    // Joining a fixed relative path to an http address does not fail.
    let at = |path: &str| directory.join(path).ok();
    Operator {
        lineups: at("lineup.m3u").map(Location::Http).into_iter().collect(),
        guides: at("guide.xml")
            .map(|url| Guide { location: Location::Http(url), offset_minutes: None })
            .into_iter()
            .collect(),
        catalogue: at("catalogue/index.json"),
        catalogues: Vec::new(),
        feeds: FeedDefaults::default(),
        local_addresses: false,
        guide_offset_minutes: None,
        ntp: None,
    }
}

/// systemd's directory for the unit, else the user's, else the working directory.
fn default_dir(environment: Environment<'_>, systemd: &str, xdg: &str, home: &str) -> PathBuf {
    // A unit may have several directories, separated by colons: the first is ours.
    let first = |value: OsString| PathBuf::from(value.to_string_lossy().split(':').next().unwrap_or_default());
    let absolute = |name: &str| environment(name).map(first).filter(|p| p.is_absolute());
    if let Some(dir) = absolute(systemd) {
        return dir;
    }
    let base = absolute(xdg).or_else(|| absolute("HOME").map(|h| h.join(home)));
    base.unwrap_or_else(|| PathBuf::from(home)).join("jinse-xuetang")
}
