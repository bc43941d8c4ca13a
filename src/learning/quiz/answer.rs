//! What a question offers, and judging what was chosen. Choices are told by the option's place in the catalogue, not by
//! its row on the screen, so that they mean the same wherever they are looked at.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

/// Options stand as large rows on one screen, and each has a number key.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=6;

const TRUE_FALSE: [&str; 2] = ["对", "不对"];

/// What is offered and what is right. Made by the constructors only, so that what is right is always offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Answer(Written);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Written {
    Single {
        options: Vec<String>,
        right: usize,
    },
    Multiple {
        options: Vec<String>,
        right: BTreeSet<usize>,
    },
    TrueFalse {
        right: bool,
    },
    /// In the right order; shown in another.
    Order {
        items: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Single,
    Multiple,
    TrueFalse,
    Order,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    #[error("must have 2 to 6 options, has {0}")]
    Count(usize),
    #[error("offers \"{0}\" twice")]
    Alike(String),
    #[error("an option has no words")]
    Blank,
    #[error("must have exactly one right option, has {0}")]
    NotOneRight(usize),
    #[error("must have at least one right option")]
    NoneRight,
    #[error("calls an option right that is not offered")]
    NotOffered,
}

/// What somebody chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Of a true/false question 0 is 对.
    One(usize),
    Several(BTreeSet<usize>),
    Sequence(Vec<usize>),
}

impl Answer {
    /// `right`: which options are; exactly one must be.
    pub fn single(options: Vec<String>, right: &BTreeSet<usize>) -> Result<Self, AnswerFault> {
        match right.iter().copied().collect::<Vec<_>>().as_slice() {
            [one] => Written::Single { options, right: *one }.try_into(),
            several => Err(AnswerFault::NotOneRight(several.len())),
        }
    }

    pub fn multiple(options: Vec<String>, right: BTreeSet<usize>) -> Result<Self, AnswerFault> {
        Written::Multiple { options, right }.try_into()
    }

    pub fn true_false(right: bool) -> Self {
        Self(Written::TrueFalse { right })
    }

    /// `items` in the right order.
    pub fn order(items: Vec<String>) -> Result<Self, AnswerFault> {
        Written::Order { items }.try_into()
    }

    pub fn kind(&self) -> Kind {
        match &self.0 {
            Written::Single { .. } => Kind::Single,
            Written::Multiple { .. } => Kind::Multiple,
            Written::TrueFalse { .. } => Kind::TrueFalse,
            Written::Order { .. } => Kind::Order,
        }
    }

