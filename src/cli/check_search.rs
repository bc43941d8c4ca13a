//! `check search`: what the program would find for a query, in a catalogue or among titles. The order is `search`'s.

use serde::Serialize;

use super::{Exit, Failure, Format, check_catalogue, check_guide, print_json};
use crate::{
    net::{self, Location},
    search::{self, Found, Index, Item, Kind, Own, source},
};

/// A file of titles: many times what a catalogue of 200,000 lessons has.
const TITLES_MAX_BYTES: u64 = 256 << 20;

#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["catalogue", "titles"])))]
pub struct Args {
    /// A catalogue's index or a shard: a file, an http(s) address, or - for a shard on standard input
    #[arg(long, value_name = "FILE|URL|-")]
    pub catalogue: Option<String>,
    /// A text with one title a line; a line's number is its id
    #[arg(long, value_name = "FILE|URL|-")]
    pub titles: Option<String>,
    /// Digits (857), pinyin initials (tjq), spelled pinyin (taijiquan), characters, or a mixture
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    pub query: String,
    /// The most results that are printed
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The keys of the contract; `course` is the course of a lesson, `matched` from which character to which.
#[derive(Debug, Serialize)]
struct Row<'a> {
    kind: Kind,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<&'a str>,
    title: &'a str,
    score: f64,
    matched: &'a [(u32, u32)],
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    results: Vec<Row<'a>>,
    total: usize,
    /// Nothing has what was typed; these are near to it.
    near: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let index = match (&args.catalogue, &args.titles) {
        (Some(input), None) => catalogue(input)?,
        (None, Some(input)) => titles(input)?,
        _ => return Err(Failure::Usage("either --catalogue or --titles says where to look".into())),
    };
    let answer = search::find(&[&index], &args.query, &Own::new(), args.limit);
    let row = |found: &'_ Found| -> String { format!("{:9.2}  {}  {}", found.score, found.id, found.title) };
    match args.format {
        Format::Json => print_json(&Report {
            results: answer.results.iter().map(Row::from).collect(),
            total: answer.total,
            near: answer.near,
        })?,
        Format::Text => {
            answer.results.iter().try_for_each(|found| say!("{}", row(found)))?;
            say!("{} found{}", answer.total, if answer.near { ", none exactly" } else { "" })?;
        }
    }
    Ok(Exit::Fine)
}

impl<'a> From<&'a Found> for Row<'a> {
    fn from(found: &'a Found) -> Self {
        let Found { kind, id, parent, title, matched, score } = found;
        Self { kind: *kind, id, course: parent.as_deref(), title, score: *score, matched }
    }
}

fn catalogue(input: &str) -> Result<Index, Failure> {
    let reading = check_guide::runtime()?.block_on(check_catalogue::check(input))?;
    if reading.catalogue.courses.is_empty()
        && let Some(fault) = reading.faults.list.first()
    {
        return Err(Failure::Input(format!("no course can be used; {fault}")));
    }
    Ok(source::of_catalogue(&reading.catalogue))
}

fn titles(input: &str) -> Result<Index, Failure> {
    let client = check_guide::client(input)?;
    let bytes = check_guide::runtime()?
        .block_on(net::load(&client, &Location::parse(input), TITLES_MAX_BYTES))
        .map_err(|e| Failure::Input(e.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(of_lines(text.strip_prefix('\u{FEFF}').unwrap_or(&text)))
}

fn of_lines(text: &str) -> Index {
    let mut index = Index::default();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let title = line.trim();
        if !title.is_empty() {
            index.add(Item { kind: Kind::Title, id: &number.to_string(), parent: None, title, weight: 0 }, None);
        }
    }
    index.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_and_empty_ones_too() {
        let index = of_lines("太极拳\r\n\n  八段锦 \n");
        let found = search::find(&[&index], "bdj", &Own::new(), 9).results;
        assert_eq!((found[0].id.as_str(), found[0].title.as_str()), ("3", "八段锦"));
        let json = serde_json::to_value(Row::from(&found[0])).unwrap();
        assert_eq!(json["kind"], "title");
        assert!(json["score"].is_f64() && json.get("course").is_none());
    }

    #[test]
    fn one_source_and_one_query() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let read = |words: &[&str]| <Line as clap::Parser>::try_parse_from([&["x"], words].concat()).map(|l| l.args);
        let args = read(&["--titles", "t.txt", "857", "--format", "json", "--limit", "3"]).unwrap();
        assert_eq!((args.titles.as_deref(), args.query.as_str(), args.limit), (Some("t.txt"), "857", 3));
        assert_eq!(read(&["tjq", "--catalogue", "c.json"]).unwrap().query, "tjq");
        assert!(read(&["857"]).is_err());
        assert!(read(&["--titles", "t.txt"]).is_err());
        assert!(read(&["--titles", "t.txt", "--catalogue", "c.json", "857"]).is_err());
    }

    #[test]
    fn outcomes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("titles.txt").display().to_string();
        let args = |catalogue: Option<&str>, titles: Option<&str>| Args {
            catalogue: catalogue.map(Into::into),
            titles: titles.map(Into::into),
            query: "857".into(),
            limit: 9,
            format: Format::Json,
        };
        assert!(matches!(run(&args(None, Some(&file))), Err(Failure::Input(_))));
        assert!(matches!(run(&args(None, None)), Err(Failure::Usage(_))));
        std::fs::write(&file, "太极拳").unwrap();
        assert_eq!(run(&args(None, Some(&file))).unwrap(), Exit::Fine);
        assert!(matches!(run(&args(Some(&file), None)), Err(Failure::Input(_))));
        let shard = r#"{"courses":[{"id":"c","title":"太极拳入门","band":"健康","tier":"入门","form":"微课","provider":"p",
            "teacher":"谭敬琴","lessons":[{"id":"l","title":"太极起势","duration_s":40,"media":[{"url":"http://a.example/l.mp4"}]}]}]}"#;
        std::fs::write(&file, shard).unwrap();
        let kinds: Vec<Kind> = search::find(&[&catalogue(&file).unwrap()], "85", &Own::new(), 9)
            .results
            .into_iter()
            .map(|f| f.kind)
            .collect();
        assert_eq!(kinds, [Kind::Course, Kind::Teacher, Kind::Lesson]);
    }
}
