//! The supervisor by itself: named situations, then random ones with the promises checked after every step.

use proptest::prelude::*;

use super::*;

const AT: MonoMs = MonoMs(1_000_000);
const POLICY: Policy = Policy {
    notice_after_ms: 4_000,
    rebuild_after_ms: 8_000,
    first_frame_ms: 8_000,
    retry_ms: [1_000, 2_000, 4_000, 8_000, 15_000],
    retry_floor_ms: 200,
    failed_retry_ms: 60_000,
    calm_after_ms: 10_000,
    end_tolerance_ms: 3_000,
    short_ends: 3,
    live_rejoin_ms: 10_000,
};

struct Bench {
    sup: Supervisor,
    at: MonoMs,
}

impl Bench {
    fn open(kind: MediaKind, sources: usize, start_ms: u64) -> Self {
        let (sup, step) = Supervisor::open(POLICY, kind, sources, start_ms, AT);
        assert_eq!(step.actions.len(), 1);
        Self { sup, at: AT }
    }

    fn after(&mut self, ms: u64, input: Input) -> Vec<Action> {
        self.at = self.at.plus(ms);
        self.sup.step(self.at, input, 1.0).actions
    }

    fn now(&mut self, input: Input) -> Vec<Action> {
        self.after(0, input)
    }

    fn tick(&mut self, ms: u64) -> Vec<Action> {
        self.after(ms, Input::Tick { upstream: None })
    }

    fn played(&mut self, position_ms: u64) -> Vec<Action> {
        self.after(250, Input::Progress { position_ms, duration_ms: None })
    }
}

fn build(source: usize, start_ms: u64) -> Action {
    Action::Build { source, start_ms, playing: true }
}

#[test]
fn a_standing_picture_gets_a_notice_then_a_new_pipeline() {
    let mut b = Bench::open(MediaKind::OnDemand, 1, 0);
    b.now(Input::Opened);
    assert_eq!(*b.sup.phase(), Phase::Playing);
    b.played(60_000);
    let since = b.at;
    assert!(b.tick(3_999).is_empty());
    assert_eq!(*b.sup.phase(), Phase::Playing);
    b.tick(1);
    assert_eq!(*b.sup.phase(), Phase::Stalled { since, trouble: Trouble::Stalled });
    assert_eq!(b.tick(4_000), [Action::Teardown]);
    let Phase::Reconnecting { attempt: 1, next_try, .. } = *b.sup.phase() else { panic!("{:?}", b.sup.phase()) };
    assert_eq!((next_try, b.sup.wake_at()), (b.at.plus(1_000), Some(next_try)));
    assert_eq!(b.tick(1_000), [build(0, 60_000)], "on demand goes on where it stood");
    b.now(Input::Opened);
    assert_eq!(*b.sup.phase(), Phase::Playing);
}

#[test]
fn a_stall_that_ends_by_itself_ends_in_words_too() {
    let mut b = Bench::open(MediaKind::Live, 1, 0);
    b.now(Input::Opened);
    b.now(Input::Buffering(true));
    b.tick(4_000);
    assert!(matches!(b.sup.phase(), Phase::Stalled { trouble: Trouble::TooSlow, .. }));
    b.played(10);
    assert_eq!(*b.sup.phase(), Phase::Playing);
}

#[test]
fn waits_grow_to_fifteen_seconds_and_calm_play_forgets_them() {
    let mut b = Bench::open(MediaKind::Live, 1, 0);
    for wait in [1_000, 2_000, 4_000, 8_000, 15_000, 15_000] {
        b.now(Input::PipelineError(Trouble::ServerDown));
        assert_eq!(b.sup.wake_at(), Some(b.at.plus(wait)));
        assert!(b.tick(wait - 1).is_empty());
        assert_eq!(b.tick(1), [build(0, 0)]);
        assert!(matches!(b.sup.phase(), Phase::Reconnecting { .. }), "the viewer still sees what is going on");
    }
    b.now(Input::Opened);
    for position in 1..=41 {
        b.played(position * 250);
    }
    b.now(Input::PipelineError(Trouble::ServerDown));
    assert!(matches!(b.sup.phase(), Phase::Reconnecting { attempt: 1, .. }));
}

