//! The quick search against a plain one; golden queries; anything at all.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    Index, Item, Kind, Own, find,
    matching::{self, Where},
    query::{Pattern, Symbol},
    readings::{Meaning, readings},
    scan::{Scan, WORD},
    units::{Unit, units},
};

fn index(titles: &[&str]) -> Index {
    let mut index = Index::default();
    for (i, title) in titles.iter().enumerate() {
        index.add(Item { kind: Kind::Title, id: &(i + 1).to_string(), parent: None, title, weight: 0 }, None);
    }
    index.finish()
}

fn titles(all: &[&str], query: &str) -> Vec<String> {
    find(&[&index(all)], query, &Own::new(), 60).results.into_iter().map(|f| f.title).collect()
}

fn first(all: &[&str], query: &str) -> String {
    titles(all, query).into_iter().next().unwrap_or_default()
}

const SENIOR: [&str; 16] = [
    "太极拳二十四式",
    "八段锦入门",
    "《重阳》诗会：登高",
    "手机银行怎么用",
    "音乐欣赏·江南丝竹",
    "长寿村的饮食",
    "行书入门",
    "高血压调理",
    "智能手机拍照",
    "WiFi 与上网",
    "防诈骗 10 讲",
    "葫芦丝（一）",
    "旅行英语",
    "24式太极拳教学",
    "㐂寿堂讲座",
    "绿色女红",
];

#[test]
fn each_way_of_typing_finds_it() {
    let first = |query| first(&SENIOR, query);
    for query in [
        "tjq",
        "TJQ",
        "857",
        "太极拳",
        "taijiquan",
        "taiji",
        "ＴＪＱ",
        "８５７",
        "t j q",
        "tai ji quan",
        "太ji拳",
        "tàijíquán",
        "tai4ji2quan2",
        "太極拳",
        "tjquan",
        "太极",
    ] {
        assert!(first(query).contains("太极拳"), "{query}: {}", first(query));
    }
    for (query, title) in [
        ("cy", "《重阳》诗会：登高"),
        ("29", "《重阳》诗会：登高"),
        ("yh", "手机银行怎么用"),
        ("yy", "音乐欣赏·江南丝竹"),
        ("cs", "长寿村的饮食"),
        ("xs", "行书入门"),
        ("tl", "高血压调理"),
        ("wifi", "WiFi 与上网"),
        ("9434", "WiFi 与上网"),
        ("fzp10", "防诈骗 10 讲"),
        ("㐂", "㐂寿堂讲座"),
        ("lvse", "绿色女红"),
        ("luse", "绿色女红"),
        ("nvgong", "绿色女红"),
        ("诗会 重阳", "《重阳》诗会：登高"),
        ("24式", "24式太极拳教学"),
        ("sjyhzmy", "手机银行怎么用"),
        ("hulusi", "葫芦丝（一）"),
        ("48574", "葫芦丝（一）"),
        ("bdjrm", "八段锦入门"),
        ("baduanjinrumen", "八段锦入门"),
    ] {
        assert_eq!(first(query), title, "{query}");
    }
}

#[test]
fn one_slip_is_forgiven_and_ranks_below() {
    for (query, title) in [
        ("bdk", "八段锦入门"),
        ("bjd", "八段锦入门"),
        ("baduanjn", "八段锦入门"),
        ("baduanjim", "八段锦入门"),
        ("taijiqvan", "太极拳二十四式"),
        ("yinyuexinshaang", "音乐欣赏·江南丝竹"),
        ("gxuya", "高血压调理"),
        ("葫芦斯", "葫芦丝（一）"),
        ("八锻锦", "八段锦入门"),
        ("智能手机拍相", "智能手机拍照"),
    ] {
        assert_eq!(first(&SENIOR, query), title, "{query}");
    }
    let both = ["太极拳", "太极剑", "体检拳"];
    let found = titles(&both, "tjj");
    assert_eq!(found[0], "太极剑");
    assert!(found.len() > 1);
    assert!(titles(&SENIOR, "qqqq").is_empty());
}

#[test]
fn better_places_come_first() {
    let all = ["学太极拳", "陈式 太极拳", "太极拳入门", "太极拳"];
    assert_eq!(titles(&all, "tjq"), ["太极拳", "太极拳入门", "陈式 太极拳", "学太极拳"]);
    let mut index = Index::default();
    for (id, weight) in [("a", 3), ("b", 40), ("c", 0)] {
        index.add(Item { kind: Kind::Course, id, parent: None, title: "太极拳", weight }, None);
    }
    let ids = |own: &[&str]| -> Vec<String> {
        find(&[&index], "857", &own.iter().copied().collect(), 9).results.into_iter().map(|f| f.id).collect()
    };
    assert_eq!(ids(&[]), ["b", "a", "c"]);
    assert_eq!(ids(&["a", "c"]), ["b", "a", "c"]);
    assert_eq!(ids(&["a"])[1], "a");
}

#[test]
fn a_reading_that_the_word_does_not_have_ranks_below() {
    assert_eq!(titles(&["银行", "音箱"], "yx"), ["音箱", "银行"]);
    assert_eq!(titles(&["重阳节", "中药柜"], "zy"), ["中药柜", "重阳节"]);
}

#[test]
fn what_matched_is_told() {
    let told = |query: &str, title: &str| find(&[&index(&[title])], query, &Own::new(), 1).results[0].matched.clone();
    assert_eq!(told("tjq", "《太极·拳》入门"), [(1, 5)]);
    assert_eq!(told("rm", "八段锦入门"), [(3, 5)]);
    assert_eq!(told("入门 段锦", "八段锦的入门"), [(1, 3), (4, 6)]);
    assert_eq!(told("bdjn", "八段锦入门"), [(0, 3)]);
}

