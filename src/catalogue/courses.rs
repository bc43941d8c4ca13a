//! The courses of a catalogue as they are held: shared, so that a copy costs nothing, and indexed once, so that no key
//! press walks 20,000 of them to find one. What a course is lives in `types`.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    mem,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::{Band, Course, CourseId, Tier};

/// Freeing more courses than this takes longer than a frame may: it is done beside whoever lets go.
const FREED_HERE_AT_MOST: usize = 4_000;

/// A list of courses. Reads as a `Vec`; changing it copies it where somebody else holds it too, and forgets the index.
#[derive(Clone, Default)]
pub struct Courses(Arc<Held>);

#[derive(Default)]
struct Held {
    list: Vec<Course>,
    index: OnceLock<Index>,
}

/// Places are packed into the lower half of a word and sorted: eight bytes for each course and way to find it.
struct Index {
    hasher: RandomState,
    by_id: Vec<u64>,
    /// Key: band and tier.
    by_shelf: Vec<u64>,
}

fn packed(key: u32, place: usize) -> u64 {
    u64::from(key) << 32 | place as u64
}

fn key_of(word: u64) -> u32 {
    (word >> 32) as u32
}

fn place_of(word: u64) -> usize {
    (word & u64::from(u32::MAX)) as usize
}

fn shelf_key(band: Band, tier: Tier) -> u32 {
    (band as u32) << 8 | tier as u32
}

fn short_hash(hasher: &RandomState, id: &CourseId) -> u32 {
    (hasher.hash_one(id) >> 32) as u32
}

fn at(words: &[u64], key: u32) -> impl Iterator<Item = usize> {
    let from = words.partition_point(|w| key_of(*w) < key);
    let alike = words.get(from..).unwrap_or_default();
    alike.iter().take_while(move |w| key_of(**w) == key).map(|w| place_of(*w))
}

impl Index {
    fn of(list: &[Course]) -> Self {
        let hasher = RandomState::new();
        let sorted = |key: &dyn Fn(&Course) -> u32| {
            let mut words: Vec<u64> = list.iter().enumerate().map(|(place, c)| packed(key(c), place)).collect();
            words.sort_unstable();
            words
        };
        let by_id = sorted(&|c| short_hash(&hasher, &c.id));
        let by_shelf = sorted(&|c| shelf_key(c.band, c.tier));
        Self { by_id, by_shelf, hasher }
    }
}

impl Courses {
    /// Builds the index now. For the thread that reads a catalogue, so that the first key press does not have to.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &Index {
        self.0.index.get_or_init(|| Index::of(&self.0.list))
    }

    /// Where a course stands; the first one where two bear the same id.
    pub fn place(&self, id: &CourseId) -> Option<usize> {
        let index = self.index();
        at(&index.by_id, short_hash(&index.hasher, id)).find(|place| self.get(*place).is_some_and(|c| c.id == *id))
    }

    pub fn by_id(&self, id: &CourseId) -> Option<&Course> {
        self.get(self.place(id)?)
    }

    /// The courses of one band and tier, in the catalogue's order.
    pub fn shelf(&self, band: Band, tier: Tier) -> impl Iterator<Item = &Course> {
        at(&self.index().by_shelf, shelf_key(band, tier)).filter_map(|place| self.get(place))
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), index: OnceLock::new() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.list.len() > FREED_HERE_AT_MOST {
            let list = mem::take(&mut self.list);
            // Without a thread it is freed here after all: the closure goes with the error.
            drop(std::thread::Builder::new().name("free-catalogue".into()).spawn(move || drop(list)));
        }
    }
}

impl Deref for Courses {
    type Target = Vec<Course>;

    fn deref(&self) -> &Self::Target {
        &self.0.list
    }
}

impl DerefMut for Courses {
    fn deref_mut(&mut self) -> &mut Self::Target {
        let held = Arc::make_mut(&mut self.0);
        held.index = OnceLock::new();
        &mut held.list
    }
}

impl From<Vec<Course>> for Courses {
    fn from(list: Vec<Course>) -> Self {
        Self(Arc::new(Held { list, index: OnceLock::new() }))
    }
}

impl FromIterator<Course> for Courses {
    fn from_iter<I: IntoIterator<Item = Course>>(courses: I) -> Self {
        courses.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Courses {
    type Item = Course;
    type IntoIter = std::vec::IntoIter<Course>;

    fn into_iter(mut self) -> Self::IntoIter {
        mem::take(&mut *self).into_iter()
    }
}

impl<'a> IntoIterator for &'a Courses {
    type Item = &'a Course;
    type IntoIter = std::slice::Iter<'a, Course>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Courses {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.list == other.0.list
    }
}

impl Eq for Courses {}

impl fmt::Debug for Courses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.list.fmt(f)
    }
}

impl Serialize for Courses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Courses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::types::Form;

    const BANDS: [Band; 3] = [Band::Arts, Band::Health, Band::FraudSafety];

    fn course(id: &str, band: usize, tier: usize) -> Course {
        Course {
            id: CourseId(id.into()),
            title: format!("课{id}"),
            band: BANDS[band],
            tier: Tier::ALL[tier],
            form: Form::Micro,
            provider: String::new(),
            teacher: String::new(),
            summary: String::new(),
            credit_tenths: 0,
            poster: None,
            lessons: Vec::new().into(),
            live: Vec::new(),
            hours_tenths: 0,
            ladder: None,
            pass_percent: None,
            learners: 0,
            related: Vec::new(),
            venue: None,
            enrolment: None,
        }
    }

    #[test]
    fn a_change_reaches_one_copy_and_its_index() {
        let first: Courses = vec![course("a", 0, 0), course("b", 1, 1)].into();
        first.prepare();
        let mut second = first.clone();
        second.remove(0);
        assert_eq!(second.place(&CourseId("b".into())), Some(0));
        assert_eq!(first.place(&CourseId("b".into())), Some(1));
        assert_eq!(second.shelf(Band::Arts, Tier::Beginner).count(), 0);
    }

    #[test]
    fn a_great_list_is_let_go_of() {
        let many: Courses = (0..10_000).map(|n| course(&n.to_string(), n % 3, 0)).collect();
        assert_eq!(many.place(&CourseId("9999".into())), Some(9_999));
        assert_eq!(many.shelf(Band::Health, Tier::Beginner).count(), 3_333);
        drop(many);
    }

    proptest! {
        /// The index says what a walk through the list says.
        #[test]
        fn the_index_is_true(of in proptest::collection::vec(("[a-d]{1,2}", 0_usize..3, 0_usize..3), 0..40)) {
            let courses: Courses = of.iter().map(|(id, band, tier)| course(id, *band, *tier)).collect();
            for (id, band, tier) in &of {
                let id = CourseId(id.clone());
                prop_assert_eq!(courses.place(&id), courses.iter().position(|c| c.id == id));
                let (band, tier) = (BANDS[*band], Tier::ALL[*tier]);
                let walked: Vec<_> = courses.iter().filter(|c| c.band == band && c.tier == tier).collect();
                prop_assert_eq!(courses.shelf(band, tier).collect::<Vec<_>>(), walked);
            }
            prop_assert_eq!(courses.place(&CourseId("nowhere".into())), None);
            let json = serde_json::to_string(&courses).unwrap();
            prop_assert_eq!(serde_json::from_str::<Courses>(&json).unwrap(), courses);
        }
    }
}