#[test]
fn jitter_spreads_the_tries_and_never_storms() {
    assert_eq!(POLICY.wait_ms(3, 0.0), 200);
    assert_eq!(POLICY.wait_ms(3, 0.5), 2_000);
    assert_eq!(POLICY.wait_ms(u32::MAX, 1.0), 15_000);
    assert_eq!(POLICY.wait_ms(0, f64::NAN), 1_000);
}

#[test]
fn sources_take_turns() {
    let mut b = Bench::open(MediaKind::Live, 3, 0);
    for source in [1, 2, 0, 1] {
        b.now(Input::PipelineError(Trouble::NotFound));
        assert_eq!(b.tick(15_000), [build(source, 0)]);
    }
}

#[test]
fn hard_trouble_fails_only_when_every_source_has_it() {
    let mut b = Bench::open(MediaKind::Live, 3, 0);
    assert_eq!(b.now(Input::PipelineError(Trouble::MissingCodec)), [Action::Teardown, build(1, 0)]);
    assert_eq!(*b.sup.phase(), Phase::Opening);
    b.now(Input::PipelineError(Trouble::ServerDown));
    assert_eq!(b.tick(15_000), [build(2, 0)]);
    assert_eq!(b.now(Input::PipelineError(Trouble::Blocked)), [Action::Teardown, build(1, 0)]);
    assert_eq!(b.now(Input::PipelineError(Trouble::Blocked)), [Action::Teardown]);
    assert!(matches!(b.sup.phase(), Phase::Failed { trouble: Trouble::Blocked, .. }));
    assert_eq!(b.now(Input::RetryNow), [build(1, 0)], "a person may ask again");
}

#[test]
fn what_cannot_be_played_is_looked_at_again_once_a_minute() {
    let mut b = Bench::open(MediaKind::OnDemand, 1, 9_000);
    for _ in 0..3 {
        b.now(Input::PipelineError(Trouble::MissingCodec));
        let next_try = Some(b.at.plus(60_000));
        assert_eq!(*b.sup.phase(), Phase::Failed { trouble: Trouble::MissingCodec, next_try });
        assert_eq!(b.sup.wake_at(), next_try);
        assert!(b.tick(59_999).is_empty());
        assert_eq!(b.tick(1), [build(0, 9_000)]);
        let trouble = Trouble::MissingCodec;
        assert!(matches!(b.sup.phase(), Phase::Reconnecting { trouble: t, .. } if *t == trouble), "the words stay");
    }
    b.now(Input::Opened);
    assert_eq!(*b.sup.phase(), Phase::Playing);
}

#[test]
fn no_first_picture_in_eight_seconds_is_trouble_with_its_cause() {
    let mut b = Bench::open(MediaKind::Live, 1, 0);
    assert!(b.tick(7_999).is_empty());
    assert_eq!(b.after(1, Input::Tick { upstream: Some(Trouble::Dns) }), [Action::Teardown]);
    assert!(matches!(b.sup.phase(), Phase::Reconnecting { trouble: Trouble::Dns, .. }));
}

