use super::*;
use crate::{
    catalogue::{client::tests::Operator, types::CourseId},
    net,
};

fn union(dir: &Path, own: Option<&Operator>, others: &[&Operator]) -> Union {
    let addresses = Addresses {
        own: own.map(|o| o.url.clone()),
        others: others.iter().map(|o| o.url.clone()).collect(),
        feeds: FeedDefaults::default(),
    };
    Union::new(&net::client([]).unwrap(), dir, &addresses)
}

fn ids(catalogue: &Catalogue) -> Vec<&str> {
    catalogue.courses.iter().map(|c| c.id.0.as_str()).collect()
}

fn changed(news: News) -> Catalogue {
    match news {
        News::Changed { catalogue, .. } => catalogue,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn catalogues_stand_side_by_side_and_ids_never_meet() {
    let dir = tempfile::tempdir().unwrap();
    let (own, other) = (Operator::start().await, Operator::start().await);
    let both = union(dir.path(), Some(&own), &[&other]);
    assert!(both.cached().is_none() && !both.holds(0));
    // The other one comes first, and still stands behind.
    let first = changed(both.refresh(1).await.unwrap());
    let mark = format!("@{}:", mark(&other.url));
    let marked: Vec<String> = ["a1", "a2", "a3", "a4", "b1", "b2"].map(|id| format!("{mark}{id}")).to_vec();
    assert_eq!(ids(&first), marked);
    let merged = changed(both.refresh(0).await.unwrap());
    let mut all: Vec<String> = ["a1", "a2", "a3", "a4", "b1", "b2"].map(str::to_owned).to_vec();
    all.extend(marked);
    assert_eq!(ids(&merged), all);
    assert_eq!(merged.course(&CourseId(format!("{mark}b1"))).unwrap().title, "b1");
    assert!(both.holds(0) && both.holds(1));
    assert!(matches!(both.refresh(0).await.unwrap(), News::Unchanged));

    let again = union(dir.path(), Some(&own), &[&other]);
    assert_eq!(ids(&again.cached().unwrap()), all, "from both caches");
    own.shard("b.json", &["b1", "b2", "b3"]);
    let merged = changed(again.refresh(0).await.unwrap());
    assert_eq!(merged.courses.len(), 13);
    assert_eq!(merged.courses[6].id.0, "b3");
    assert_eq!(merged.courses[7].id.0, format!("{mark}a1"));
}

#[tokio::test]
async fn one_that_fails_or_shrinks_takes_nothing_away() {
    let dir = tempfile::tempdir().unwrap();
    let (own, other) = (Operator::start().await, Operator::start().await);
    let both = union(dir.path(), Some(&own), &[&other]);
    both.refresh(0).await.unwrap();
    both.refresh(1).await.unwrap();
    own.status("index.json", Some(500));
    other.index(&["b.json"]);
    let again = union(dir.path(), Some(&own), &[&other]);
    assert_eq!(again.cached().unwrap().courses.len(), 12);
    assert!(again.refresh(0).await.is_err());
    assert!(matches!(again.refresh(1).await.unwrap(), News::HeldBack { courses_found: 2, courses_kept: 6 }));
    assert_eq!(again.take(0, Catalogue::default()).courses.len(), 6, "each has its own guard, and its own copy");
}

#[tokio::test]
async fn progress_survives_a_change_of_order_and_a_removed_provider_leaves_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (Operator::start().await, Operator::start().await);
    let first = union(dir.path(), None, &[&one, &two]);
    first.refresh(0).await.unwrap();
    let merged = changed(first.refresh(1).await.unwrap());
    let turned = union(dir.path(), None, &[&two, &one, &one]);
    assert_eq!(turned.len(), 2, "named twice, asked once");
    let cached = turned.cached().unwrap();
    for course in &merged.courses {
        assert!(cached.course(&course.id).is_some(), "{}", course.id.0);
    }
    let folders = || fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(folders(), 2);
    let left = union(dir.path(), None, &[&two]);
    assert_eq!((folders(), left.cached().unwrap().courses.len()), (1, 6));
}
