//! How the courses of a catalogue are found: by their ids and by their shelves. How they are held is `indexed`'s, what a
//! course is lives in `types`.

use super::types::{Band, Course, CourseId, Tier};
use crate::indexed::{Entry, HashedPlaces, Indexed, Places};

pub type Courses = Indexed<Course>;

pub struct Index {
    by_id: HashedPlaces,
    /// Key: band and tier.
    by_shelf: Places,
}

fn shelf_key(band: Band, tier: Tier) -> u32 {
    (band as u32) << 8 | tier as u32
}

impl Entry for Course {
    type Index = Index;
    const FREED_HERE_AT_MOST: usize = 4_000;
    const FREEING: &'static str = "free-catalogue";

    fn index(list: &[Self]) -> Index {
        Index { by_id: HashedPlaces::of(list, |c| &c.id), by_shelf: Places::of(list, |c| shelf_key(c.band, c.tier)) }
    }
}

impl Courses {
    /// Where a course stands; the first one where two bear the same id.
    pub fn place(&self, id: &CourseId) -> Option<usize> {
        self.index().by_id.at(id).find(|place| self.get(*place).is_some_and(|c| c.id == *id))
    }

    pub fn by_id(&self, id: &CourseId) -> Option<&Course> {
        self.get(self.place(id)?)
    }

    /// The courses of one band and tier, in the catalogue's order.
    pub fn shelf(&self, band: Band, tier: Tier) -> impl Iterator<Item = &Course> {
        self.index().by_shelf.at(shelf_key(band, tier)).filter_map(|place| self.get(place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::types::Form;

    const BANDS: [Band; 3] = [Band::Arts, Band::Health, Band::FraudSafety];

    fn course(id: &str, band: usize, tier: usize) -> Course {
        Course::new(CourseId(id.into()), format!("课{id}"), BANDS[band], Tier::ALL[tier], Form::Micro)
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