#[test]
fn an_end_is_an_end_only_at_the_end() {
    let progress = |position_ms| Input::Progress { position_ms, duration_ms: Some(60_000) };
    let mut b = Bench::open(MediaKind::OnDemand, 1, 0);
    b.now(Input::Opened);
    b.now(progress(58_000));
    assert_eq!(b.now(Input::Eos), [Action::Teardown]);
    assert_eq!(*b.sup.phase(), Phase::Ended);
    assert_eq!(b.now(Input::UserSeek { to_ms: 5_000 }), [build(0, 5_000)], "back from the end");

    b.now(Input::Opened);
    for _ in 0..2 {
        b.now(progress(30_000));
        b.now(Input::Eos);
        assert!(matches!(b.sup.phase(), Phase::Reconnecting { trouble: Trouble::ServerDown, .. }));
        assert_eq!(b.tick(15_000), [build(0, 30_000)]);
        b.now(Input::Opened);
    }
    b.now(Input::Eos);
    assert_eq!(*b.sup.phase(), Phase::Ended, "three times at the same place: the medium is shorter than it says");

    let mut live = Bench::open(MediaKind::Live, 1, 0);
    live.now(Input::Opened);
    live.now(Input::Eos);
    assert!(matches!(live.sup.phase(), Phase::Reconnecting { .. }));
}

#[test]
fn pause_is_an_intent_that_outlives_the_pipeline() {
    let mut b = Bench::open(MediaKind::OnDemand, 1, 0);
    b.now(Input::Opened);
    b.played(20_000);
    assert_eq!(b.now(Input::UserPause), [Action::SetPlaying(false)]);
    assert_eq!((b.sup.phase(), b.sup.wake_at()), (&Phase::Paused, None));
    b.after(3_600_000, Input::Tick { upstream: None });
    assert_eq!(*b.sup.phase(), Phase::Paused, "a pause is no stall");
    b.now(Input::PipelineError(Trouble::ServerDown));
    assert_eq!(b.tick(1_000), [Action::Build { source: 0, start_ms: 20_000, playing: false }]);
    b.now(Input::Opened);
    assert_eq!(*b.sup.phase(), Phase::Paused);
    assert_eq!(b.now(Input::UserResume), [Action::SetPlaying(true)]);
}

#[test]
fn live_joins_its_edge_again_after_a_long_pause() {
    let mut b = Bench::open(MediaKind::Live, 1, 0);
    b.now(Input::Opened);
    b.now(Input::UserPause);
    assert_eq!(b.after(5_000, Input::UserResume), [Action::SetPlaying(true)]);
    b.now(Input::UserPause);
    assert_eq!(b.after(10_001, Input::UserResume), [Action::Teardown, build(0, 0)]);
    assert!(b.now(Input::UserSeek { to_ms: 1 }).is_empty());
}

#[test]
fn a_seek_before_the_first_picture_is_kept() {
    let mut b = Bench::open(MediaKind::OnDemand, 1, 7_000);
    assert!(b.now(Input::UserSeek { to_ms: 30_000 }).is_empty());
    assert_eq!(b.now(Input::Opened), [Action::Seek { to_ms: 30_000 }]);
    b.now(Input::PipelineError(Trouble::ServerDown));
    b.now(Input::UserSeek { to_ms: 40_000 });
    assert_eq!(b.now(Input::RetryNow), [build(0, 40_000)]);
}

fn any_trouble() -> impl Strategy<Value = Trouble> {
    prop::sample::select(vec![
        Trouble::NoNetwork,
        Trouble::ServerDown,
        Trouble::NotFound,
        Trouble::BrokenMedia,
        Trouble::Stalled,
        Trouble::Blocked,
        Trouble::MissingCodec,
        Trouble::MissingPlugin,
    ])
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        4 => Just(Input::Opened),
        2 => any_trouble().prop_map(Input::PipelineError),
        4 => (0u64..100_000, prop::option::of(1u64..100_000))
            .prop_map(|(position_ms, duration_ms)| Input::Progress { position_ms, duration_ms }),
        1 => any::<bool>().prop_map(Input::Buffering),
        1 => Just(Input::Eos),
        1 => Just(Input::UserPause),
        1 => Just(Input::UserResume),
        1 => (0u64..200_000).prop_map(|to_ms| Input::UserSeek { to_ms }),
        1 => Just(Input::RetryNow),
        1 => Just(Input::Stop),
        6 => prop::option::of(any_trouble()).prop_map(|upstream| Input::Tick { upstream }),
    ]
}