#[test]
fn long_queries_find_long_titles() {
    let title = "中华人民共和国老年人权益保障法专题讲座第二讲之三";
    let spelled = "zhonghuarenmingongheguolaonianrenquanyibaozhangfazhuantijiangzuodierjiangzhisan";
    assert_eq!(titles(&[title, "别的"], spelled), [title]);
    assert!(titles(&[title, "别的"], &spelled.replace("zhisan", "zhiwu")).is_empty());
}

/// Whether the pattern stands somewhere in the units: by trying everything, without any slip.
fn plainly(units: &[Unit], pattern: &Pattern) -> bool {
    fn go(units: &[Unit], symbols: &[Symbol], pattern: &Pattern) -> bool {
        if symbols.is_empty() {
            return true;
        }
        let Some((unit, rest)) = units.split_first() else { return false };
        let meaning = readings().meaning(unit.code);
        if pattern.takes(&symbols[0], unit.character, meaning) && go(rest, &symbols[1..], pattern) {
            return true;
        }
        let Meaning::Han(all) = meaning else { return false };
        let known = if pattern.any_reading { &all[..] } else { &all[..1] };
        known.iter().any(|syllable| {
            let spelling = syllable.letters();
            let begun = symbols.len() < spelling.len();
            let counts = [
                spelling.len(),
                if begun { symbols.len() } else { 0 },
                if syllable.has_long_initial() { 2 } else { 0 },
            ];
            counts.into_iter().filter(|count| *count > 1 && *count <= symbols.len()).any(|count| {
                symbols[..count].iter().zip(spelling).all(|(s, l)| s.spells_letter(*l))
                    && go(rest, &symbols[count..], pattern)
            })
        })
    }
    (0..units.len()).any(|start| go(&units[start..], &pattern.symbols, pattern))
}

const CHARACTERS: &str = "太极拳八段锦重阳银行音乐长寿调理血压书法会计绿女中国上海ab2 ·《》";

fn title() -> impl Strategy<Value = String> {
    let all: Vec<char> = CHARACTERS.chars().collect();
    proptest::collection::vec(proptest::sample::select(all), 0..9).prop_map(String::from_iter)
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,7}", "[0-9]{1,6}", "(tai|ji|quan|zhong|yang|yin|h|yue|le|chang|sh|shu|nv|t|j){1,4}", title()]
}

proptest! {
    // A query is prepared for every code that there is, which takes its time without optimisation.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_trying_everything_finds(
        titles in proptest::collection::vec(title(), 0..20), query in query(), any in any::<bool>(),
    ) {
        let pattern = Pattern { any_reading: any, ..Pattern::of(&query) };
        prop_assume!(!pattern.is_empty());
        let scan = Scan::new(&pattern, false);
        let mut all = BTreeSet::new();
        for title in &titles {
            let units = units(title);
            let codes: Vec<u16> = units.iter().map(|u| u.code.0 | if u.starts_word { WORD } else { 0 }).collect();
            let expected = plainly(&units, &pattern);
            prop_assert_eq!(matching::find(&units, &pattern, false).is_some(), expected, "{} {}", title, query);
            if !pattern.has_characters() {
                prop_assert_eq!(scan.look(&codes).is_some(), expected, "{} {}", title, query);
            } else if expected {
                prop_assert!(scan.look(&codes).is_some());
            }
            if expected {
                all.insert(title.clone());
            }
        }
        if any && !query.contains(' ') {
            let refs: Vec<&str> = titles.iter().map(String::as_str).collect();
            let answer = find(&[&index(&refs)], &query, &Own::new(), 100);
            // All that was meant, before anything that is only near.
            let meant: BTreeSet<String> = answer.results.iter().filter(|f| f.score >= 4000.0).map(|f| f.title.clone()).collect();
            prop_assert_eq!(meant, all);
        }
    }

    #[test]
    fn slips_are_found_alike_by_both(title in title(), query in query()) {
        let pattern = Pattern::of(&query);
        prop_assume!(pattern.len() >= 3 && !pattern.has_characters());
        let units = units(&title);
        let codes: Vec<u16> = units.iter().map(|u| u.code.0).collect();
        let scanned = Scan::new(&pattern, true).look(&codes).is_some();
        prop_assert_eq!(matching::find(&units, &pattern, true).is_some(), scanned, "{} {}", title, query);
    }

    #[test]
    fn places_agree(title in title(), query in query()) {
        let pattern = Pattern::of(&query);
        prop_assume!(!pattern.is_empty());
        if let Some(found) = matching::find(&units(&title), &pattern, false) {
            prop_assert!(found.units.is_sorted());
            if found.place == Where::Prefix || found.place == Where::Whole {
                prop_assert_eq!(found.units.first(), Some(&0));
            }
        }
    }

    #[test]
    fn anything_may_be_typed_and_titled(title in "\\PC{0,40}", query in "\\PC{0,90}", more in any::<String>()) {
        let all = [title.as_str(), more.as_str(), query.as_str()];
        for query in [&query, &more] {
            let answer = find(&[&index(&all)], query, &Own::new(), 10);
            for found in answer.results {
                let count = found.title.chars().count() as u32;
                prop_assert!(found.score.is_finite());
                prop_assert!(found.matched.iter().all(|(from, to)| from < to && *to <= count));
            }
        }
    }
}
