//! The receiving thread itself: its groups, their sockets and watchers. What it is asked comes by commands.

use std::{
    collections::HashMap,
    io::{self, ErrorKind, Read},
    net::{SocketAddr, UdpSocket},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::{Arc, atomic::AtomicU64, mpsc::Receiver},
    time::{Duration, Instant},
};

use super::{Command, Limits, Signal, Sink};
use crate::player::{
    cast::{
        audience::Audience,
        channel::{Carrier, Channel},
        socket,
    },
    sounds::Sound,
};

/// Datagrams come more than a thousand times a second; they are taken in batches, which costs a tenth of the time.
const BATCH: Duration = Duration::from_millis(4);
/// Taken from one socket before the next has its turn.
const TURN_DATAGRAMS: usize = 512;
const DATAGRAM_BYTES: usize = 64 << 10;
/// A group that is opened again after so much silence is joined anew: its way may lead over another line now.
const DEAF: Duration = Duration::from_secs(3);
/// So many holes in this time, while groups are kept ready beside what plays, are taken for a line that is too thin.
const HOLES: u64 = 10;
const HOLES_SPAN: Duration = Duration::from_secs(5);
/// For so long nothing is kept ready after that.
const THIN_LINE_REST: Duration = Duration::from_secs(300);

struct Group {
    socket: UdpSocket,
    audience: Audience,
    heard: Instant,
    /// Holes counted up to the time beside it.
    holes: (u64, Instant),
}

/// The receiving end.
pub(super) struct Ear {
    origin: Instant,
    inbox: Receiver<Command>,
    bell: UnixStream,
    limits: Limits,
    groups: HashMap<SocketAddr, Group>,
    /// To be kept ready.
    wanted: Vec<SocketAddr>,
    thin_until: Option<Instant>,
    scratch: Vec<u8>,
}

impl Ear {
    pub(super) fn new(origin: Instant, inbox: Receiver<Command>, bell: UnixStream) -> Self {
        Self {
            origin,
            inbox,
            bell,
            limits: Limits::default(),
            groups: HashMap::new(),
            wanted: Vec::new(),
            thin_until: None,
            scratch: vec![0; DATAGRAM_BYTES],
        }
    }

    pub(super) fn run(&mut self) {
        loop {
            let mut waits: Vec<RawFd> = vec![self.bell.as_raw_fd()];
            waits.extend(self.groups.values().map(|g| g.socket.as_raw_fd()));
            wait(&waits, None);
            while matches!(self.bell.read(&mut [0; 64]), Ok(1..)) {}
            while let Ok(command) = self.inbox.try_recv() {
                if matches!(command, Command::Quit) {
                    return;
                }
                self.obey(command);
            }
            if self.receive() {
                self.heed_line();
                wait(&[self.bell.as_raw_fd()], Some(BATCH));
            }
        }
    }

    fn now_ns(&self) -> i64 {
        i64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Watch { id, at, sound, bytes, sink } => self.watch(id, at, sound, bytes, sink),
            Command::Unwatch(id) => {
                for group in self.groups.values_mut() {
                    group.audience.dismiss(id);
                }
                self.leave();
            }
            Command::Keep { groups, join } => {
                self.wanted = groups;
                self.leave();
                if join {
                    self.join();
                }
            }
            Command::Limit(limits) => {
                self.limits = limits;
                self.leave();
            }
            Command::Quit => {}
        }
    }

    fn watch(&mut self, id: u64, at: SocketAddr, sound: Option<Sound>, bytes: Arc<AtomicU64>, mut sink: Sink) {
        let now = self.now_ns();
        if self.groups.get(&at).is_some_and(|g| g.audience.is_empty() && g.heard.elapsed() > DEAF) {
            self.groups.remove(&at);
        }
        if !self.groups.contains_key(&at)
            && let Err(error) = self.open(at)
        {
            sink(Signal::Failed(error));
            return;
        }
        let Some(group) = self.groups.get_mut(&at) else { return };
        group.audience.prefer(sound);
        group.audience.admit(id, bytes, sink, now);
        group.holes = (group.audience.counters().lost, Instant::now());
    }

    fn open(&mut self, at: SocketAddr) -> io::Result<()> {
        let socket = socket::open(at)?;
        let now = Instant::now();
        let audience = Audience::new(Channel::new(self.limits.ring_bytes, Carrier::Datagrams));
        self.groups.insert(at, Group { socket, audience, heard: now, holes: (0, now) });
        tracing::debug!(%at, "group joined");
        Ok(())
    }

    fn leave(&mut self) {
        let wanted = &self.wanted;
        self.groups.retain(|at, group| {
            let stays = !group.audience.is_empty() || wanted.contains(at);
            if !stays {
                tracing::debug!(%at, "group left");
            }
            stays
        });
    }

    fn join(&mut self) {
        if self.thin_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        for at in self.wanted.clone() {
            if self.groups.len() >= self.limits.groups {
                break;
            }
            if !self.groups.contains_key(&at)
                && let Err(error) = self.open(at)
            {
                tracing::debug!(%at, %error, "a neighbouring group is not joined");
            }
        }
    }

    /// Whether anything came.
    fn receive(&mut self) -> bool {
        let now = self.now_ns();
        let mut any = false;
        for group in self.groups.values_mut() {
            let mut came = false;
            for _ in 0..TURN_DATAGRAMS {
                match group.socket.recv(&mut self.scratch) {
                    Ok(length) => {
                        came = true;
                        let datagram = self.scratch.get(..length).unwrap_or_default();
                        group.audience.take(datagram, now);
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // An error that is not "nothing there" is one that the kernel tells once.
                    Err(_) => break,
                }
            }
            if came {
                any = true;
                group.heard = Instant::now();
                group.audience.count();
            }
        }
        any
    }

    /// What plays goes first: where it suffers, the neighbours are let go for a while.
    fn heed_line(&mut self) {
        let mut suffers = false;
        for group in self.groups.values_mut().filter(|g| !g.audience.is_empty()) {
            let lost = group.audience.counters().lost;
            suffers |= lost.saturating_sub(group.holes.0) >= HOLES;
            if group.holes.1.elapsed() > HOLES_SPAN {
                group.holes = (lost, Instant::now());
            }
        }
        if suffers && self.groups.values().any(|g| g.audience.is_empty()) {
            tracing::info!("packets get lost: no neighbouring groups for a while");
            self.thin_until = Some(Instant::now() + THIN_LINE_REST);
            self.groups.retain(|_, group| !group.audience.is_empty());
        }
    }
}

/// Waits until something can be read from one of these, or for so long.
#[allow(unsafe_code)]
fn wait(descriptors: &[RawFd], at_most: Option<Duration>) {
    let mut polls: Vec<libc::pollfd> =
        descriptors.iter().map(|fd| libc::pollfd { fd: *fd, events: libc::POLLIN, revents: 0 }).collect();
    let timeout = at_most.map_or(-1, |d| i32::try_from(d.as_millis()).unwrap_or(i32::MAX));
    let count = libc::nfds_t::try_from(polls.len()).unwrap_or(0);
    // SAFETY: `polls` is a live array of `count` entries that nobody else holds; poll writes only to their `revents`.
    // An interrupted or failed call reads as nothing there, after which all sockets are asked anyway.
    unsafe {
        libc::poll(polls.as_mut_ptr(), count, timeout);
    }
}
