//! The thread that searches. Indexes arrive whole and take the place of those before; of queries that pile up only the
//! newest is answered.

use std::{collections::HashSet, sync::mpsc};

use super::{
    Answer, Index, find,
    source::{self, Airing},
};
use crate::guide::lineup::Lineup;

/// Results that are handed over: some pages of them.
pub const RESULTS: usize = 60;

pub enum Order {
    Courses(Index),
    Lineup(Lineup),
    Airings(Vec<Airing>),
    Query {
        number: u64,
        text: String,
        /// Ids of courses and channels that were watched.
        own: Vec<String>,
    },
}

pub struct Searcher(mpsc::Sender<Order>);

impl Searcher {
    /// `answer` and `load` are called on the searching thread; `load` once at most, for the courses as they were kept,
    /// when somebody is about to search and no newer ones have come.
    pub fn start(
        load: impl FnOnce() -> Option<Index> + Send + 'static,
        answer: impl Fn(u64, Answer) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (orders, arriving) = mpsc::channel();
        std::thread::Builder::new().name("search".into()).spawn(move || work(&arriving, load, &answer))?;
        Ok(Self(orders))
    }

    pub fn send(&self, order: Order) {
        // The thread lives as long as this.
        let _ = self.0.send(order);
    }

    /// Somebody else brings an index.
    pub fn orders(&self) -> mpsc::Sender<Order> {
        self.0.clone()
    }
}

fn work(arriving: &mpsc::Receiver<Order>, load: impl FnOnce() -> Option<Index>, answer: &impl Fn(u64, Answer)) {
    let (mut channels, mut airings) = (Index::default(), Index::default());
    let (mut courses, mut load) = (None, Some(load));
    while let Ok(first) = arriving.recv() {
        let (mut newest, mut wanted) = (None, false);
        for order in std::iter::once(first).chain(std::iter::from_fn(|| arriving.try_recv().ok())) {
            match order {
                Order::Courses(index) => courses = Some(index),
                Order::Lineup(lineup) => channels = source::of_lineup(&lineup),
                Order::Airings(all) => {
                    airings = source::of_airings(&all);
                    wanted = true;
                }
                Order::Query { number, text, own } => {
                    newest = Some((number, text, own));
                    wanted = true;
                }
            }
        }
        if let (None, Some(load)) = (&courses, load.take_if(|_| courses.is_none() && wanted)) {
            courses = load();
        }
        if let Some((number, text, own)) = newest {
            let own: HashSet<&str> = own.iter().map(String::as_str).collect();
            let parts: Vec<&Index> = courses.iter().chain([&channels, &airings]).collect();
            answer(number, find(&parts, &text, &own, RESULTS));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{guide::lineup::ChannelId, time::UtcMs};

    #[test]
    fn the_newest_query_is_answered_over_the_newest_indexes() {
        let (to, answers) = mpsc::channel();
        let searcher = Searcher::start(|| None, move |number, answer| to.send((number, answer)).unwrap()).unwrap();
        let airing = |title: &str| Airing { channel: ChannelId("1".into()), title: title.into(), start: UtcMs(7) };
        searcher.send(Order::Airings(vec![airing("太极拳公开课")]));
        searcher.send(Order::Airings(vec![airing("太极剑")]));
        searcher.send(Order::Query { number: 1, text: "8".into(), own: Vec::new() });
        searcher.send(Order::Query { number: 2, text: "85".into(), own: Vec::new() });
        loop {
            let (number, answer) = answers.recv_timeout(Duration::from_secs(20)).unwrap();
            if number == 2 {
                assert_eq!(answer.results[0].title, "太极剑");
                assert_eq!(answer.results[0].id, "7@1");
                break;
            }
        }
    }
}