    /// How many rows are offered; never 0.
    pub fn len(&self) -> usize {
        match &self.0 {
            Written::Single { options, .. } | Written::Multiple { options, .. } => options.len(),
            Written::TrueFalse { .. } => TRUE_FALSE.len(),
            Written::Order { items } => items.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of an option, by its place in the catalogue.
    pub fn words(&self, option: usize) -> &str {
        match &self.0 {
            Written::Single { options, .. } | Written::Multiple { options, .. } => options.get(option),
            Written::Order { items } => items.get(option),
            Written::TrueFalse { .. } => return TRUE_FALSE.get(option).copied().unwrap_or(""),
        }
        .map_or("", String::as_str)
    }

    /// Which option stands on each row. What has to be put in order stands in another one, the same on every visit.
    pub fn rows(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.len()).collect();
        let Written::Order { items } = &self.0 else { return rows };
        let mut seed = items
            .iter()
            .flat_map(|i| i.bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        for i in (1..rows.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let j = usize::try_from(seed >> 33).unwrap_or(0) % (i + 1);
            rows.swap(i, j);
        }
        if rows.is_sorted() {
            rows.rotate_left(1);
        }
        rows
    }

    pub fn is_right(&self, choice: &Choice) -> bool {
        match (&self.0, choice) {
            (Written::Single { right, .. }, Choice::One(chosen)) => right == chosen,
            (Written::TrueFalse { right }, Choice::One(chosen)) => usize::from(!*right) == *chosen,
            (Written::Multiple { right, .. }, Choice::Several(chosen)) => right == chosen,
            (Written::Order { items }, Choice::Sequence(chosen)) => {
                chosen.len() == items.len() && chosen.iter().enumerate().all(|(place, item)| place == *item)
            }
            _ => false,
        }
    }
}

impl TryFrom<Written> for Answer {
    type Error = AnswerFault;

    fn try_from(written: Written) -> Result<Self, AnswerFault> {
        let offered = match &written {
            Written::Single { options, .. } | Written::Multiple { options, .. } => options,
            Written::Order { items } => items,
            Written::TrueFalse { .. } => return Ok(Self(written)),
        };
        if !OPTIONS.contains(&offered.len()) {
            return Err(AnswerFault::Count(offered.len()));
        }
        if offered.iter().any(|o| o.trim().is_empty()) {
            return Err(AnswerFault::Blank);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = offered.iter().find(|o| !seen.insert(o.trim())) {
            return Err(AnswerFault::Alike(twice.clone()));
        }
        let is_offered = |option: &usize| *option < offered.len();
        match &written {
            Written::Multiple { right, .. } if right.is_empty() => Err(AnswerFault::NoneRight),
            Written::Multiple { right, .. } if !right.iter().all(is_offered) => Err(AnswerFault::NotOffered),
            Written::Single { right, .. } if !is_offered(right) => Err(AnswerFault::NotOffered),
            _ => Ok(Self(written)),
        }
    }
}

impl From<Answer> for Written {
    fn from(answer: Answer) -> Self {
        answer.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn options() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-c ]{0,3}", 0..9)
    }

    /// Every choice that the screen can make.
    fn choices(answer: &Answer) -> Vec<Choice> {
        let n = answer.len();
        match answer.kind() {
            Kind::Single | Kind::TrueFalse => (0..n).map(Choice::One).collect(),
            Kind::Multiple => {
                (0..1usize << n).map(|bits| Choice::Several((0..n).filter(|i| bits >> i & 1 == 1).collect())).collect()
            }
            Kind::Order => {
                let mut all: Vec<Vec<usize>> = vec![vec![]];
                for _ in 0..n {
                    all = all
                        .iter()
                        .flat_map(|s| {
                            (0..n).filter(|i| !s.contains(i)).map(|i| [s.as_slice(), &[i]].concat()).collect::<Vec<_>>()
                        })
                        .collect();
                }
                all.into_iter().map(Choice::Sequence).collect()
            }
        }
    }

    fn any_answer() -> impl Strategy<Value = Result<Answer, AnswerFault>> {
        prop_oneof![
            (options(), prop::collection::btree_set(0usize..8, 0..4)).prop_map(|(o, r)| Answer::single(o, &r)),
            (options(), prop::collection::btree_set(0usize..8, 0..4)).prop_map(|(o, r)| Answer::multiple(o, r)),
            any::<bool>().prop_map(|r| Ok(Answer::true_false(r))),
            options().prop_map(Answer::order),
        ]
    }

    proptest! {
        #[test]
        fn exactly_one_of_all_possible_choices_is_right(answer in any_answer()) {
            let Ok(answer) = answer else { return Ok(()) };
            prop_assert!(OPTIONS.contains(&answer.len()));
            prop_assert_eq!(choices(&answer).iter().filter(|c| answer.is_right(c)).count(), 1);
            let words: HashSet<&str> = (0..answer.len()).map(|i| answer.words(i).trim()).collect();
            prop_assert_eq!(words.len(), answer.len());
            prop_assert!(!words.contains(""));
        }

        #[test]
        fn rows_show_every_option_once_and_never_give_the_order_away(answer in any_answer()) {
            let Ok(answer) = answer else { return Ok(()) };
            let rows = answer.rows();
            let mut sorted = rows.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..answer.len()).collect::<Vec<_>>());
            prop_assert_eq!(rows.is_sorted(), answer.kind() != Kind::Order);
            prop_assert_eq!(&rows, &answer.rows());
        }

        #[test]
        fn what_is_read_back_was_checked(answer in any_answer(), place in any::<usize>()) {
            if let Ok(answer) = answer {
                let text = serde_json::to_string(&answer).unwrap();
                prop_assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer);
            }
            let forged = format!(r#"{{"Single":{{"options":["a","b"],"right":{place}}}}}"#);
            prop_assert_eq!(serde_json::from_str::<Answer>(&forged).is_ok(), place < 2);
        }
    }

    #[test]
    fn what_cannot_be_answered_is_refused_with_its_reason() {
        let of = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let right = |places: &[usize]| places.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(Answer::single(of(&["一"]), &right(&[0])), Err(AnswerFault::Count(1)));
        assert_eq!(Answer::single(of(&["一", "二"]), &right(&[0, 1])), Err(AnswerFault::NotOneRight(2)));
        assert_eq!(Answer::single(of(&["一", "二"]), &right(&[2])), Err(AnswerFault::NotOffered));
        assert_eq!(Answer::multiple(of(&["一", "二"]), right(&[])), Err(AnswerFault::NoneRight));
        assert_eq!(Answer::order(of(&["一", " 一"])), Err(AnswerFault::Alike(" 一".into())));
        assert_eq!(Answer::order(of(&["一", " "])), Err(AnswerFault::Blank));
    }
}
