//! Seats of the demo operator's courses, in memory: one nearly full, one full, one whose waiting list is closed.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

struct Hall {
    seats: usize,
    /// Learners in the order in which they came; those beyond the seats wait.
    learners: Vec<String>,
    queue: usize,
}

pub(super) struct Office(Mutex<HashMap<&'static str, Hall>>);

impl Default for Office {
    fn default() -> Self {
        let hall = |seats: usize, taken: usize, queue: usize| Hall {
            seats,
            learners: (0..taken).map(|n| format!("neighbour-{n}")).collect(),
            queue,
        };
        Self(Mutex::new(HashMap::from([
            ("shikumen", hall(30, 28, 10)),
            ("bamboo", hall(12, 14, 10)),
            ("calligraphy", hall(8, 8, 0)),
        ])))
    }
}

impl Office {
    /// What the course's page says; `action` none only asks. None: no such course.
    pub fn answer(&self, course: &str, learner: &str, action: Option<&str>) -> Option<Value> {
        let mut halls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hall = halls.get_mut(course)?;
        let at = hall.learners.iter().position(|l| l == learner);
        match (action, at) {
            (None, _) => {}
            // Said again, it is true already.
            (Some("enrol"), Some(_)) | (Some("withdraw"), None) => {}
            (Some("enrol"), None) if hall.learners.len() >= hall.seats + hall.queue => {
                return Some(json!({ "refused": "候补也满了，下一期再来" }));
            }
            (Some("enrol"), None) => hall.learners.push(learner.to_owned()),
            (Some("withdraw"), Some(i)) => {
                hall.learners.remove(i);
            }
            (Some(_), _) => return Some(json!({ "refused": "没有听懂" })),
        }
        let mine = match hall.learners.iter().position(|l| l == learner) {
            None => "none",
            Some(i) if i < hall.seats => "enrolled",
            Some(_) => "waiting",
        };
        let taken = hall.learners.len().min(hall.seats);
        Some(json!({
            "seats": hall.seats, "taken": taken, "waiting": hall.learners.len() - taken, "mine": mine,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_go_to_those_who_came_first_and_saying_it_twice_changes_nothing() {
        let office = Office::default();
        let mine = |course: &str, who: &str, action| office.answer(course, who, action).unwrap();
        assert_eq!(mine("shikumen", "a", None)["mine"], "none");
        assert_eq!(mine("shikumen", "a", Some("enrol"))["mine"], "enrolled");
        assert_eq!(mine("shikumen", "a", Some("enrol"))["taken"], 29);
        assert_eq!(mine("shikumen", "b", Some("enrol"))["mine"], "enrolled");
        let c = mine("shikumen", "c", Some("enrol"));
        assert_eq!((&c["mine"], &c["waiting"]), (&json!("waiting"), &json!(1)));
        mine("shikumen", "a", Some("withdraw"));
        mine("shikumen", "a", Some("withdraw"));
        assert_eq!(mine("shikumen", "c", None)["mine"], "enrolled", "whoever waited longest moves up");
        assert!(mine("calligraphy", "a", Some("enrol"))["refused"].is_string());
        assert!(office.answer("none", "a", None).is_none());
    }
}
