//! What the box believes a learner likes (数字画像), and what the learner has said about that. The learner's word counts
//! more than anything that was watched. Pure data; what follows from it is `recommend`'s.

use serde::{Deserialize, Serialize};

use crate::catalogue::types::{Band, CourseId};

/// Something that can be liked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Band(Band),
    Teacher(String),
}

/// What the learner has said of it. Nothing said: what was watched counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liking {
    /// 多一点
    More,
    /// 少一点
    Less,
    /// 不要
    Never,
}

impl Liking {
    /// From least to most; none is what was watched.
    const LADDER: [Option<Liking>; 4] = [Some(Liking::Never), Some(Liking::Less), None, Some(Liking::More)];

    /// One step towards more or less; none at the end.
    pub fn step(of: Option<Liking>, more: bool) -> Option<Option<Liking>> {
        let at = Self::LADDER.iter().position(|l| *l == of)?;
        let to = if more { at.checked_add(1)? } else { at.checked_sub(1)? };
        Self::LADDER.get(to).copied()
    }
}

/// The learner's own word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taste {
    /// 不感兴趣, in the order in which it was said.
    pub declined: Vec<CourseId>,
    pub likings: Vec<(Subject, Liking)>,
}

impl Taste {
    pub fn liking(&self, subject: &Subject) -> Option<Liking> {
        self.likings.iter().find(|(s, _)| s == subject).map(|(_, liking)| *liking)
    }

    pub fn set(&mut self, subject: &Subject, liking: Option<Liking>) {
        self.likings.retain(|(s, _)| s != subject);
        self.likings.extend(liking.map(|liking| (subject.clone(), liking)));
    }

    pub fn is_empty(&self) -> bool {
        self.declined.is_empty() && self.likings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likings_are_climbed_and_end() {
        assert_eq!(Liking::step(None, true), Some(Some(Liking::More)));
        assert_eq!(Liking::step(Some(Liking::More), true), None);
        assert_eq!(Liking::step(None, false), Some(Some(Liking::Less)));
        assert_eq!(Liking::step(Some(Liking::Less), false), Some(Some(Liking::Never)));
        assert_eq!(Liking::step(Some(Liking::Never), false), None);
        assert_eq!(Liking::step(Some(Liking::Less), true), Some(None));
    }
}