/// What stands according to the actions alone.
#[derive(Default)]
struct Mirror {
    pipeline: bool,
}

fn verify_invariants(sup: &Supervisor, mirror: &mut Mirror, at: MonoMs, sources: usize, actions: &[Action]) {
    for action in actions {
        match action {
            Action::Build { source, start_ms, playing } => {
                assert!(!mirror.pipeline, "two pipelines at once");
                assert!(*source < sources);
                assert_eq!(*playing, sup.wants_play());
                assert!(sup.kind == MediaKind::OnDemand || *start_ms == 0, "live starts at its edge");
                mirror.pipeline = true;
            }
            Action::Teardown => {
                assert!(mirror.pipeline, "nothing to take down");
                mirror.pipeline = false;
            }
            Action::Seek { .. } => assert!(mirror.pipeline && sup.kind == MediaKind::OnDemand),
            Action::SetPlaying(_) => assert!(mirror.pipeline),
        }
    }
    assert_eq!(mirror.pipeline, sup.pipeline);
    match sup.phase() {
        Phase::Idle | Phase::Ended => assert!(!mirror.pipeline),
        Phase::Failed { .. } => {
            assert!(!mirror.pipeline);
            assert!(sup.ruled_out.iter().all(Option::is_some), "failed with a source untried");
        }
        Phase::Opening => assert!(mirror.pipeline && sup.wake_at().is_some()),
        Phase::Playing => assert!(mirror.pipeline && sup.wants_play() && sup.wake_at().is_some()),
        Phase::Paused => assert!(mirror.pipeline && !sup.wants_play()),
        Phase::Stalled { .. } => assert!(mirror.pipeline && sup.wake_at().is_some()),
        Phase::Reconnecting { attempt, next_try, since, .. } => {
            assert!(*attempt >= 1 && *since <= at);
            assert!(sup.wake_at().is_some(), "a viewer waits for nothing");
            assert!(*next_try <= at.plus(15_000));
            assert!(mirror.pipeline || sup.wake_at() == Some(*next_try));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn promises_hold_after_every_step(
        live in any::<bool>(),
        sources in 1usize..4,
        steps in prop::collection::vec((0u64..9_000, any_input(), 0.0f64..1.0), 1..80),
    ) {
        let kind = if live { MediaKind::Live } else { MediaKind::OnDemand };
        let (mut sup, first) = Supervisor::open(POLICY, kind, sources, 5_000, AT);
        let mut mirror = Mirror::default();
        let mut at = AT;
        verify_invariants(&sup, &mut mirror, at, sources, &first.actions);
        for (ms, input, roll) in steps {
            at = at.plus(ms);
            let before = sup.phase().clone();
            let step = sup.step(at, input, roll);
            prop_assert_eq!(step.phase.is_some(), *sup.phase() != before, "a change is told, once");
            verify_invariants(&sup, &mut mirror, at, sources, &step.actions);
        }
    }

    /// Whatever happened: if time passes and pipelines open, an untroubled medium plays again without any key.
    #[test]
    fn it_always_comes_back_by_itself(
        steps in prop::collection::vec((0u64..9_000, any_input(), 0.0f64..1.0), 0..40),
    ) {
        let (mut sup, _) = Supervisor::open(POLICY, MediaKind::Live, 2, 0, AT);
        let mut at = AT;
        for (ms, input, roll) in steps {
            at = at.plus(ms);
            if !matches!(input, Input::Stop | Input::UserPause) {
                sup.step(at, input, roll);
            }
        }
        let mut back = matches!(sup.phase(), Phase::Playing | Phase::Failed { .. });
        for _ in 0..3 {
            if let Some(due) = sup.wake_at() {
                at = at.max(due);
            }
            sup.step(at, Input::Tick { upstream: None }, 0.5);
            sup.step(at, Input::Opened, 0.5);
            back |= *sup.phase() == Phase::Playing;
        }
        prop_assert!(back, "{:?}", sup.phase());
    }
}
