//! Puts a pipeline up for the source that the supervisor names, hands it orders and takes it down again. What a
//! pipeline consists of is `hand`'s and `build`'s.

use super::{Note, Worker, address::scheme, near::may_join};
use crate::player::{
    clock,
    engine::{
        build::{What, parse_datagrams},
        hand::{Hand, Op, Plan},
    },
    feed::Wish,
    supervisor::{Action, Input},
    types::{MediaKind, Trouble},
};

/// A pipeline that takes longer to go down hangs, and is left behind.
const CLOSE_MS: u64 = 3_000;

impl Worker {
    pub(super) fn drop_hand(&mut self) {
        if let Some(hand) = self.current.as_mut().and_then(|c| c.hand.take()) {
            self.closing.push((hand.generation, clock::now().plus(CLOSE_MS)));
            hand.shutdown();
        }
    }

    /// Another pipeline in the place of the present one, for the same source; nothing has failed.
    pub(super) fn rebuild(&mut self) {
        self.drop_hand();
        let Some(current) = &self.current else { return };
        let (source, playing) = (current.supervisor.source(), current.supervisor.wants_play());
        if let Err(trouble) = self.build(source, 0, playing) {
            self.step(Input::PipelineError(trouble));
        }
    }

    pub(super) fn act(&mut self, action: Action) -> Result<(), Trouble> {
        match action {
            Action::Build { source, start_ms, playing } => self.build(source, start_ms, playing),
            Action::Teardown => {
                self.drop_hand();
                if let Some(current) = &self.current {
                    self.access.close(current.request.session);
                }
                Ok(())
            }
            Action::Seek { to_ms } => {
                self.order(Op::Seek(to_ms));
                Ok(())
            }
            Action::SetPlaying(playing) => {
                self.order(Op::SetPlaying(playing));
                Ok(())
            }
        }
    }

    pub(super) fn order(&self, op: Op) {
        if let Some(hand) = self.current.as_ref().and_then(|c| c.hand.as_ref()) {
            hand.send(op);
        }
    }

    fn build(&mut self, source: usize, start_ms: u64, playing: bool) -> Result<(), Trouble> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let request = &current.request;
        let Some(medium) = request.sources.get(source) else { return Err(Trouble::Blocked) };
        let what = match scheme(&medium.url).as_str() {
            "http" | "https" => {
                let at = self.access.open(request.session, medium, request.trust)?;
                if self.strange.streams.contains(&medium.url) { What::Relay(at) } else { What::Gate(at) }
            }
            "udp" | "rtp" if may_join(request.trust) => {
                let (at, rtp) = parse_datagrams(&medium.url).ok_or(Trouble::Blocked)?;
                if self.strange.groups.contains(&at) { What::Datagrams { at, rtp } } else { What::Cast { at } }
            }
            _ => return Err(Trouble::Blocked),
        };
        self.generation += 1;
        let generation = self.generation;
        let plan = Plan {
            session: request.session,
            generation,
            what,
            kind: request.kind,
            start_ms,
            rate: if request.kind == MediaKind::Live { 1.0 } else { request.speed.factor() },
            playing,
            place: self.place,
            wish: Wish { sound: request.sound.clone(), behind_ms: request.behind_ms },
            caption: request.caption.clone(),
        };
        let inbox = self.inbox.clone();
        let report = move |report| {
            let _ = inbox.send(Note::Report(generation, report));
        };
        match Hand::start(plan, &self.cast, self.access.clone(), self.painter.clone(), self.audio.clone(), report) {
            Ok(hand) => {
                current.hand = Some(hand);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "no thread for a pipeline");
                Err(Trouble::Decode)
            }
        }
    }
}
